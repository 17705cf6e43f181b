"""From a model to the Hub: one commit, a card, nothing that is not the model's; and back."""

from __future__ import annotations

import json
import shutil

import pytest

from unipose import UniPose, UserError
from unipose.chat.card import write_card
from unipose.chat.sharing import push_folder

from .models import same_weights

NAME = "owner/tiny"


def commits(hub) -> int:
    return sum("/commit/" in request.path for request in hub.requests)


def test_pushed_and_loaded_it_is_the_same(hub, logged_in, tiny):
    page = tiny.push_to_hub(NAME, private=True)
    repo = hub.repos[NAME]
    assert commits(hub) == 1 and repo.private and page.endswith(repo.branches["main"])
    assert same_weights(UniPose.from_pretrained(NAME), tiny)


def test_only_the_model_of_a_training_folder_is_pushed(hub, logged_in, tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "run")
    (folder / "checkpoints").mkdir()
    for name in ("optimizer.pt", "checkpoints/model.safetensors", "log.jsonl"):
        (folder / name).write_bytes(b"x")
    (folder / "training.json").write_text(json.dumps({"stage": "instruction", "figures": {"loss": 1.25}}))
    push_folder(folder, NAME, revision="trial", license="cc0-1.0")
    repo = hub.repos[NAME]
    files = repo.commits[repo.branches["trial"]]
    assert set(files) == {path.name for path in tiny_folder.iterdir()} | {"README.md", "training.json"}
    assert repo.commits[repo.branches["main"]] == {}
    card = files["README.md"].decode()
    assert "license: cc0-1.0" in card and "| loss | 1.25 |" in card and f"--model {NAME}" in card


def test_weights_split_otherwise_leave_nothing_behind(hub, logged_in, tiny_folder):
    shard = "model-00001-of-00001.safetensors"
    hub.add(NAME).commit({shard: b"old", "model.safetensors.index.json": b"{}", "notes.txt": b"kept"})
    push_folder(tiny_folder, NAME)
    files = hub.repos[NAME].commits[hub.repos[NAME].branches["main"]]
    assert shard not in files and "model.safetensors.index.json" not in files and files["notes.txt"] == b"kept"
    assert commits(hub) == 1


def test_a_card_says_what_the_folder_says(tiny, tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    (folder / "README.md").unlink(missing_ok=True)
    text = write_card(folder, NAME).read_text()
    front = text.split("---\n")[1]
    assert "license: other" in front and "library_name: unipose" in front and "text-to-3d" in front
    assert f"{tiny.model.num_parameters() / 1e6:.1f} million" in text and "32 codes" in text
    assert "photos" not in text and "Training" not in text
    assert write_card(folder, "else/where").read_text() == text  # a card that is there is kept


def test_refusals(hub, tiny_folder, tmp_path, monkeypatch):
    cases = [(tiny_folder, NAME, "hf auth login"), (tiny_folder, "tiny", "owner/name"), (tmp_path, NAME, "no weights")]
    for folder, repo, told in cases:
        with pytest.raises(UserError, match=told) as refusal:
            push_folder(folder, repo)
        assert "\n" not in str(refusal.value)
    assert hub.repos == {}
    hub.close()
    with pytest.raises(UserError, match="broke off"):
        push_folder(tiny_folder, NAME)


def test_offline_nothing_is_pushed(hub, logged_in, offline, tiny_folder):
    with pytest.raises(UserError, match="HF_HUB_OFFLINE"):
        push_folder(tiny_folder, NAME)
    assert hub.requests == []

"""From the Hub to a folder: what is fetched, what is kept, and what each refusal says."""

from __future__ import annotations

import errno
import json
import logging

import pytest
from huggingface_hub import constants
from hypothesis import given
from hypothesis import strategies as st

from unipose import UniPose, UserError
from unipose.chat import choosing
from unipose.chat import hub as hub_module
from unipose.chat.hub_errors import explained
from unipose.chat.weights import locate

from .models import same_weights

NAME = "owner/tiny"


def refusal_of(name: str, **options) -> str:
    with pytest.raises(UserError) as refusal:
        locate(name, **options)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400
    return str(refusal.value)


def with_config(repo, text: str) -> str:
    return repo.commit({**repo.commits[repo.branches["main"]], "config.json": text.encode()})


def test_a_model_of_the_hub_is_the_model_that_was_saved(hub, tiny, tiny_folder):
    hub.add(NAME, tiny_folder)
    model = UniPose.from_pretrained(NAME)
    assert model.name == NAME and same_weights(model, tiny)


def test_only_files_of_a_model_are_fetched(hub, tiny_folder):
    repo, strange = (
        hub.add(NAME, tiny_folder),
        ("pytorch_model.bin", "modeling.py", "onnx/config.json", "optimizer.pt", "run.json"),
    )
    repo.commit({**repo.commits[repo.branches["main"]], **dict.fromkeys(strange, b"x"), "README.md": b"# card"})
    folder = locate(NAME)
    expected = sorted([*(path.name for path in tiny_folder.iterdir()), "README.md"])
    assert sorted(path.name for path in folder.iterdir()) == expected == sorted(hub.fetched())


@pytest.mark.parametrize("kind", ["branch", "tag", "commit"])
def test_a_revision_is_pinned(hub, tiny_folder, kind):
    repo = hub.add(NAME, tiny_folder)
    first = repo.branches["main"]
    repo.commit({**repo.commits[first], "README.md": b"newer"})
    repo.branches["stable/v1"] = repo.tags["v1"] = first
    revision = {"branch": "stable/v1", "tag": "v1", "commit": first}[kind]
    assert not (locate(NAME, revision) / "README.md").exists()
    assert locate(f"{NAME}@{revision}").name == first
    assert (locate(NAME) / "README.md").exists()


def test_a_branch_that_moved_is_fetched_anew_and_old_files_are_not(hub, tiny_folder):
    repo = hub.add(NAME, tiny_folder)
    old = locate(NAME)
    hub.requests.clear()
    repo.commit({**repo.commits[repo.branches["main"]], "README.md": b"newer"})
    new = locate(NAME)
    assert new != old and hub.fetched() == ["README.md"]


def test_a_cached_commit_needs_no_hub(hub, tiny_folder):
    sha = hub.add(NAME, tiny_folder).branches["main"]
    folder = locate(NAME)
    hub.requests.clear()
    assert locate(NAME, sha) == folder and hub.requests == []
    hub.close()
    assert locate(f"{NAME}@{sha}") == folder


def test_without_the_hub_the_cached_copy_is_taken_and_said(hub, tiny_folder, caplog):
    hub.add(NAME, tiny_folder)
    folder = locate(NAME)
    hub.close()
    with caplog.at_level(logging.WARNING, logger="unipose"):
        assert locate(NAME) == folder
    assert "the copy in the cache" in caplog.text and "cannot be reached" in caplog.text


def test_offline_finds_what_is_cached(hub, tiny_folder, caplog, request):
    hub.add(NAME, tiny_folder)
    folder = locate(NAME)
    request.getfixturevalue("offline")
    hub.requests.clear()
    assert locate(NAME) == folder and hub.requests == []
    assert "HF_HUB_OFFLINE" in refusal_of(f"{NAME}@v2") and "not in the cache" in refusal_of("owner/other")
    assert str(constants.HF_HUB_CACHE) in refusal_of("owner/other") and caplog.text == ""


def test_a_broken_connection_goes_on_where_it_broke(hub, tiny_folder, monkeypatch):
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)  # what is kept are whole chunks, of 10 MB otherwise
    hub.add(NAME, tiny_folder)
    hub.cuts["model.safetensors"] = 1
    folder = locate(NAME)
    whole = (tiny_folder / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == whole
    asked = [each.range for each in hub.requests if each.method == "GET" and each.path.endswith("model.safetensors")]
    assert asked == [None, f"bytes={len(whole) // 2 // 1000 * 1000}-"]


def test_a_download_that_stopped_is_taken_up_again(hub, tiny_folder):
    hub.add(NAME, tiny_folder)
    hub.sizes["model.safetensors"] = 10**6  # more than comes: what a proxy that truncates looks like
    message = refusal_of(NAME)
    assert "broke off" in message and "run this again" in message
    assert hub_module.cached(hub_module.Address(NAME)) is None  # half a model is none
    hub.sizes.clear()
    hub.requests.clear()
    assert (locate(NAME) / "model.safetensors").stat().st_size == (tiny_folder / "model.safetensors").stat().st_size
    assert "model.safetensors" in hub.fetched() and "config.json" not in hub.fetched()


@pytest.mark.slow  # the client tries five times, a second apart
def test_a_connection_that_stays_broken(hub, tiny_folder):
    repo = hub.add(NAME, tiny_folder)
    repo.commit({**repo.commits[repo.branches["main"]], "model.safetensors": b"x"})
    hub.cuts["model.safetensors"] = 100
    assert "broke off" in refusal_of(NAME)


def test_no_network(hub):
    hub.close()
    message = refusal_of(NAME)
    assert hub.url in message and "Connection refused" in message and "no such folder" in message


def test_a_repository_that_is_not_there_or_private(hub, tiny_folder, monkeypatch):
    hub.add("owner/secret", tiny_folder, private=True)
    for name in ("owner/missing", "owner/secret"):
        message = refusal_of(name)
        assert f"{hub.url}/{name}" in message and "private" in message and "hf auth login" in message
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    assert locate("owner/secret").is_dir()


def test_a_gated_repository_names_its_page(hub, tiny_folder):
    hub.add(NAME, tiny_folder, gated=True)
    message = refusal_of(NAME)
    assert "gated" in message and f"{hub.url}/{NAME}" in message and "hf auth login" in message
    assert hub.fetched() == []


def test_a_wrong_revision_lists_what_there_is(hub, tiny_folder):
    repo = hub.add(NAME, tiny_folder)
    repo.tags["v1.0"] = repo.branches["beta"] = repo.branches["main"]
    message = refusal_of(NAME, revision="v9")
    assert all(ref in message for ref in ("'v9'", "main", "beta", "v1.0"))
    assert "'v9'" in refusal_of(NAME, revision="v9")  # the same when a copy of another revision is cached
    assert "no revision" in refusal_of(NAME, revision="0" * 40)


def test_pickles_are_refused_before_anything_is_fetched(hub):
    hub.add(NAME).commit({"config.json": b"{}", "pytorch_model.bin": b"x", "README.md": b"x"})
    message = refusal_of(NAME)
    assert "pytorch_model.bin" in message and "pickle" in message and hub.fetched() == []


@pytest.mark.parametrize(
    ("config", "told"), [('{"model_type": "bert"}', "'bert'"), ("{", "damaged"), ("[]", "damaged")]
)
def test_another_kind_of_model_is_refused_before_its_weights_are_fetched(hub, tiny_folder, config, told):
    with_config(hub.add(NAME, tiny_folder), config)
    assert told in refusal_of(NAME) and hub.fetched() == ["config.json"]


def test_no_space_says_how_much_is_needed_and_where(hub, tiny_folder):
    hub.add(NAME, tiny_folder)
    hub.sizes["model.safetensors"] = 10**18
    message = refusal_of(NAME)
    assert "1000000000.0 GB" in message and str(constants.HF_HUB_CACHE) in message and "HF_HOME" in message
    assert "model.safetensors" not in hub.fetched()


def test_a_disk_that_fills_up_meanwhile(hub):
    error = OSError(errno.ENOSPC, "No space left on device")
    message = explained(error, hub_module.Address(NAME), begun=True)
    assert "no space left" in message and str(constants.HF_HUB_CACHE) in message and "HF_HOME" in message


def test_what_is_cached_needs_no_space(hub, tiny_folder):
    repo = hub.add(NAME, tiny_folder)
    locate(NAME)
    hub.sizes["model.safetensors"] = 10**18
    repo.commit({**repo.commits[repo.branches["main"]], "README.md": b"newer"})
    assert (locate(NAME) / "README.md").exists()


def test_a_missing_shard_is_named(hub, tiny_folder):
    repo = hub.add(NAME, tiny_folder)
    files = dict(repo.commits[repo.branches["main"]])
    files["model-00001-of-00002.safetensors"] = files.pop("model.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    repo.commit({**files, "model.safetensors.index.json": json.dumps({"weight_map": shards}).encode()})
    assert "model-00002-of-00002.safetensors is missing" in refusal_of(NAME)


@pytest.mark.parametrize(("status", "told"), [(500, "500"), (401, "hf auth login"), (403, "does not allow")])
def test_other_answers_of_the_hub(hub, status, told):
    hub.status = status
    assert told in refusal_of(NAME)


@pytest.mark.parametrize("name", ["owner/na--me", "owner/name.", "o/" + "n" * 100])
def test_names_the_hub_does_not_have(hub, name):
    assert "no name of a model" in refusal_of(name) and hub.requests == []


@given(st.from_regex(r"[A-Za-z0-9][\w.-]*/[\w.-]+", fullmatch=True), st.none() | st.from_regex(r"\S+", fullmatch=True))
def test_an_address_is_read_as_it_is_written(repo, revision):
    address = hub_module.Address(repo, revision)
    assert hub_module.parse(str(address)) == hub_module.parse(repo, revision) == address
    assert hub_module.parse(str(address), revision) == address


def test_two_revisions_and_revisions_of_what_has_none(hub, tiny_folder):
    assert "two revisions" in refusal_of("owner/name@v1", revision="v2")
    assert "is empty" in refusal_of("owner/name", revision=" ")
    assert "is a folder" in refusal_of(str(tiny_folder), revision="v2")
    assert "is embedded" in refusal_of("nano", revision="v2")
    assert hub.requests == []


def test_auto_takes_a_hub_id_that_is_cached(hub, tiny_folder, monkeypatch):
    gpu = choosing.Accelerator("cuda", "a card", 8e10)
    monkeypatch.setattr(choosing, "find_accelerator", lambda: gpu)
    monkeypatch.setenv("UNIPOSE_OFFICIAL", NAME)
    hub.add(NAME, tiny_folder)
    assert choosing.choose("auto").name == "nano" and hub.requests == []
    folder = locate(NAME)
    assert choosing.choose("auto").name == str(folder)

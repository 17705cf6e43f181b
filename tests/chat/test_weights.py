"""Finding a model: what is accepted, and what a refusal says."""

import pickle
import shutil

import pytest

from unipose import UserError
from unipose.chat import weights


class Bomb:
    """Opening a pickle of this makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def refusal_of(name) -> str:
    with pytest.raises(UserError) as refusal:
        weights.locate(name)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt", "model.pkl", "model.pth"])
def test_a_pickle_is_refused_unopened(tmp_path, name):
    opened = tmp_path / "opened"
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(opened)))
    for offered in (tmp_path, tmp_path / name):
        message = refusal_of(offered)
        assert name in message and "model.safetensors" in message
    assert not opened.exists()


def test_a_folder_with_both_is_loaded_from_safetensors(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "both")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "opened")))
    assert weights.locate(folder) == folder


def test_an_empty_folder_says_what_it_should_hold(tmp_path):
    message = refusal_of(tmp_path)
    assert "nothing" in message and "model.safetensors" in message


def test_weights_without_a_configuration(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert "config.json" in refusal_of(tmp_path)


def test_an_unknown_name_lists_what_there_is(tmp_path, monkeypatch, tiny_folder):
    assets = tmp_path / "assets"
    shutil.copytree(tiny_folder, assets / "mini")
    monkeypatch.setenv("UNIPOSE_ASSETS", str(assets))
    assert "mini" in refusal_of("giant")
    assert "mini" in refusal_of("/no/such/folder")
    assert weights.locate("mini") == assets / "mini"


def test_a_folder_that_is_not_ours_is_named(tmp_path):
    from unipose import UniPose

    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(UserError, match="does not load"):
        UniPose.from_pretrained(tmp_path)

"""Finding a model: what is accepted, and what a refusal says."""

import pickle
import shutil

import pytest

from unipose import UserError
from unipose.chat import hub, weights
from unipose.chat.folders import check_folder


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


def test_a_mistyped_folder_is_no_business_of_the_hub(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(hub, "fetch", asked.append)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    assert "no such folder" in refusal_of("runs/nano") and asked == []
    weights.locate("owner/nano@v1")
    assert asked == [hub.Address("owner/nano", "v1")]


@pytest.mark.parametrize(
    ("name", "found"),
    [("", "without a name"), ("  ", "without a name"), ("~nobody-of-that-name/x", "home"), ("x" * 5000, "too long")],
)
def test_names_that_are_no_names(name, found):
    message = refusal_of(name)
    assert found in message and len(message) < 300


def test_a_file_is_not_a_folder_of_weights(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    message = refusal_of(file)
    assert "a model is a folder" in message and "--model" not in message


def test_a_folder_that_cannot_be_read(tmp_path):
    (tmp_path / "file").write_text("")
    for place, reason in ((tmp_path / "file", "Not a directory"), (tmp_path / "gone", "No such file")):
        with pytest.raises(UserError, match=reason):
            check_folder(place)


@pytest.mark.parametrize(
    ("index", "found"),
    [('{"weight_map": {"a": "model-00001-of-00001.safetensors"}}', "is missing"), ("{", "damaged"), ("[]", "damaged")],
)
def test_a_folder_without_one_of_its_shards(tmp_path, index, found):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors.index.json").write_text(index)
    assert found in refusal_of(tmp_path)
    (tmp_path / "model-00001-of-00001.safetensors").write_bytes(b"")
    if found == "is missing":
        assert weights.locate(tmp_path) == tmp_path


def test_a_folder_that_is_not_ours_is_named(tmp_path):
    from unipose import UniPose

    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "model.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(UserError, match="does not load"):
        UniPose.from_pretrained(tmp_path)

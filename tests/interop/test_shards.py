"""The folder to be: whole or not there."""

import shutil
from collections import namedtuple

import pytest

from unipose import UniPose
from unipose.interop import convert
from unipose.interop.shards import whole_folder

from .layout import vision


def test_a_folder_in_use_is_left_alone(release, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("precious")
    (tmp_path / "file").write_text("precious")
    for name, said in (("out", "not empty"), ("file", "not empty"), ("no/where", "there is no folder")):
        with pytest.raises(ValueError, match=said):
            convert(release, tmp_path / name, vision=vision())
    assert (tmp_path / "out" / "mine").read_text() == (tmp_path / "file").read_text() == "precious"


def test_an_empty_folder_is_taken(release, tmp_path):
    (tmp_path / "out").mkdir()
    convert(release, tmp_path / "out", vision=vision())
    assert UniPose.from_pretrained(tmp_path / "out").processor.max_length == 2048


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError])
def test_a_run_that_fails_leaves_nothing(release, tmp_path, failure):
    def stop(line):
        if line.startswith("shard 2"):
            assert (tmp_path / "out.partial" / "model-00002-of-00009.safetensors").exists()
            raise failure

    with pytest.raises(failure):
        convert(release, tmp_path / "out", "f32", "200KB", vision(), progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_no_folder_of_that_name(release, tmp_path):
    killed = whole_folder(tmp_path / "out")  # entered and never left, as by a process that is gone
    (killed.__enter__() / "model-00001-of-00009.safetensors").write_bytes(b"half")
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="out.partial' is left of a stopped run, or one is running; delete it"):
        convert(release, tmp_path / "out", vision=vision())
    shutil.rmtree(tmp_path / "out.partial")
    convert(release, tmp_path / "out", vision=vision())


def test_a_full_disk_is_seen_before_writing(release, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(ValueError, match="has 0.0 GB free, the model takes 0.0 GB; make room"):
        convert(release, tmp_path / "out", vision=vision())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", ["4 bananas", "GB", "", "-1GB", "0GB"])
def test_no_size(release, tmp_path, size):
    with pytest.raises(ValueError, match="such as 4GB; found"):
        convert(release, tmp_path / "out", "f32", size, vision())
    assert list(tmp_path.iterdir()) == []

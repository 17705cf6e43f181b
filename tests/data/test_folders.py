"""Poses of any folder: collections and files, read within bounds, with what could not be read told."""

from __future__ import annotations

import json

import numpy as np
import pytest

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.data.folders import named_folder, read_folder


def collection(folder, poses=40, trials=2, **changed):
    dice = np.random.default_rng(0)
    arrays = {
        "pose_aa": dice.normal(0, 0.3, (poses, 22, 3)).astype(np.float16),
        "trial": np.arange(poses) % trials,
        "tier": np.arange(poses) % 4,
    }
    np.savez(folder / "poses.npz", **(arrays | changed))
    rows = [
        {"id": f"t{n}", "description": f"dance {n}", "captions": [{"text": "someone twirls"}]} for n in range(trials)
    ]
    (folder / "trials.json").write_text(json.dumps(rows))
    return folder


def test_of_a_collection_the_most_varied_are_taken(tmp_path):
    found = read_folder(collection(tmp_path), most=10)
    assert found.rotations.shape == (10, 22, 3, 3)
    assert set(found.names) == {"dance 0"}  # tier 0 is every fourth pose, all of the first trial
    assert found.words[0].strip() == "someone twirls" and "10 of 40" in found.told


def test_the_same_seed_takes_the_same_poses(tmp_path):
    collection(tmp_path)
    first, again, other = (read_folder(tmp_path, 5, seed).rotations for seed in (1, 1, 2))
    assert (first == again).all() and not (first == other).all()


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"pose_aa": np.zeros((40, 21, 3))}, "22"),
        ({"trial": np.full(40, 7)}, "7"),
        ({"trial": np.zeros(3)}, "22"),
        ({"pose_aa": np.full((40, 22, 3), np.nan)}, "finite"),
    ],
)
def test_a_collection_that_does_not_fit_together_is_refused(tmp_path, changed, complaint):
    with pytest.raises(ValueError, match=complaint):
        read_folder(collection(tmp_path, **changed))


def test_files_are_read_and_the_others_told(tmp_path):
    (tmp_path / "deeper").mkdir()
    standing().save(tmp_path / "at_rest.npz")
    Pose.identity().save(tmp_path / "deeper" / "spread.json")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "notes.txt").write_text("no pose")
    found = read_folder(tmp_path)
    assert sorted(found.names) == ["at rest", "spread"] and len(found.rotations) == 2
    assert "2 poses of 2 files" in found.told and "1 file" in found.told


def test_no_more_is_taken_than_asked_for(tmp_path):
    for name in "abcd":
        np.savez(tmp_path / f"{name}.npz", poses=np.zeros((30, 66), np.float32))
    found = read_folder(tmp_path, most=8)
    assert len(found.rotations) == len(found.names) == 8 and set(found.names) == set("abcd")


def test_a_folder_without_poses_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ValueError, match=folder.name):
            read_folder(folder)


def test_the_variable_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("UNIPOSE_DATA", raising=False)
    assert named_folder() is None
    monkeypatch.setenv("UNIPOSE_DATA", str(tmp_path))
    assert named_folder() == tmp_path

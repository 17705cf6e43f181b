"""Reading a pose collection."""

from __future__ import annotations

import json

import numpy as np
import pytest
import roma
import torch

from unipose.data.sources import find_poses, load_poses

from .poses import write_collection


def test_a_split_is_read_with_its_conventions(tmp_path):
    bank = load_poses(write_collection(tmp_path), "train", shippable_only=False)
    stored = np.load(tmp_path / "poses.npz")["pose_aa"][:30].astype(np.float32)
    torch.testing.assert_close(bank.rotations, roma.rotvec_to_rotmat(torch.from_numpy(stored)))
    assert len(bank) == len(bank.tier) == len(bank.trial) == 30


def test_poses_that_would_bind_the_weights_are_left_out(tmp_path):
    bank = load_poses(write_collection(tmp_path), "train")
    assert len(bank) == 20
    assert bank.licenses == {"CMU mocap terms": 10, "CC0-1.0": 10}


def test_a_subset_keeps_rows_together(tmp_path):
    bank = load_poses(write_collection(tmp_path), "train")
    diverse = bank.subset(bank.tier <= 2)
    assert len(diverse) == int((bank.tier <= 2).sum())
    assert torch.equal(diverse.rotations, bank.rotations[bank.tier <= 2])


def test_the_collection_is_looked_for_where_it_may_be(tmp_path, monkeypatch):
    here = tmp_path / "project"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("UNIPOSE_DATA", raising=False)
    with pytest.raises(ValueError, match="'data' or '../shared/data'; name the folder"):
        find_poses()
    for folder in (tmp_path / "shared" / "data", here / "data", tmp_path / "named", tmp_path / "given"):
        folder.mkdir(parents=True)
        (folder / "poses.npz").write_bytes(b"")
    assert find_poses().resolve() == (here / "data").resolve()
    (here / "data" / "poses.npz").unlink()
    assert find_poses().resolve() == (tmp_path / "shared" / "data").resolve()
    monkeypatch.setenv("UNIPOSE_DATA", str(tmp_path / "named"))
    assert find_poses() == tmp_path / "named"
    assert find_poses(tmp_path / "given") == tmp_path / "given"
    with pytest.raises(ValueError, match="missing"):
        find_poses(tmp_path / "missing")


def test_problems_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"no poses.npz and trials.json in .*name the folder"):
        load_poses(tmp_path, "train")
    write_collection(tmp_path)
    with pytest.raises(ValueError, match="train, val, test, found 'dev'"):
        load_poses(tmp_path, "dev")
    (tmp_path / "trials.json").write_text(json.dumps([{"license": "CC BY-SA 4.0"}] * 3))
    with pytest.raises(ValueError, match="no poses left"):
        load_poses(tmp_path, "val")
    np.savez(tmp_path / "poses.npz", poses=np.zeros((1, 66)))
    with pytest.raises(ValueError, match=r"lacks \['pose_aa', 'split', 'tier', 'trial'\]; found \['poses'\]"):
        load_poses(tmp_path, "train")


def test_no_subject_of_the_real_data_is_in_two_splits(shared):
    trials = json.loads((shared / "data" / "trials.json").read_text())
    with np.load(shared / "data" / "poses.npz") as archive:
        trial, split = archive["trial"], archive["split"]
    subjects = [{trials[t]["subject"] for t in np.unique(trial[split == k])} for k in range(3)]
    assert not (subjects[0] & subjects[1] or subjects[0] & subjects[2] or subjects[1] & subjects[2])

"""Eyes: given to a model that has none, trained alone, and they learn to see."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from unipose.data.projected import project
from unipose.data.sources import load_poses
from unipose.model.unipose import UniPoseModel
from unipose.training import eyes
from unipose.training.nano import with_eyes
from unipose.training.stages import settings


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(eyes, "DETECTED", 24)
    monkeypatch.setattr(eyes, "PICTURES", 4)


def test_a_model_without_eyes_is_given_a_reader_and_only_that_learns(workshop, tiny_folder, tmp_path, few, losses):
    how = settings("eyes", tmp_path / "run", steps=30, warmup=2, learning_rate=3e-3, log_every=1, weight_decay=0.0)
    figures = eyes.train_eyes(workshop, tiny_folder, how)
    assert {"val_keypoints_pa_mpjpe", "val_landmarks_mpjpe", "steps"} <= set(figures)
    curve = list(losses(tmp_path / "run").values())
    assert sum(curve[-6:]) < sum(curve[:6])
    before, after = (load_file(folder / "model.safetensors") for folder in (tiny_folder, tmp_path / "run"))
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert {name.split(".")[0] for name in set(after) - set(before)} == {"pose_reader"}
    assert UniPoseModel.from_pretrained(tmp_path / "run").config.vision_config is None


def test_eyes_that_are_there_stay(tiny_folder):
    model = UniPoseModel.from_pretrained(tiny_folder)
    reading = with_eyes(model, pictured=False)
    assert with_eyes(reading, pictured=False) is reading
    seeing = with_eyes(reading, pictured=True)
    assert seeing.vision is not None
    kept = reading.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in seeing.state_dict().items() if name in kept)


def test_what_a_detector_does_not_lift_has_no_landmarks(workshop):
    poses = load_poses(workshop, "train").rotations
    found = project(poses.repeat(4, 1, 1, 1), torch.Generator().manual_seed(0))
    view = eyes.detected(found).sights["keypoint_values"]
    lifted = view[..., 6].amax(1) > 0
    assert torch.equal(lifted, found.lifted) and 0 < int(lifted.sum()) < len(lifted)

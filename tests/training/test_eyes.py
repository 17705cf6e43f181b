"""Eyes: given to a model that has none, trained part by part, and they learn to see."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from unipose.data.projected import project
from unipose.data.sources import load_poses
from unipose.model.unipose import UniPoseModel
from unipose.training import eyes, finding, nano, reading
from unipose.training.finding import targets
from unipose.training.nano import with_eyes
from unipose.training.provenance import finished
from unipose.training.stages import settings

from ..data.poses import write_drawn

SMALL = {
    "clip_config": {
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "image_size": 32,
        "patch_size": 8,
    },
    "clip_layer": -1,
    "pose_config": {
        "model_type": "resnet",
        "embedding_size": 8,
        "hidden_sizes": [8, 16, 16],
        "depths": [1, 1, 1],
        "layer_type": "basic",
        "out_features": ["stage2", "stage3"],
    },
    "pose_size": (32, 24),
    "pose_stride": 8,
}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Little of everything."""
    monkeypatch.setattr(reading, "DETECTED", 24)
    monkeypatch.setattr(reading, "PICTURED_PEOPLE", 8)
    monkeypatch.setattr(finding, "PICTURES", 6)
    monkeypatch.setattr(eyes, "LOOKS", 20)
    monkeypatch.setattr(nano, "SMALL_EYES", SMALL)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return write_drawn(tmp_path_factory.mktemp("drawn"), ["train"] * 6 + ["val"] * 3)


def learning(out, **how):
    return settings("eyes", out, warmup=2, learning_rate=3e-3, log_every=1, weight_decay=0.0, **how)


def test_a_model_without_eyes_is_given_a_reader_and_only_that_learns(workshop, tiny_folder, tmp_path, losses):
    figures = eyes.train_eyes(workshop, tiny_folder, learning(tmp_path / "run", steps=30))
    assert {"val_keypoints_pa_mpjpe", "val_landmarks_mpjpe", "steps"} <= set(figures)
    curve = list(losses(tmp_path / "run" / "keypoints").values())
    assert sum(curve[-6:]) < sum(curve[:6])
    before, after = (load_file(folder / "model.safetensors") for folder in (tiny_folder, tmp_path / "run"))
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert {name.split(".")[0] for name in set(after) - set(before)} == {"pose_reader"}
    assert UniPoseModel.from_pretrained(tmp_path / "run").config.vision_config is None


def test_with_pictures_a_reader_stays_and_towers_learn_to_find(workshop, tiny_folder, drawn, tmp_path, losses):
    with_eyes(UniPoseModel.from_pretrained(tiny_folder), pictured=False).save_pretrained(tmp_path / "reads")
    for name in ("tokenizer.json", "tokenizer_config.json", "processor_config.json"):
        (tmp_path / "reads" / name).write_bytes((tiny_folder / name).read_bytes())
    figures = eyes.train_eyes(workshop, tmp_path / "reads", learning(tmp_path / "run", steps=60), pictures=drawn)
    assert figures["steps"] == 60
    assert {"val_found", "val_pictures_pa_mpjpe", "val_pictures_and_keypoints_pa_mpjpe"} <= set(figures)
    curve = list(losses(tmp_path / "run" / "places").values())
    assert sum(curve[-6:]) < sum(curve[:6])
    curve = list(losses(tmp_path / "run" / "sight").values())
    assert sum(curve[-3:]) < sum(curve[:3])
    before, after = (load_file(folder / "model.safetensors") for folder in (tmp_path / "reads", tmp_path / "run"))
    assert {name for name in before if not torch.equal(after[name], before[name])} == {
        "pose_reader.camera.weight",
        "pose_reader.camera.bias",
    }
    assert float(after["pose_reader.glance.scale"].abs().max()) > 0
    assert not any("projector" in name for name in after)
    model = UniPoseModel.from_pretrained(tmp_path / "run")
    assert model.config.num_sight_tokens == model.config.pose_tokenizer_config.num_tokens


def test_a_run_is_paused_in_a_part_and_goes_on(workshop, tiny_folder, drawn, tmp_path):
    whole = eyes.train_eyes(workshop, tiny_folder, learning(tmp_path / "whole", steps=12), pictures=drawn)
    how = learning(tmp_path / "run", steps=12)
    eyes.train_eyes(workshop, tiny_folder, replace(how, pause=0.001), pictures=drawn)
    assert finished(tmp_path / "run") is None and not (tmp_path / "run" / "places").exists()
    with pytest.raises(ValueError, match="holds a run already"):
        eyes.train_eyes(workshop, tiny_folder, how, pictures=drawn)
    resumed = eyes.train_eyes(workshop, tiny_folder, replace(how, resume=True), pictures=drawn)
    assert finished(tmp_path / "run") is not None
    assert resumed["steps"] == whole["steps"] == 12
    one, other = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "run"))
    for name in one:
        torch.testing.assert_close(other[name], one[name], rtol=1e-4, atol=1e-5)


def test_eyes_that_are_there_stay(tiny_folder):
    model = UniPoseModel.from_pretrained(tiny_folder)
    reading_only = with_eyes(model, pictured=False)
    assert with_eyes(reading_only, pictured=False) is reading_only
    seeing = with_eyes(reading_only, pictured=True)
    assert seeing.vision is not None and seeing.vision.projector is None
    assert not seeing.config.reader_config.pictures_beside_keypoints
    assert reading_only.config.reader_config.pictures_beside_keypoints
    kept = reading_only.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in seeing.state_dict().items() if name in kept)


def test_what_a_detector_does_not_lift_has_no_landmarks(workshop):
    poses = load_poses(workshop, "train").rotations
    found = project(poses.repeat(4, 1, 1, 1), torch.Generator().manual_seed(0))
    lifted = reading.detected(found).keypoints[..., 6].amax(1) > 0
    assert torch.equal(lifted, found.lifted) and 0 < int(lifted.sum()) < len(lifted)


def test_a_mark_is_a_bell_around_its_place():
    marks = torch.tensor([[[0.1, -0.6, 1.0], [-0.9, 0.9, 1.0], [9.0, 9.0, 0.0]]])
    shares = targets(marks, torch.zeros(1, 3, 400)).unflatten(2, (20, 20))
    middles = (torch.arange(20) + 0.5) / 10 - 1
    mean = torch.stack(((shares.sum(-2) * middles).sum(-1), (shares.sum(-1) * middles).sum(-1)), dim=-1)
    torch.testing.assert_close(mean[0, 0], marks[0, 0, :2], rtol=0, atol=2e-3)
    torch.testing.assert_close(mean[0, 1], marks[0, 1, :2], rtol=0, atol=0.1)  # its bell is cut at the edges
    assert shares[0, :2].sum((-1, -2)).tolist() == pytest.approx([1.0, 1.0]) and not shares[0, 2].any()

"""Held-out pictures differ from training pictures; outfits, cameras and poses keep to what they say."""

import runpy
import sys

import numpy as np
import pytest
import torch

from tools.people import clothes
from tools.people.bodies import Poses, build_of, posed
from tools.people.cameras import framed, view
from tools.people.settings import HEIGHT, HELD_OUT, TRAIN, WIDTH
from tools.people.worn import things
from unipose.body.mesh import FreeBody
from unipose.body.postures import standing


def overlap(bands, others):
    return any(low < other_high and other_low < high for low, high in bands for other_low, other_high in others)


def test_held_out_ranges_are_apart_from_training():
    assert not overlap(TRAIN.hues, HELD_OUT.hues)
    assert not overlap(TRAIN.distances, HELD_OUT.distances)
    assert not overlap([TRAIN.roll], [HELD_OUT.roll])
    assert set(TRAIN.patterns) & set(HELD_OUT.patterns) == {0}
    assert not set(TRAIN.walls) & set(HELD_OUT.walls) and not set(TRAIN.floors) & set(HELD_OUT.floors)


@pytest.mark.parametrize("ranges", [TRAIN, HELD_OUT], ids=["train", "held out"])
def test_outfits_fit_the_shader_and_name_their_own_garments(ranges):
    patterns = set()
    for seed in range(200):
        rng = np.random.default_rng(seed)
        outfit = clothes.drawn(rng, ranges)
        assert 1 <= len(outfit.garments) <= clothes.MOST
        for thing in things(outfit, rng):
            assert thing.garment < len(outfit.garments)
            np.testing.assert_allclose(thing.weights.sum(1), 1)
        # hair and beards have a texture of their own
        worn = [g for g in outfit.garments if g.kind not in (clothes.SCALP, clothes.BEARD, clothes.GLASSES)]
        patterns |= {int(garment.pattern[0]) for garment in worn}
    assert patterns == set(ranges.patterns)


def test_things_worn_follow_the_joints_they_hang_on():
    body, pose = FreeBody.load("light"), torch.as_tensor(standing().rotations)
    figure = posed(body, pose, build_of(np.random.default_rng(0)))
    # every joint, carried rigidly by itself from its place on the average body, lands on the posed joint
    carried = figure.carried(body.rest_joints.numpy(), np.eye(24))
    np.testing.assert_allclose(carried, figure.joints, atol=1e-5)


def test_cameras_keep_whole_people_in_the_picture_and_cut_some():
    body = FreeBody.load("light")
    figure = posed(body, torch.as_tensor(standing().rotations), np.zeros(10))
    whole = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        turn, distance = view(rng, TRAIN)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
        vertices = figure.vertices @ turn.T
        camera = framed(vertices, turn, distance, rng)
        assert camera.depth(vertices).min() > 0.5
        pixels = camera.project(vertices)
        whole += bool((pixels > -1).all() and (pixels < [WIDTH + 1, HEIGHT + 1]).all())
        # the weak camera is the full one for what is as far as the pelvis
        beside = np.array([0.3, -0.2, 0.0])
        np.testing.assert_allclose(camera.project(beside), camera.weak[0] * beside[:2] * [1, -1] + camera.weak[1:])
    assert 50 < whole < 95


def test_poses_of_a_file_are_drawn_a_kind_at_a_time(shared, tmp_path):
    few, many = torch.eye(3).expand(2, 22, 3, 3), torch.as_tensor(standing().rotations).expand(30, 22, 3, 3)
    np.savez(tmp_path / "named.npz", few=few.numpy().astype(np.float16), many=many.numpy().astype(np.float16))
    poses = Poses.load(shared / "data", "val", tmp_path / "named.npz")
    chance = np.diff(poses.chances, prepend=0)
    assert chance[-32:-30].sum() == pytest.approx(0.15) and chance[-30:].sum() == pytest.approx(0.15)
    np.savez(tmp_path / "wrong.npz", axis_angle=np.zeros((4, 22, 3)))
    with pytest.raises(ValueError, match="axis_angle"):
        Poses.load(shared / "data", "val", tmp_path / "wrong.npz")


def test_the_tool_starts_as_its_package_says(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["people", "--help"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module("tools.people", run_name="__main__")
    assert left.value.code == 0
    assert "python -m tools.people" in capsys.readouterr().out

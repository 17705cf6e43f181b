"""Poses by name: what is drawn for a name is that, on the side that was asked."""

import random

import numpy as np
import pytest
import torch

from unipose.body.pose import face_forward
from unipose.data.named import NamedPoses, read_named
from unipose.language.items import Statement
from unipose.language.measuring.registry import Registry
from unipose.language.solving.solver import Solver

SIDED, PLAIN = "{side}_arabesque", "upward_dog"


@pytest.fixture(scope="module")
def poses():
    solver = Solver.load()
    found = solver.solve([[Statement(name.format(side="left"))] for name in (SIDED, PLAIN)]).rotations
    return {SIDED: found[:1], PLAIN: found[1:], "no_longer_in_the_lexicon": found[:1]}


def test_a_name_draws_poses_that_are_it(poses):
    registry, rng = Registry.load(), random.Random(0)
    named = NamedPoses(poses, registry)
    drawn = {named.draw_name(rng) for _ in range(200)}
    assert drawn == {"left_arabesque", "right_arabesque", "either_arabesque", "upward_dog"} & set(registry.index)
    assert len(drawn) == len(named) >= 3
    for name in drawn:
        pose = named.draw_pose(name, rng)
        assert registry.holds(registry.measure_poses(pose[None]), [name]).all(), name
        assert torch.allclose(face_forward(pose[None])[0], pose, atol=1e-5)


def test_without_poses_there_are_no_names():
    assert not NamedPoses({}, Registry.load())


def test_a_file_is_read_back(tmp_path, poses):
    np.savez(tmp_path / "named.npz", **{name: own.numpy().astype(np.float16) for name, own in poses.items()})
    read = read_named(tmp_path / "named.npz")
    assert read.keys() == poses.keys()
    assert all(torch.allclose(read[name], own, atol=1e-3) for name, own in poses.items())


def test_what_is_no_such_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="make them with tools/solve_lexicon"):
        read_named(tmp_path / "absent.npz")
    np.savez(tmp_path / "flat.npz", tree=np.zeros((2, 22, 3)))
    with pytest.raises(ValueError, match=r"tree has shape \(2, 22, 3\)"):
        read_named(tmp_path / "flat.npz")

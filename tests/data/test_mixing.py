"""Limbs of one body on another."""

from __future__ import annotations

import random

import pytest
import roma
import torch

from unipose.body.skeleton import JOINT_NAMES
from unipose.data.mixing import GROUPS, draw_groups, transplant, transplant_all


def two_poses():
    generator = torch.Generator().manual_seed(0)
    return roma.rotvec_to_rotmat(torch.randn(2, 22, 3, generator=generator)).unbind()


@pytest.mark.parametrize("name", GROUPS)
def test_only_the_named_joints_come_from_the_donor(name):
    pose, donor = two_poses()
    result = transplant(pose, donor, [name])
    for joint, row in zip(JOINT_NAMES, range(22), strict=True):
        expected = donor if joint in GROUPS[name][0] else pose
        assert torch.equal(result[row], expected[row]), joint


def test_no_groups_leave_the_pose_alone_and_batches_agree():
    pose, donor = two_poses()
    result = transplant_all(torch.stack([pose, pose]), torch.stack([donor, donor]), [[], ["arms", "head"]])
    assert torch.equal(result[0], pose)
    assert torch.equal(result[1], transplant(pose, donor, ["arms", "head"]))


def test_draws_follow_the_seed():
    assert draw_groups(random.Random(3), 5) == draw_groups(random.Random(3), 5)

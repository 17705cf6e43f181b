"""Orders that lean on the one before, as steps between poses."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from unipose.body.limits import violations
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, mirror_rotations
from unipose.data.following import along, back, elsewhere, further, moved_limb, on_other_side
from unipose.language.items import Change, Keep, Statement
from unipose.language.measuring.registry import Registry

SEEDS = some.integers(0, 2**16)
RAISED = Change("left_arm_rise", 1, "plain", 8.0, float("inf"))


def pose(seed, scale=0.2):
    vectors = scale * torch.randn(22, 3, generator=torch.Generator().manual_seed(seed))
    return axis_angle_to_matrix(vectors)


def with_joints(before, after, names):
    mixed = before.clone()
    which = [JOINT_NAMES.index(name) for name in names]
    mixed[which] = after[which]
    return mixed


@settings(deadline=None, max_examples=25)
@given(SEEDS, SEEDS)
def test_the_way_leads_from_one_pose_to_the_other(first, second):
    before, after = pose(first), pose(second)
    assert torch.allclose(along(before, after, 0.0), before, atol=1e-5)
    assert torch.allclose(along(before, after, 1.0), after, atol=1e-4)
    half = along(before, after, 0.5)
    assert torch.allclose(along(half, after, 1.0), after, atol=1e-4)
    assert torch.allclose(along(before, half, 1.0), half, atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_beyond_the_end_only_what_moved_moves_and_joints_keep_to_their_limits(seed):
    before = pose(seed)
    after = with_joints(before, pose(seed + 1, scale=0.6), ["left_elbow"])
    beyond = along(before, after, 3.0)
    elbow = JOINT_NAMES.index("left_elbow")
    others = [joint for joint in range(22) if joint != elbow]
    assert torch.equal(beyond[others], before[others])
    assert violations(beyond)[..., elbow].max() < 1.0


@pytest.mark.parametrize(
    ("names", "limb"),
    [
        (["left_elbow"], ("left", "arm")),
        (["right_collar", "right_wrist"], ("right", "arm")),
        (["right_knee", "right_hip"], ("right", "leg")),
        (["left_knee", "left_elbow"], None),
        (["left_elbow", "right_elbow"], None),
        (["head"], None),
        ([], None),
    ],
)
def test_the_limb_that_moved_alone(names, limb):
    before = pose(0)
    assert moved_limb(before, with_joints(before, pose(1), names)) == limb


@pytest.mark.parametrize("same_place", [True, False])
def test_the_other_side_of_a_symmetric_pose_gives_a_symmetric_one(same_place):
    half = pose(3)
    before = torch.where(
        torch.tensor([name.startswith("right_") for name in JOINT_NAMES])[:, None, None], mirror_rotations(half), half
    )
    middle = [not name.startswith(("left_", "right_")) for name in JOINT_NAMES]
    before[torch.tensor(middle)] = torch.eye(3)
    after = with_joints(before, pose(4), ["left_shoulder", "left_elbow"])
    assert not torch.allclose(mirror_rotations(after), after, atol=1e-3)
    both = on_other_side(before, after, same_place)
    assert torch.allclose(mirror_rotations(both), both, atol=1e-5)


def test_more_and_less_claim_clear_steps_and_the_other_side_its_mirror_image():
    registry = Registry.load()
    (more,), (less,) = further([RAISED], registry), back([RAISED], registry)
    assert (more.direction, more.lo, more.hi) == (1, 10.0, float("inf"))
    assert (less.direction, less.lo, less.hi) == (-1, -float("inf"), -10.0)
    assert further([Statement("left_elbow_bent")], registry) == ()
    assert back([RAISED, Keep("legs")], registry) == ()
    assert elsewhere([Statement("left_elbow_bent")], registry) == (Statement("right_elbow_bent"),)
    assert elsewhere([Statement("left_elbow_bent"), Statement("standing")], registry) == ()

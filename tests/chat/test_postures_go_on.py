"""A posture changes as people would expect: limbs of who is not on their feet move, and arms stay as they were."""

import pytest
import torch

from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES
from unipose.chat.off_feet import off_feet
from unipose.chat.ranking import Judge, judged, measured
from unipose.chat.understanding import meant
from unipose.language import Archetypes, Registry, Solver, Statement

from .posing import edited, holds, usual

ARMS = [place for place, name in enumerate(JOINT_NAMES) if "shoulder" in name or "elbow" in name]


def raising(side):
    found = Solver.load().solve([[Statement(f"{side}_arm_raised"), Statement("standing")]])
    return Pose.from_rotations(found.rotations[0])


@pytest.mark.parametrize("posture", ["lying_face_up", "plank", "sitting", "all_fours", "left_lying_on_side"])
def test_who_does_not_stand_lifts_a_leg_where_they_are(posture):
    before = usual(posture)
    after = edited("lift the right leg", before)
    assert holds(after, "right_foot_up", "standing") == [True, False]
    assert all(verdict.mark == "yes" for verdict in judged("lift the right leg", after, before))
    trunks = [pose.rotations[0] for pose in (before, after)]
    turned = (trunks[0].T @ trunks[1]).diagonal().sum().sub(1).div(2).clamp(-1, 1).acos()
    assert turned < 0.35  # radians: the pelvis all but keeps its place


def test_orders_to_who_stands_and_orders_to_get_up_are_as_they_read():
    registry = Registry.load()
    lying, standing = (measured(registry, [usual(name)])[0] for name in ("lying_face_up", "standing_tall"))
    plain, up = meant("lift the left leg"), meant("stand up and lift the left leg")
    assert off_feet(plain, standing, registry) is plain
    assert off_feet(up, lying, registry) is up
    there = off_feet(plain, lying, registry)
    assert there.items == (Statement("left_foot_up"),) and there.spans[0].items == there.items
    assert len(there.confidences) == 1 and there.unparsed == plain.unparsed


@pytest.mark.parametrize("text", ["make it symmetric", "put the left foot on the other knee"])
def test_what_is_said_of_more_than_a_lifted_leg_is_as_it_reads(text):
    registry = Registry.load()
    sitting = measured(registry, [usual("sitting")])[0]
    assert off_feet(meant(text), sitting, registry) is meant(text)


def test_candidates_of_arms_stand_as_anybody_would_assume():
    strange = Solver.load().solve([[Statement("kneeling")]]).rotations[0]
    for pose in Judge("both arms raised").mend([Pose.from_rotations(strange)] * 4):
        assert holds(pose, "both_arm_raised", "standing") == [True, True]


@pytest.mark.parametrize(
    ("text", "posture"), [("now kneel", "kneeling"), ("sit down", "sitting"), ("sit cross-legged", "cross_legged")]
)
def test_arms_stay_when_somebody_gets_down(text, posture):
    before = raising("right")
    after = edited(text, before)
    assert holds(after, posture, "right_arm_raised", "trunk_upright") == [True, True, True]
    assert torch.allclose(after.rotations[ARMS], before.rotations[ARMS], atol=1e-4)


def test_arms_give_way_where_the_posture_rests_on_them():
    after = edited("get on all fours", raising("left"))
    assert holds(after, "all_fours", "both_hand_on_floor") == [True, True]


@pytest.mark.parametrize(
    ("text", "posture", "limb"),
    [
        ("kneeling, arms crossed", "kneeling", "arms_crossed"),
        ("sitting on a chair with the left arm raised", "sitting", "left_arm_raised"),
        ("lying on the back, both arms overhead", "lying_face_up", "both_arm_overhead"),
    ],
)
def test_a_posture_with_something_else_is_the_usual_one_but_for_that(text, posture, limb):
    (pose,) = Judge(text).mend([raising("right")])
    assert holds(pose, posture, limb) == [True, True]
    legs = [place for place, name in enumerate(JOINT_NAMES) if "hip" in name or "knee" in name]
    nearest = min((pose.rotations[legs] - each[legs]).abs().max() for each in Archetypes.load().of(posture))
    assert nearest < 0.2  # of rotation matrices: some eleven degrees


def test_who_only_stands_stands_plainly():
    (pose,) = Judge("standing").mend([raising("right")])
    low = ("left_upper_arm_low", "right_upper_arm_low")
    assert holds(pose, "standing", "trunk_upright", *low) == [True, True, True, True]

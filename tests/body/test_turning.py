"""Joints turned by dials: that a dial does what its name says, keeps what it shows, and knows both sides."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.limits import joint_rotations, limits, violations
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES, MIRROR
from unipose.body.turning import dials, readings, reset, spoken, turn

TABLE = [(joint, number) for joint, each in dials().items() for number in range(len(each))]
PENDULUM = [(joint, 0) for joint in ("left_shoulder", "right_shoulder")]


def random_pose(seed):
    """A pose with every joint somewhere inside its limits, the whole body turned and tipped."""
    numbers = torch.Generator().manual_seed(seed)
    low, high = (bound.nan_to_num(neginf=-60, posinf=60) for bound in limits())
    angles = low + (high - low) * (0.1 + 0.8 * torch.rand(22, 3, generator=numbers))
    return Pose.from_rotations(joint_rotations(angles.double()))


poses = st.integers(0, 10_000).map(random_pose)


def at(pose, name):
    return pose.joints[JOINT_NAMES.index(name)]


def test_every_joint_has_dials_and_a_name():
    assert list(dials()) == list(JOINT_NAMES)
    assert all(dial.low < dial.high for each in dials().values() for dial in each)
    assert spoken("pelvis") == "whole body" and spoken("left_collar") == "left collarbone"
    assert len({spoken(joint) for joint in JOINT_NAMES}) == 22


@settings(max_examples=60, deadline=None)
@given(poses, st.sampled_from(TABLE), st.floats(0, 1))
def test_a_dial_shows_what_it_was_set_to_and_leaves_the_rest(pose, which, share):
    joint, number = which
    dial = dials()[joint][number]
    wanted = dial.low + share * (dial.high - dial.low)
    if joint == "pelvis":
        wanted = 0.9 * wanted / 2  # not upside down, where a heading means nothing
    turned = turn(pose, joint, number, wanted)
    index = JOINT_NAMES.index(joint)
    others = [i for i in range(22) if i != index]
    assert torch.allclose(turned.rotations[others], pose.rotations[others], atol=1e-5)
    if which in PENDULUM:
        return
    shown, before = readings(turned)[joint], readings(pose)[joint]
    assert shown[number] == pytest.approx(wanted, abs=0.05)
    for other in range(len(shown)):
        if other != number and (joint, other) not in PENDULUM:
            assert shown[other] == pytest.approx(before[other], abs=0.1)


@settings(max_examples=40, deadline=None)
@given(poses, st.sampled_from([each for each in TABLE if each[0] != "pelvis"]), st.floats(-400, 400))
def test_no_dial_bends_a_joint_beyond_its_limits(pose, which, wanted):
    assert violations(turn(pose, *which, wanted).rotations).max() < 0.01


@settings(max_examples=40, deadline=None)
@given(poses, st.sampled_from(TABLE), st.floats(-180, 180))
def test_the_other_side_is_the_mirror_image_when_asked_for(pose, which, wanted):
    joint, number = which
    index = JOINT_NAMES.index(joint)
    turned = turn(pose, joint, number, wanted, both=True)
    if MIRROR[index] != index:
        mirrored = turned.mirror().rotations
        assert torch.allclose(mirrored[index], turned.rotations[index], atol=1e-5)
        shown = readings(turned)
        assert shown[joint] == pytest.approx(shown[JOINT_NAMES[MIRROR[index]]], abs=0.05)
    else:
        assert turned == turn(pose, joint, number, wanted)


@pytest.mark.parametrize("side, out", [("left", 1), ("right", -1)])
def test_dials_move_the_body_as_they_are_named(side, out):
    rest = standing()

    def moved(joint, dial, degrees, seen, base=rest):
        number = [each.name for each in dials()[f"{side}_{joint}"]].index(dial)
        after = turn(base, f"{side}_{joint}", number, degrees)
        return (at(after, f"{side}_{seen}") - at(base, f"{side}_{seen}")) * [out, 1, 1]

    assert moved("hip", "Bend", 90, "knee")[2] > 0.3  # forward
    assert moved("hip", "Raise sideways", 60, "knee")[0] > 0.2  # outward
    assert moved("hip", "Twist", 60, "foot")[0] > 0.03
    assert moved("knee", "Bend", 90, "ankle")[2] < -0.3  # the heel goes back
    assert moved("ankle", "Point", 40, "foot")[1] < -0.03
    assert moved("shoulder", "Raise sideways", 170, "elbow")[1] > 0.4
    assert moved("collar", "Shrug", 30, "shoulder")[1] > 0.03
    assert moved("collar", "Reach", 30, "shoulder")[2] > 0.03
    swung = moved("shoulder", "Swing", 90, "elbow")
    assert swung[2] > 0.15 and abs(swung[0]) < 0.05  # straight ahead, not across the belly
    level = turn(rest, f"{side}_shoulder", 1, 90)
    assert moved("shoulder", "Reach across", 80, "elbow", level)[2] > 0.2
    ahead = turn(turn(rest, f"{side}_shoulder", 1, 90), f"{side}_shoulder", 3, 0)
    assert moved("elbow", "Bend", 90, "wrist", ahead)[2] > 0.2


def test_the_whole_body_turns_tips_and_rolls():
    lying = turn(standing(), "pelvis", 1, 90)
    assert lying.joints[JOINT_NAMES.index("head")][2] > 0.4  # on its front
    assert turn(standing(), "pelvis", 0, 90).heading == pytest.approx(math.pi / 2, abs=1e-4)
    assert turn(standing(), "pelvis", 2, 45).joints[JOINT_NAMES.index("head")][0] < -0.3
    assert readings(turn(lying, "pelvis", 0, 90))["pelvis"] == pytest.approx((90, 90, 0), abs=0.1)


def test_the_trunk_and_the_head_turn_as_they_are_named():
    head = JOINT_NAMES.index("head")
    assert turn(standing(), "spine1", 0, 50).joints[head][2] > standing().joints[head][2] + 0.1
    assert turn(standing(), "spine1", 1, 20).joints[head][0] < -0.1
    assert turn(standing(), "head", 2, 40).rotations[head, 0, 2] > 0.5  # the face goes to the body's left


def test_a_joint_goes_back_to_standing_at_ease():
    bent = turn(standing(), "left_knee", 0, 100, both=True)
    assert torch.allclose(reset(bent, "left_knee", both=True).rotations, standing().rotations, atol=1e-5)
    one = reset(bent, "left_knee")
    assert readings(one)["right_knee"][0] == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    "joint, number, degrees, said",
    [("tail", 0, 0, "no joint 'tail'"), ("left_knee", 5, 0, "has 2 dials"), ("left_knee", 0, math.nan, "finite")],
)
def test_what_cannot_be_turned_is_named(joint, number, degrees, said):
    with pytest.raises(ValueError, match=said):
        turn(standing(), joint, number, degrees)

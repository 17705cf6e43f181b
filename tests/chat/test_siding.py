"""Limbs whose side is not said."""

import pytest

from unipose.body.postures import standing
from unipose.chat.ranking import Judge
from unipose.chat.routing import pointed
from unipose.chat.siding import sided


@pytest.mark.parametrize(
    ("text", "spoken", "meant"),
    [
        ("bend that elbow", ["stretch the left arm out"], "bend left elbow"),
        ("the knee higher", ["look up", "lift the right leg"], "right knee higher"),
        ("the opposite arm back", ["lift the left leg"], "right arm back"),
        ("raise the bow arm", ["an archer, bow in the left hand"], "raise left arm"),
        ("both a touch closer", ["bend the left knee"], "both knees a touch closer"),
    ],
)
def test_a_limb_without_a_side_is_the_one_last_spoken_of(text, spoken, meant):
    assert sided(text, spoken) == meant


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("the arm higher", ["raise both arms"]),  # either
        ("the knee higher", ["raise the left arm"]),
        ("the left knee higher", ["raise the right leg"]),
        ("bend the standing leg", ["lift the right leg"]),
        ("turn the head", ["lift the right leg"]),
        ("both arms up", ["bend the left knee"]),
    ],
)
def test_what_is_open_stays_open(text, spoken):
    assert sided(text, spoken) == text


def test_the_other_leg_to_stand_on_is_the_one_that_does_not():
    pose = Judge("lift the left foot in front").mend([standing()])[0]
    assert sided("stand on the other leg", [], pose) == "stand on the left leg"
    assert sided("stand on the other leg", [], standing()) == "stand on the other leg"


@pytest.mark.parametrize(
    ("order", "side"),
    [
        ("put the right hand on the head", "left"),
        ("put the left hand on the left hip", "right"),
        ("put the left hand on the right shoulder", "right"),
    ],
)
def test_the_free_hand_is_the_one_that_touches_nothing(order, side):
    pose = Judge(order).mend([standing()])[0]
    assert sided("stick the free arm out in front", [], pose) == f"stick {side} arm out in front"
    assert sided("free hand behind the back", [order], pose) == f"{side} hand behind the back"


def test_a_way_that_only_legs_are_pointed_at_leaves_arms_open():
    assert pointed("raise the standing arm", standing()) == "raise the standing arm"


def test_two_free_hands_leave_it_open():
    assert sided("raise the free arm", [], standing()) == "raise the free arm"

"""Parts without a side: "one arm", "the other", "the front knee", and where parts are moved to."""

import os
import subprocess
import sys

import pytest
import torch

from unipose.language import Parser, Registry, Solver, Statement

TOLD = """
import sys
from unipose.language import Parser
for text in sys.stdin.read().splitlines():
    print(Parser.load().parse(text))
"""


@pytest.fixture(scope="module")
def parser():
    return Parser.load()


def read(parser, text, **how):
    return {item.predicate for item in parser.parse(text, **how).items}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raise one arm", {"either_arm_raised"}),
        ("put one hand on your hip", {"either_hand_on_hip"}),
        ("one hand on the head, the other on the belly", {"either_hand_on_head", "either_hand_on_belly"}),
        ("the front knee is bent, the back leg straight", {"either_knee_bent", "either_knee_straight"}),
        ("one foot in front of the other", {"either_foot_in_front"}),
    ],
)
def test_a_side_left_open_is_either(parser, text, expected):
    assert read(parser, text) == expected


def test_the_front_leg_is_the_one_that_went_forward(parser):
    said = "left foot forward, front knee bent, back leg straight"
    assert read(parser, said) == {"left_foot_in_front", "left_knee_bent", "right_knee_straight"}
    said = "the right leg is back, the front knee is bent"
    assert "left_knee_bent" in read(parser, said)


def test_one_and_the_other_of_an_order_are_a_side_each(parser):
    text = "stand with one hand on the hip and the other arm raised"
    assert read(parser, text, choosing=True) == {"standing", "right_hand_on_hip", "left_arm_raised"}
    assert read(parser, "raise one arm", choosing=True) == {"either_arm_raised"}  # no other: any will do


def test_a_knee_that_is_no_back_is_told_from_a_back(parser):
    assert read(parser, "back straight") == {"back_straight"}
    assert read(parser, "right leg forward, back leg straight") == {"right_foot_in_front", "left_knee_straight"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("move the left hand down to the thigh", {"left_hand_on_thigh"}),
        ("the right hand is pulled back to the cheek", {"right_hand_at_face"}),
        ("slide the hands down to the knees", {"both_hand_on_knee"}),
    ],
)
def test_parts_are_on_what_they_are_moved_to(parser, text, expected):
    assert read(parser, text) == expected


def test_both_on_one_is_each_on_it(parser):
    assert read(parser, "both hands on the left knee") == {"left_hand_on_knee", "right_hand_on_other_knee"}


def test_arms_beside_somebody_who_lies_do_not_hang(parser):
    assert read(parser, "arms by the sides") == {"both_arm_hanging"}
    assert read(parser, "lying on the back, arms by the sides") == {"lying_face_up", "both_hand_near_thigh"}


def test_either_is_one_of_both_and_can_be_solved():
    registry = Registry.load()
    one, both = registry["either_arm_raised"], ["left_arm_raised", "right_arm_raised"]
    assert one.silent and [registry.table[part.predicate].id for part in one.any] == both
    found = Solver.load().solve([[Statement("either_arm_raised"), Statement("either_hand_on_hip")]])
    values = registry.measure_poses(found.rotations)
    assert registry.holds(values, ["either_arm_raised", "either_hand_on_hip"]).all()
    sides = registry.holds(values, both)
    assert torch.equal(registry.holds(values, ["either_arm_raised"])[:, 0], sides.any(-1))


@pytest.mark.slow  # two processes read all wordings
def test_every_process_reads_alike():
    texts = "\n".join(
        (
            "side plank on the left hand, right arm to the sky",
            "goalkeeper diving to his left, full stretch, both arms reaching",
            "Quad stretch: hold your right foot behind you with your right hand, stand tall on the left leg.",
        )
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", TOLD],
            input=texts,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "3")
    ]
    assert told[0] == told[1] and "Parse(" in told[0]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("stand on one leg, the left one", "stand on the left leg"),
        ("lift one arm, the right one", "lift the right arm"),
        ("raise one knee, the left one, and look up", "raise the left knee, and look up"),
        ("lift one arm, the left one, and one leg, the right one", "lift the left arm, and the right leg"),
    ],
)
@pytest.mark.parametrize("choosing", [False, True])
def test_one_that_is_told_later_which_it_is(parser, text, meant, choosing):
    assert parser.parse(text, choosing).items == parser.parse(meant, choosing).items != ()


@pytest.mark.parametrize("text", ["lift one arm, not the left one", "lift one leg and bend one arm, the right one"])
def test_a_side_is_of_the_part_told_last_and_what_is_denied_is_not_meant(parser, text):
    said = {item.predicate for item in parser.parse(text).items if not getattr(item, "negated", False)}
    assert not said & {"left_arm_raised", "right_foot_lifted", "right_leg_raised"}

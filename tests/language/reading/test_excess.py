"""Complaints of too much: the state is wished away, never claimed."""

import pytest

from unipose.language import Change, Parser, Statement
from unipose.language.reading.routes import classify


def read(text):
    return Parser.load().parse(text).items


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("too slouchy", [("spine_bend", -1)]),
        ("that's way too slouchy", [("spine_bend", -1)]),
        ("her knees are bent too much", [("left_knee_flexion", -1), ("right_knee_flexion", -1)]),
        ("the stance is too wide", [("feet_distance", -1)]),
        ("leaning too far forward", [("trunk_pitch", -1)]),
        ("the left arm is too low", [("left_upper_arm_rise", 1)]),
    ],
)
def test_too_much_is_a_change_away(text, moves):
    items = read(text)
    assert all(isinstance(item, Change) for item in items)
    assert [(item.measure, item.direction) for item in items] == moves


def test_too_is_also_said_for_also():
    assert read("raise the left arm too") == (Statement("left_arm_raised"),)
    assert set(read("raise the left arm too and bend the knees")) == {
        Statement("left_arm_raised"),
        Statement("both_knee_bent"),
    }


def test_a_limit_is_no_order():
    assert read("stick your left leg out to the side, not too high") == (Statement("left_leg_side"),)


def test_only_what_is_complained_of_turns():
    sit, away = read("sit down, her back is too straight")
    assert sit == Statement("sitting") and (away.measure, away.direction) == ("spine_bend", 1)


def test_what_is_kept_makes_an_edit():
    assert classify("stand straight again but leave the arms like that", True) == "edit"
    assert classify("stand straight", True) == "generate"

"""Names that imply standing, beside other postures: they are about arms and head then."""

import pytest

from unipose.language import Parser, Registry, Statement


def names(text):
    return {item.predicate for item in Parser.load().parse(text).items if isinstance(item, Statement)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sitting cross-legged, reading a book", {"cross_legged", "read_book_above_waist"}),
        ("kneeling and taking a photo", {"kneeling", "take_photo_above_waist"}),
        ("standing and reading a book", {"standing", "read_book"}),
        ("reading a book", {"read_book"}),
        ("reading a book, the head turned left", {"read_book", "left_head_turn"}),
        ("stand on one leg while reading a book", {"one_leg_stand", "read_book_above_waist"}),
    ],
)
def test_legs_are_as_the_text_has_them(text, expected):
    assert names(text) == expected


def test_what_is_above_the_waist_belongs_to_the_name():
    registry = Registry.load()
    for name in ("read_book", "left_phone_call", "hold_baby"):
        above, whole = registry[f"{name}_above_waist"], registry[name]
        assert above.silent and above.region == "arms"
        assert set(above.intervals) < set(whole.intervals) and set(above.all) <= set(whole.all)
        regions = {registry.measures[each.measure].region for each in above.intervals}
        assert regions <= {"left_arm", "right_arm", "arms", "head"}


def test_names_that_are_about_the_legs_have_no_such_part():
    known = Registry.load().index
    assert "left_warrior_two_above_waist" not in known and "left_ball_kick_above_waist" not in known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kick the ball with foot left", {"left_ball_kick"}),
        ("hand right on the hip", {"right_hand_on_hip"}),
        ("put foot right forward", {"right_foot_in_front"}),
    ],
)
def test_a_side_behind_its_part(text, expected):
    assert names(text) == expected

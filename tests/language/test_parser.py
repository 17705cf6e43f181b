"""Reading: our own texts exactly, simple texts of people, and honesty about the rest."""

import random
import re

import pytest

from unipose.language.registry import Change, Statement
from unipose.language.writer import MOODS

SWAP = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
SIDE = re.compile(r"\b(left|right|Left|Right)\b(?! angle)")


def test_wording_is_a_function(parser):
    """Building the parser fails when two predicates share a wording; that it was built is the proof."""
    assert len(parser.verbs) > 50


@pytest.mark.parametrize("mood", MOODS)
def test_own_captions_are_read_back(registry, writer, parser, values, mood):
    truth, rng, exact = registry.truth(values).numpy(), random.Random(0), 0
    for row in range(400):
        caption = writer.caption(truth[row], rng, 1 + row % 6, mood)
        parse = parser.parse(caption.text)
        exact += set(parse.items) == set(caption.statements) and not parse.unparsed
    assert exact / 400 >= 0.99


@pytest.mark.parametrize("kind", ["edit", "difference"])
def test_own_edits_are_read_back(registry, edits, parser, values, kind):
    truth, rng, exact = registry.truth(values).numpy(), random.Random(0), 0
    for row in range(300):
        pair = values[row].numpy(), truth[row], values[row + 300].numpy(), truth[row + 300]
        caption = getattr(edits, kind)(*pair, rng, 3)
        exact += set(parser.parse(caption.text).items) == set(caption.statements)
    assert exact / 300 >= 0.99


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lift your left leg", {"left_foot_lifted"}),
        ("Put your hands on your hips!", {"both_hand_on_hip"}),
        ("raise both arms", {"both_arm_raised"}),
        ("arms up, looking down", {"both_arm_raised", "gaze_down"}),
        ("a person sitting on a chair with their hands on their knees", {"sitting", "both_hand_on_knee"}),
        ("someone crouching with arms crossed", {"crouching", "arms_crossed"}),
        ("She's kneeling and her head is bowed", {"kneeling", "chin_tucked"}),
        ("a man doing a handstand", {"handstand"}),
        ("T-POSE", {"t_pose"}),
        ("left arm raised and bent", {"left_arm_raised", "left_elbow_bent"}),
        ("stand on one leg", {"one_leg_stand"}),
        ("touch your toes", {"touching_toes"}),
        ("arms wide open", {"both_arm_to_side"}),
    ],
)
def test_peoples_texts(parser, text, expected):
    parse = parser.parse(text)
    assert {item.predicate for item in parse.items} == expected
    assert parse.unparsed == () and parse.confidence == 1.0


def test_changes_are_read(parser):
    (change,) = parser.parse("now raise the left arm a bit higher").items
    assert isinstance(change, Change) and (change.measure, change.direction, change.degree) == (
        "left_upper_arm_rise",
        1,
        "bit",
    )
    lowered = parser.parse("lower both arms").items
    assert {c.measure for c in lowered} == {"left_upper_arm_rise", "right_upper_arm_rise"}
    assert all(c.direction == -1 and c.hi < 0 for c in lowered)


def test_negation(parser):
    assert parser.parse("don't bend your knees").items == (Statement("both_knee_bent", negated=True),)
    assert parser.parse("his left arm is not raised. He is sitting.").items == (
        Statement("left_arm_raised", negated=True),
        Statement("sitting"),
    )


def test_what_is_not_understood_is_reported(parser):
    parse = parser.parse("juggling flaming torches while kneeling")
    assert parse.items == (Statement("kneeling"),)
    assert parse.unparsed == ("juggling", "flaming", "torches")
    assert 0 < parse.confidence < 1
    nothing = parser.parse("")
    assert nothing.items == () and nothing.confidence == 0.0


def test_spans_point_into_the_text(parser):
    text = "She is kneeling, with both arms raised."
    spans = parser.parse(text).spans
    assert [text[s.start : s.end] for s in spans] == ["kneeling", "arms raised"]


def test_swapped_sides_read_mirrored(registry, writer, parser, values):
    truth, rng = registry.truth(values).numpy(), random.Random(8)
    for row in range(150):
        caption = writer.caption(truth[row], rng, 3)
        text = SIDE.sub(lambda word: SWAP[word[0]], caption.text)
        read = parser.parse(text).items
        assert set(read) == {registry.mirrored(s) for s in caption.statements}, (caption.text, text)

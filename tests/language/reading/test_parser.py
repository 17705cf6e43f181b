"""Reading: our own texts exactly, simple texts of people, and honesty about the rest."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unipose.language.items import Amount, Change, Statement, spell
from unipose.language.measuring.registry import read_data
from unipose.language.reading.heard import wordings
from unipose.language.reading.parser import Parser
from unipose.language.writing.writer import MOODS, Writer

SWAP = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
SIDE = re.compile(r"\b(left|right|Left|Right)\b(?! angle)")


def test_two_claims_may_not_share_a_wording(registry):
    left, right = registry.position("left_arm_raised"), registry.position("right_arm_raised")

    class Muddled(Writer):
        def templates(self, which):
            return super().templates(left if which == right else which)

    with pytest.raises(ValueError, match="right_arm_raised.* is also .*left_arm_raised"):
        Parser(registry, Muddled(registry))


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
        parse = parser.parse(caption.text)
        exact += set(parse.items) == set(caption.statements) and not parse.unparsed
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No, raise your right arm", "right_arm_raised"),
        ("no raise your right arm", "right_arm_raised"),
        ("He does not. Raise your right arm", "right_arm_raised"),
        ("no arms raised", "not both_arm_raised"),
        ("Don\u2019t raise both arms", "not both_arm_raised"),
        ("don't just raise both arms", "not both_arm_raised"),
        ("not moving but raising his arms", "both_arm_raised"),
        ("his left arm is no longer raised", "not left_arm_raised"),
    ],
)
def test_how_far_a_negation_reaches(parser, text, expected):
    (read,) = parser.parse(text).items
    assert ("not " if read.negated else "") + read.predicate == expected


def test_a_negation_reaches_alternatives_and_ends_at_conjunctions(parser):
    def read(text):
        return [(item.predicate, item.negated) for item in parser.parse(text).items]

    assert read("don't sit or kneel") == [("sitting", True), ("kneeling", True)]
    assert read("don't sit and raise your arms") == [("sitting", True), ("both_arm_raised", False)]
    assert read("she is not sitting, her arms are raised") == [("sitting", True), ("both_arm_raised", False)]


def test_a_denied_claim_in_unknown_words_is_not_claimed(parser):
    parse = parser.parse("don't violently raise your arms")
    assert parse.items == () and parse.unparsed == ("violently", "raise", "arms")


@pytest.mark.parametrize("text", ["don't raise your arms higher", "do not bend your knees more"])
def test_denied_changes(parser, text):
    items = parser.parse(text).items
    assert len(items) == 2 and all(isinstance(i, Change) and i.negated and i.direction == 1 for i in items)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("put your left arm down", "left_arm_hanging"),
        ("put down your left arm", "left_arm_hanging"),
        ("lean left", "left_lean"),
        ("face left", "left_head_turn"),
        ("face forward", "gaze_ahead"),
        ("close your legs", "feet_together"),
        ("put your left foot down", "left_foot_down"),
        ("drop the leg", "both_foot_down"),
        ("left hand on the hip", "left_hand_on_hip"),
        ("raise your hand", "right_hand_above_shoulder"),
        ("wave", "right_waving"),
        ("with raised arms", "both_arm_raised"),
    ],
)
def test_what_is_heard_but_never_written(parser, text, expected):
    parse = parser.parse(text)
    assert parse.items == (Statement(expected),) and parse.unparsed == ()


def test_every_heard_wording_is_read_as_its_claims(registry, writer, parser):
    cues = read_data("cues.yaml")
    postures = {Statement(name) for name in cues["posture_verbs"].values()}
    for one in wordings(registry, writer, cues):
        if one.heard:
            read = parser.parse(one.text).items
            if read != one.items:  # "stand akimbo" says a posture, too
                assert read[1:] == one.items and read[0] in postures, one.text


def test_the_other_way_is_no_degree(parser):
    assert parser.parse("the other way").unparsed == ("other", "way")


def test_the_first_word_comes_after_courtesies(parser):
    assert parser.first_word("OK, could you now please bend the knees?") == "bend"
    assert parser.first_word("please") == ""


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left elbow bent about forty-five degrees", ("left_elbow_flexion", 45.0)),
        ("hands 30 cm apart", ("hands_distance", 0.3)),
        ("feet two feet apart", ("feet_distance", 0.61)),
        ("turn the head 45\u00b0 left", ("head_turn", 45.0)),
        ("turn the head 45deg right", ("head_turn", -45.0)),
    ],
)
def test_numbers_are_amounts(parser, text, expected):
    (amount,) = parser.parse(text).items
    assert isinstance(amount, Amount) and amount.measure == expected[0]
    assert (amount.lo + amount.hi) / 2 == pytest.approx(expected[1], abs=0.01) and amount.lo < amount.hi


def test_steps_by_a_number(parser):
    (up,) = parser.parse("raise your left arm by 20 degrees").items
    assert isinstance(up, Change) and up.measure == "left_upper_arm_rise" and up.lo < 20 < up.hi and up.lo > 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("keep your legs still", ["keep legs"]),
        ("don't move your head", ["keep head"]),
        ("left arm same as the right arm", ["match left_arm"]),
        ("mirror the pose", ["mirror body"]),
        ("swap the arms", ["mirror arms"]),
        ("don't raise the left arm or bend the right knee", ["not left_arm_raised", "not right_knee_bent"]),
        ("left arm roughly raised", ["roughly left_arm_raised"]),
        ("his knees are bent, more or less", ["roughly both_knee_bent"]),
        ("as seen by the viewer, his left arm is raised", ["right_arm_raised"]),
        ("L arm up, rt knee bent 90deg", ["left_arm_raised", "right_knee_right_angle"]),
        ("stretch your left arm forwrad", ["left_arm_forward"]),
        ("raise your left hand and right foot", ["left_hand_above_shoulder", "right_foot_lifted"]),
        ("left hand and right foot raised", ["left_hand_above_shoulder", "right_foot_lifted"]),
        ("bend the left knee and the other knee", ["left_knee_bent", "right_knee_bent"]),
    ],
)
def test_orders_of_other_kinds(parser, text, expected):
    parse = parser.parse(text)
    assert [spell(item) for item in parse.items] == expected and not parse.unparsed


@pytest.mark.parametrize(
    "text", ["raise the arm", "raise an arm", "both arms hoisted aloft", "stratch your left arm forword"]
)
def test_what_had_to_be_completed_is_less_sure(parser, text):
    parse = parser.parse(text)
    assert len(parse.items) == len(parse.confidences) == 1
    assert 0 < parse.confidences[0] < 1 and parse.sure(1.0) == ()


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    parse = Parser.load().parse(text)
    assert len(parse.items) == len(parse.confidences) and all(0 < sure <= 1 for sure in parse.confidences)
    assert all(0 <= start < end <= len(text) for start, end in parse.unread)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("neither sitting nor standing", ["not sitting", "not standing"]),
        ("rather than kneeling he squats", ["not kneeling", "squatting"]),
        ("instead of raising the left arm, raise the right", ["not left_arm_raised", "right_arm_raised"]),
        ("both arms overhead except the left one is bent", ["both_arm_overhead", "left_elbow_bent"]),
        ("bend the knees to a right angle", ["both_knee_right_angle"]),
        ("doing a handstand", ["handstand"]),
    ],
)
def test_what_connects_claims(parser, text, expected):
    parse = parser.parse(text)
    assert [spell(item) for item in parse.items] == expected and not parse.unparsed


@pytest.mark.parametrize(
    ("text", "measure", "number"),
    [
        ("left hip flexed to 90 degrees", "left_hip_flexion", 90.0),
        ("left knee flexion 120", "left_knee_flexion", 120.0),
        ("right shoulder abducted to 80 deg", "right_upper_arm_rise", 80.0),
        ("trunk flexed forward 45 degrees", "trunk_pitch", 45.0),
        ("twist her 20 degrees to the right", "spine_twist", -20.0),
    ],
)
def test_clinical_numbers(parser, text, measure, number):
    (amount,) = parser.parse(text).items
    assert isinstance(amount, Amount) and amount.measure == measure
    assert (amount.lo + amount.hi) / 2 == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("left hand higher than the right", "left_hand_higher"),
        ("grabbing her right ankle with her left hand", "left_hand_touching_other_ankle"),
        ("the left hand is grabbing her right ankle", "left_hand_touching_other_ankle"),
        ("he rests both of his hands on his thighs", "both_hand_on_thigh"),
    ],
)
def test_wordings_nobody_wrote_down(parser, text, expected):
    parse = parser.parse(text)
    assert [item.predicate for item in parse.items] == [expected] and parse.unparsed == ()


def test_what_was_read_in_parts_side_by_side_is_less_sure(parser):
    parse = parser.parse("kneeling arms crossed")
    assert parse.items and max(parse.confidences) < 0.8


def test_doubt_ends_where_another_part_begins(parser):
    parse = parser.parse("kneeling with blorgs and zibbets")
    assert parse.items == (Statement("kneeling"),) and parse.sure(1.0) == parse.items


def test_unread_words_side_by_side_are_one_stretch(parser):
    text = "kneeling, juggling flaming torches. Zibbets!"
    assert [text[start:end] for start, end in parser.parse(text).unread] == ["juggling flaming torches", "Zibbets"]
    assert parser.parse("kneeling, about").unread == ()


def test_what_is_not_learnt_must_be_unknown_to_the_reader(registry, writer):
    with pytest.raises(ValueError, match=r"1 wordings are not to be learnt.*pass one"):
        Parser(registry, writer, without={"raise both arms"})

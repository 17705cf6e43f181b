"""Orders that lean on the last one, written out."""

import pytest

from unipose import UserError
from unipose.chat.correcting import corrected
from unipose.chat.ellipsis import question, resolve


@pytest.mark.parametrize(
    ("text", "order", "meant"),
    [
        ("a bit more", "Raise both arms.", "raise both arms a bit higher"),
        ("More!", "Now lift your left leg", "lift your left leg higher"),
        ("a lot more", "bend your knees a bit more", "bend your knees a lot more"),
        ("even further", "lean forward", "lean forward more"),
        ("a little more", "turn your head to the left", "turn your head to the left a bit more"),
        ("more", "raise both arms and bend your knees", "raise both arms higher and bend your knees more"),
        ("more", "juggle", "juggle more"),
        ("more", "raise both arms higher", "raise both arms higher"),
        ("a bit less", "Raise both arms.", "lower both arms a bit"),
        ("not that far", "lean forward", "lean forward a bit less"),
        ("not so far", "turn your head to the left", "turn your head to the right a bit"),
        ("less", "bend your knees", "bend your knees a bit less"),
        ("the other way", "turn your head to the left", "turn your head to the right"),
        ("the opposite", "raise the left arm", "lower the left arm"),
        ("the other way", "lean forward", "lean back"),
        ("and the right one", "Lift your left leg.", "lift your right leg"),
        ("same with the other arm", "raise your left arm", "raise your right arm"),
        ("do the same with the other side too", "bend the left elbow", "bend the right elbow"),
        ("and the right leg", "raise your left arm", "raise your right leg"),
        ("twice as much", "bend your left elbow a bit more", "bend your left elbow a bit more"),
        ("double that", "raise both arms", "raise both arms higher"),
        ("three times as far", "move your feet 20 cm further apart", "move your feet 40 cm further apart"),
        ("just half of that", "bend your left elbow by 20 degrees more", "bend your left elbow by 10 degrees less"),
        ("half as much", "raise both arms a lot higher", "lower both arms a bit"),
        ("undo the arm part", "kneel, raise both arms and bend your knees a bit more", "lower both arms"),
        ("take back the legs", "bend your knees a bit more and look up", "bend your knees a bit less"),
    ],
)
def test_the_last_order_is_rewritten(text, order, meant):
    assert resolve(text, order, [order]) == meant


@pytest.mark.parametrize(
    ("text", "spoken", "meant"),
    [
        ("lower them", ["a person with both arms raised"], "lower both arms"),
        ("Now raise it higher", ["Raise your left arm."], "raise your left arm higher"),
        ("bend them", ["look up", "put your hands on your hips, knees apart"], "bend your hands"),
        ("lift it", ["lean back", "his head is down, both arms forward"], "lift his head"),
    ],
)
def test_a_pronoun_is_a_part_spoken_of(text, spoken, meant):
    assert resolve(text, None, spoken) == meant


@pytest.mark.parametrize("text", ["kneel", "left arm up", "mirror it", "and lean back", "raise the left arm", "again"])
def test_full_orders_stand_for_themselves(text):
    assert resolve(text, "raise your right arm", ["raise your right arm"]) is None


def test_another_side_of_what_has_no_side():
    assert resolve("and the right leg", "raise both arms") is None  # for the model to make sense of


@pytest.mark.parametrize(
    ("text", "order", "complaint"),
    [
        ("more", None, "no last change"),
        ("lower them", None, "which part"),
        ("the opposite", "kneel", "no plain opposite"),
        ("twice as much", None, "no last change"),
        ("twice as much", "kneel", "no amount that could be scaled"),
        ("undo the head", "raise both arms", "did nothing about the head"),
        ("and the right one", "raise both arms", "no side"),
        ("the other side too", "kneel", "no side"),
    ],
)
def test_nothing_to_lean_on(text, order, complaint):
    with pytest.raises(UserError, match=complaint):
        resolve(text, order)


@pytest.mark.parametrize(
    ("text", "spoken", "meant"),
    [
        ("higher", ["raise the left leg"], "the left leg higher"),
        ("a bit lower", ["raise your right hand"], "your right hand a bit lower"),
        ("and the right one back", ["swing the left arm forward"], "the right arm back"),
        ("bend the other one a bit", ["lift the left knee"], "bend the right knee a bit"),
        ("the other arm too", ["a man with the left arm raised"], "make the right arm match the left arm"),
    ],
)
def test_a_part_spoken_of_need_not_be_named(text, spoken, meant):
    assert resolve(text, None, spoken) == meant


@pytest.mark.parametrize(
    ("text", "asked", "meant"),
    [
        ("I meant the left arm", "Raise your right arm.", "raise your left arm"),
        ("not the right, the left", "bend the right knee", "bend the left knee"),
        ("wrong leg", "lift your left leg", "lift your right leg"),
        ("No, the other one instead!", "lift your left leg", "lift your right leg"),
        (
            "It is the wrong arm, I want the another one",
            "put the left hand on the right knee",
            "put the right hand on the left knee",
        ),
        ("Now change over to the left leg.", "lift your right leg", "lift your left leg"),
        ("switch to the other arm", "raise your right arm", "raise your left arm"),
        ("sorry, I meant face up", "lying face down, both arms out", "lying face up, both arms out"),
        ("no, sideways i mean", "stretch the left arm out in front", "stretch the left arm sideways"),
        ("I meant lean back", "lean forward", "lean back"),
        ("I meant the left arm", "raise both arms", "raise the left arm"),
        ("switch to the left leg", "bend over", None),
        ("wrong leg", "kneel", None),
        ("I mean more", "raise both arms", None),
        ("I mean he looks tired", "raise both arms", None),
        ("not that far", "lift your left leg", None),
        ("I meant a pose with both arms up", "lift your left leg", None),
        ("the other side too", "lift your left leg", None),
    ],
)
def test_corrections(text, asked, meant):
    assert corrected(text, asked) == meant


@pytest.mark.parametrize(
    ("text", "asked", "meant"),
    [
        ("and the right?", "How bent is the left knee?", "How bent is the right knee?"),
        ("and the other one", "How bent is the left knee?", "How bent is the right knee?"),
        ("what about the elbows?", "how bent are the knees?", "how bent are the elbows?"),
        ("what about the legs?", None, "describe the legs"),
        ("and the right one", None, None),
    ],
)
def test_questions_that_lean_on_the_last(text, asked, meant):
    assert question(text, asked) == meant

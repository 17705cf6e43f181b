"""Turns that are said otherwise than as one plain order."""

import pytest

from unipose.body.postures import standing
from unipose.chat import correcting, rewording, routing
from unipose.language.changing.orders import Editor
from unipose.language.reading.parser import Parser

from .talking import say


def posed(text):
    pose = standing()
    return type(pose)(Editor.load().apply([Parser.load().parse(text).items], pose.rotations[None]).rotations[0])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("raise one arm to the side, the right", "raise the right arm to the side"),
        ("the left hand, bring it to the chin", "bring the left hand to the chin"),
        ("the leg that is lifted, bend it", "bend the lifted leg"),
        ("so could the elbows come in a bit?", "the elbows in a bit"),
        ("I want that she turns her head", "turns her head"),
        ("kneel, but the hands stay like that", "kneel, but leave the arms as they are"),
        ("the left arm a bit up? no wait, lower it", "lower the left arm"),
        ("lower elbow?", "which elbow is lower?"),
    ],
)
def test_an_order_in_another_shape_is_made_a_plain_one(said, meant):
    assert rewording.reworded(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "raise the left arm to the side",
        "is the left arm out to the side?",
        "I want it back",
        "turn the left foot in, the right one out",
        "could the man be older?",
    ],
)
def test_a_plain_order_or_question_stays(said):
    assert rewording.reworded(said) == said


def test_a_lifted_leg_is_put_down_beside_the_other():
    pose = posed("the right knee is raised to hip height")
    order = "make the right leg match the left leg"
    for said in ("put the leg down again", "put both feet on the floor", "right foot down"):
        assert rewording.grounded(said, pose) == order
    assert rewording.grounded("put the leg down, keep the arms", pose) == f"{order}, keep the arms"
    for said in ("put the left foot down", "put the arm down"):
        assert rewording.grounded(said, pose) == said


def test_what_is_said_of_the_wrong_side_goes_with_the_correction():
    asked = "put the right hand on the head"
    for said in ("I meant the other hand, the right one goes back down", "I wanted to say left hand. Right hand back"):
        assert correcting.corrected(said, asked) == "put the left hand on the head"
    assert correcting.corrected("sorry, I meant tilt it to the left", "tilt the head to the right") == (
        "tilt the head to the left"
    )


def test_a_sentence_of_thanks_is_no_part_of_the_order():
    assert routing.focus("Wonderful, thank you. Might he sit a bit lower?") == "Might he sit a bit lower?"


def test_one_that_was_moved_and_what_was_asked_about_are_it(session):
    say(session, "Stand with the right hand up.")
    assert say(session, "now the other one too").asked == "make the left arm match the right arm"
    assert say(session, "put that one back down").asked == "put the left arm back down"
    assert say(session, "is the right knee bent?").kind == "ask"
    assert say(session, "bend it a bit then").asked == "bend the right knee a bit then"


def test_a_usual_posture_is_a_new_pose(session):
    say(session, "Do a dab.")
    assert say(session, "ok now just stand normally with hands on hips").kind == "generate"
    assert say(session, "I want she looks up").kind == "edit"

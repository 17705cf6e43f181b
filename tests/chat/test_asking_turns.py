"""Turns that ask: for sizes, with openings, beside exclamations, for what changed; and words that are no talk."""

import pytest

from unipose.chat import routing

from .talking import say


@pytest.mark.parametrize(
    "text",
    [
        "what's the knee flexion on the right?",
        "May I ask which of his hands is higher?",
        "which fist is higher?",
        "how far is her head off the ground?",
        "could you tell me where the right foot is?",
        "what about the back?",
        "How much the spine is bended?",
        "how bent the right knee is?",
    ],
)
def test_a_question_is_answered_however_it_is_put(session, text):
    made = say(session, "Lift your left leg.")
    turn = say(session, text)
    assert turn.kind == "ask" and turn.pose == made.pose
    assert "understand" not in turn.text and "make out" not in turn.text


@pytest.mark.parametrize(
    "text",
    [
        "so what differs between pose 1 and this one?",
        "list everything that moved relative to the initial pose",
        "what differs from key 1?",
    ],
)
def test_what_differs_is_compared(talk, text):
    assert say(talk, text).kind == "compare"


@pytest.mark.parametrize("text", ["Give me that as prose.", "write it down as a paragraph", "in prose please"])
def test_words_are_given_in_any_form(talk, text):
    assert say(talk, text).kind == "describe"


def test_an_exclamation_does_not_make_a_question_of_an_order(session):
    say(session, "Kneel.")
    assert say(session, "Oh how charming. Could she raise the left arm as well?").kind == "edit"


@pytest.mark.parametrize("text", ["now festoon the arms with wings", "he rubbles his head"])
def test_a_movement_without_words_is_no_talk(text):
    assert routing.likely(text, "edit", has_pose=True) not in ("face", "impossible", "motion", "place")

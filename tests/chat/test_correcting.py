"""Corrections, ways back and the other side, said in a conversation."""

import pytest

from unipose import UserError
from unipose.body.postures import standing
from unipose.chat.correcting import held, rather
from unipose.chat.ranking import Judge

from .talking import say


@pytest.mark.parametrize(
    "text", ["other way", "the opposite", "wrong leg", "switch to the other side", "in the other direction"]
)
def test_what_has_no_side_and_no_opposite_is_mirrored(session, text):
    first = say(session, "a flamingo")
    turn = say(session, text)
    assert turn.kind == "mirror" and turn.pose != first.pose


def test_a_step_that_has_no_other_side_is_mirrored(session):
    say(session, "a lunge with the left leg in front")
    say(session, "sink deeper into that left knee")
    assert say(session, "Same on the other side please").kind == "mirror"


@pytest.mark.parametrize("text", ["repeat for the right", "repeat that with the right arm", "same thing on the right"])
def test_a_change_is_repeated_for_the_other_side(session, text):
    say(session, "Kneel.")
    second = say(session, "Raise the left arm.")
    turn = say(session, text)
    assert turn.kind == "edit" and turn.base == second.pose and turn.asked == "raise the right arm"


@pytest.mark.parametrize(
    "text", ["Now change over to the left leg.", "switch to the other leg", "it's the wrong leg, I want the other one"]
)
def test_a_change_of_sides_takes_the_place_of_the_last(session, text):
    first = say(session, "Kneel.")
    say(session, "Lift the right leg.")
    turn = say(session, text)
    assert turn.kind == "edit" and turn.base == first.pose and turn.asked == "lift the left leg"


def test_words_that_were_meant_take_the_place_of_others(session):
    first = say(session, "Kneel.")
    say(session, "Stretch the left arm out in front.")
    turn = say(session, "no, sideways i mean")
    assert turn.kind == "edit" and turn.base == first.pose and turn.asked == "stretch the left arm sideways"


@pytest.mark.parametrize("text", ["rewind two steps", "two steps back", "Revert the last two changes."])
def test_steps_are_counted_back(talk, text):
    first = talk.turns[0].pose
    assert say(talk, text).pose == first


@pytest.mark.parametrize("text", ["forget the legs", "never mind the knees", "skip the knee thing"])
def test_a_change_goes_by_the_part_it_was_about(talk, text):
    second = talk.turns[1].pose
    turn = say(talk, text)
    assert turn.kind == "undo" and turn.pose == second


def test_what_is_said_behind_it_is_done_to_the_pose_before(talk):
    second = talk.turns[1].pose
    turn = say(talk, "skip the knee thing, look to the left")
    assert turn.kind == "edit" and turn.base == second and "look to the left" in turn.asked


def test_only_what_was_so_before_is_only_taken_back():
    held_up = Judge("raise both arms").mend([standing()])[0]
    assert rather("skip the knee thing, just both arms raised", "bend the knees") == "just both arms raised"
    assert held("just both arms raised", held_up)
    assert not held("both arms raised", held_up) and not held("just both arms raised", standing())


def test_a_part_that_was_not_changed_is_not_forgotten(talk):
    with pytest.raises(UserError, match="did nothing about the head"):
        talk.send("forget the head")

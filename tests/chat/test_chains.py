"""Chains of turns on a tiny random model: talk between requests, corrections, fresh starts, and earlier poses."""

from pathlib import Path

import pytest
import yaml

from unipose import UserError

from .talking import say

DIALOGUES = yaml.safe_load(Path(__file__).with_name("dialogues.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue[0][0])
def test_people_are_understood_turn_by_turn(session, dialogue):
    made = []
    for text, kind, *shown in dialogue:
        before = session.pose
        turn = say(session, text)
        made += turn.poses
        assert turn.kind == kind and turn.text, (text, turn)
        if kind in ("talk", "ask", "describe", "compare"):
            assert turn.poses == () and session.pose == turn.pose == before, text
        if shown:
            assert session.pose == made[shown[0]], text


def test_what_can_be_done_of_a_turn_is_done_and_the_rest_is_refused(session, tiny):
    first = say(session, "Kneel.")
    turn = say(session, "Raise the left arm and smile.")
    # an arm that is up already goes further up, so the order may be another one than what was typed
    assert turn.kind == "edit" and turn.poses == tuple(tiny.edit(first.pose, turn.asked).poses)
    assert "face" in turn.text.split(".")[0]
    assert turn.user == "Raise the left arm and smile."
    assert "left arm" in turn.asked and "smile" not in turn.asked


def test_talk_leaves_the_poses_to_undo(session):
    first = say(session, "Kneel.")
    say(session, "Raise the left arm.")
    for text in ("put a hat on him", "frobnicate the blorf", "thanks!"):
        assert say(session, text).kind == "talk"
    assert say(session, "undo").pose == first.pose and session.turns == [first]


def test_talk_does_not_repeat_itself_at_once(session):
    said = [say(session, "wiggle your fingers").text for _ in range(3)]
    assert len(set(said)) == 3


def test_try_again_is_about_the_last_turn_that_did_something(session):
    last = say(session, "Lift your left leg.")
    say(session, "hmm")
    again = say(session, "try again")
    assert again.user == last.user and again.pose != last.pose and session.turns == [again]


def test_a_fresh_start_has_no_pose_in_view_and_can_be_undone(talk):
    turns = talk.turns
    fresh = say(talk, "Let's start over.")
    assert fresh.kind == "reset" and talk.pose is None
    with pytest.raises(UserError, match="ask for one first"):
        talk.send("Describe it.")
    assert say(talk, "undo").pose == turns[-1].pose and talk.turns == turns
    say(talk, "start over")
    assert say(talk, "Kneel.").kind == "generate"
    first = talk.pose
    say(talk, "Raise both arms.")
    assert say(talk, "go back to the first one").pose == first


def test_several_changes_are_taken_back_at_once(talk):
    turns = talk.turns
    assert say(talk, "Go back two steps.").pose == turns[0].pose
    assert talk.turns == turns[:1]


def test_a_correction_starts_from_where_the_mistake_did(session, tiny):
    first = say(session, "Kneel.")
    say(session, "Raise your right arm.")
    turn = say(session, "No, I meant the left one.")
    assert turn.kind == "edit" and turn.base == first.pose
    assert turn.poses == tuple(tiny.edit(first.pose, "raise your left arm").poses)


def test_a_question_may_lean_on_the_last_one(talk, tiny):
    say(talk, "How bent is the left knee?")
    assert say(talk, "And the right?").asked == "How bent is the right knee?"
    say(talk, "Thanks!")
    assert say(talk, "What about the arms?").text == tiny.ask(talk.pose, "describe the arms", talk.turns[1].pose).text


def test_a_pose_by_its_number_needs_so_many(talk):
    assert say(talk, "The second one.").pose == talk.turns[1].pose
    with pytest.raises(UserError, match="so far: 3"):
        talk.send("the fifth one")


@pytest.mark.parametrize("text", ["blorf the snozzle", "asdf qwer", "ζωγράφος", "1234", "?!?"])
def test_what_nobody_understands_changes_nothing(talk, text):
    pose = talk.pose
    turn = say(talk, text)
    assert turn.kind in ("talk", "ask", "describe") and turn.text and talk.pose == pose

"""Several poses to choose from, poses brought back, and conversations that branch, on a tiny random model."""

import pytest

from unipose import Session, UserError

from .talking import say


@pytest.fixture
def offered(session):
    """A conversation with four poses to choose from."""
    say(session, "Lift your left leg.")
    say(session, "Show me four")
    return session


def test_more_answers_are_offered_beside_the_one_in_view(session, tiny):
    first = say(session, "Lift your left leg.")
    turn = say(session, "Show me four.")
    assert turn.kind == "more" and len(set(turn.poses)) == 4 and turn.poses[0] == first.pose == session.pose
    assert turn.asked == first.user and turn.scores[0] == first.scores[0]
    assert session.offered == (turn.poses, turn)
    assert set(say(session, "Show me three").poses[1:]).isdisjoint(turn.poses)


def test_more_needs_words_that_made_the_pose(session):
    with pytest.raises(UserError, match="no pose yet"):
        session.send("Show me four")
    say(session, "Lift your left leg.")
    say(session, "Mirror it")
    with pytest.raises(UserError, match="not made from words"):
        session.send("Show me four")


def test_stop_keeps_the_poses_that_came(session):
    say(session, "Lift your left leg.")
    events = session.send("Show me four")
    next(events), next(events)
    assert len(session.stop().poses) == 2 == len(session.offered[0])


@pytest.mark.parametrize(
    "words", ["The second one", "take number 2", "option two", "I prefer the second", "the second!"]
)
def test_words_choose_among_what_is_offered(offered, words):
    poses = offered.offered[0]
    turn = say(offered, words)
    assert turn.kind == "show" and turn.pose == poses[1] == offered.pose
    assert offered.offered[0] == poses  # they stay on offer


def test_an_edit_starts_from_the_chosen_pose(offered):
    poses = offered.offered[0]
    offered.pick(2)
    assert say(offered, "Now raise both arms.").base == poses[2]
    assert offered.offered[0] == ()
    say(offered, "undo")
    assert say(offered, "Take the second one and bend your knees.").base == poses[1]


def test_the_first_pose_is_that_of_the_conversation(offered):
    first = offered.pose
    say(offered, "Now raise both arms.")
    say(offered, "Show me two")
    assert say(offered, "Go back to the first pose").pose == first


def test_both_are_the_two_offered(session, tiny):
    say(session, "Lift your left leg.")
    poses = say(session, "Show me two").poses
    assert say(session, "Compare both").text == tiny.compare(*poses).text


def test_picks_in_a_row_leave_one_turn(offered):
    count, poses = len(offered.turns), offered.offered[0]
    for number in (1, 3, 2):
        assert offered.pick(number).pose == poses[number] == offered.pose
    assert len(offered.turns) == count + 1
    assert offered.pick(0) is None and len(offered.turns) == count  # it was in view before
    with pytest.raises(UserError, match="only so many"):
        offered.pick(7)


def test_a_pose_brought_back_is_the_base_of_what_follows(talk):
    first = talk.turns[0]
    turn = talk.bring(0)
    assert turn.kind == "pick" and first.user in turn.text and talk.pose == first.pose
    assert say(talk, "Describe it.").pose == first.pose
    assert say(talk, "Now raise both arms.").base == first.pose


def test_what_was_clicked_is_not_tried_again(talk):
    talk.bring(0)
    with pytest.raises(UserError, match="not asked for in words"):
        talk.retry()
    assert say(talk, "Now kneel.").kind == "edit"


def test_a_branch_shares_how_it_began(talk):
    branch = talk.branch(2)
    assert branch.turns == talk.turns[:2]
    say(branch, "Now kneel.")
    assert len(talk.turns) == 3 and len(branch.turns) == 3 and branch.turns[2] is not talk.turns[2]


def test_a_long_conversation_goes_on_and_forgets_its_beginning(tiny):
    session = Session(tiny, max_turns=3)
    for text in (
        "Lift your left leg.",
        "Now raise both arms.",
        "Describe it.",
        "What changed?",
        "Now bend your knees.",
    ):
        say(session, text)
    assert [turn.user for turn in session.turns] == ["Describe it.", "What changed?", "Now bend your knees."]
    assert session.forgotten == 2 and session.branch(1).forgotten == 2

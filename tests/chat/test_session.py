"""Conversations on a tiny random model: which pose a turn is about, and what survives stop, undo, retry, errors."""

import threading

import pytest

from unipose import UserError
from unipose.body.postures import standing
from unipose.chat import PosePiece, Session, TextPiece, TurnDone, directing

from .talking import say


def test_a_turn_streams_poses_then_words_then_itself(session):
    events = list(session.send("Lift your left leg."))
    kinds = [type(event) for event in events]
    assert kinds == sorted(kinds, key=[PosePiece, TextPiece, TurnDone].index)
    turn = events[-1].turn
    assert turn.kind == "generate" and turn.user == "Lift your left leg."
    assert turn.text == "".join(e.text for e in events if isinstance(e, TextPiece)).strip() != ""
    assert turn.poses == tuple(e.pose for e in events if isinstance(e, PosePiece)) == (session.pose,)
    assert session.turns == [turn]


def test_an_order_edits_the_pose_in_view(session, tiny):
    first = say(session, "Lift your left leg.").pose
    second = say(session, "Now raise both arms.")
    assert second.kind == "edit" and second.base == first
    assert second.poses == tuple(tiny.edit(first, "Now raise both arms.").poses)


def test_the_words_of_a_pose_turn_come_from_the_model(session, tiny):
    first = say(session, "Lift your left leg.")
    assert tiny.describe(first.pose).text in first.text
    second = say(session, "Now raise both arms.")
    assert tiny.compare(first.pose, second.pose).text in second.text


def test_what_changed_compares_the_last_two_poses(talk, tiny):
    turns = talk.turns
    asked = say(talk, "What changed?")
    assert asked.kind == "compare" and asked.poses == ()
    assert asked.text == tiny.compare(turns[1].pose, turns[2].pose).text
    assert asked.pose == turns[2].pose


def test_what_changed_right_after_words_still_means_the_poses(talk, tiny):
    turns = talk.turns
    say(talk, "Describe it.")
    assert say(talk, "What changed?").text == tiny.compare(turns[1].pose, turns[2].pose).text


@pytest.mark.parametrize(
    ("question", "which"),
    [("Describe it.", 2), ("Describe the previous one.", 1), ("Describe the first pose.", 0)],
)
def test_a_description_is_of_the_pose_named(talk, tiny, question, which):
    turns = talk.turns
    asked = say(talk, question)
    assert asked.kind == "describe" and asked.text == tiny.describe(turns[which].pose).text
    assert asked.pose == talk.pose == turns[2].pose


def test_a_comparison_with_a_named_pose(talk, tiny):
    turns = talk.turns
    assert say(talk, "Compare it with the first one.").text == tiny.compare(turns[0].pose, turns[2].pose).text


def test_an_edit_of_an_older_pose(talk, tiny):
    first = talk.turns[0].pose
    turn = say(talk, "Take the first one and raise your right arm.")
    assert turn.kind == "edit" and turn.base == first
    assert turn.poses == tuple(tiny.edit(first, "raise your right arm.").poses)


def test_a_pose_comes_back_into_view(talk):
    first = talk.turns[0].pose
    turn = say(talk, "Go back to the first one.")
    assert turn.kind == "show" and turn.pose == talk.pose == first


def test_mirror_is_geometry(talk):
    before = talk.pose
    turn = say(talk, "Mirror it.")
    assert turn.kind == "mirror" and turn.pose == before.mirror() and turn.base == before


def test_undo_takes_words_and_pose_together(talk):
    turns = talk.turns
    assert talk.undo() == turns[2]
    assert talk.turns == turns[:2] and talk.pose == turns[1].pose
    undone = say(talk, "undo")
    assert undone.kind == "undo" and turns[1].user in undone.text
    assert talk.turns == turns[:1] and undone.pose == talk.pose == turns[0].pose


def test_undo_in_words_takes_the_last_change_of_pose_with_the_talk_after_it(session):
    first = say(session, "Lift your left leg")
    for text in ("now raise both arms", "what changed?", "thanks"):
        say(session, text)
    undone = say(session, "undo")
    assert undone.kind == "undo" and '"now raise both arms"' in undone.text and undone.pose == first.pose
    assert session.turns == [first] and session.pose == first.pose
    assert say(session, "Go back.").pose is None and session.turns == []


def test_undo_in_words_leaves_mere_talk(session):
    said = say(session, "help")
    assert "nothing to undo" in say(session, "undo").text and session.turns == [said]


def test_undo_of_nothing(session):
    assert session.undo() is None
    assert say(session, "undo").text
    assert session.turns == []


def test_retry_gives_another_answer_to_the_same_words(session):
    say(session, "Lift your left leg.")
    last = say(session, "Now raise both arms.")
    again = list(session.retry())[-1].turn
    assert again.user == last.user and again.base == last.base and again.pose != last.pose
    assert session.turns == [session.turns[0], again]
    more = list(session.retry())[-1].turn
    assert more.pose not in (last.pose, again.pose)


def again(session, action):
    return session.retry() if action == "retry" else session.revise(1, "Kneel.")


@pytest.mark.parametrize("action", ["retry", "revise"])
def test_another_answer_that_never_came_replaces_nothing(talk, action):
    turns = talk.turns
    again(talk, action)  # never started
    assert talk.turns == turns and talk.pose == turns[-1].pose
    events = again(talk, action)
    assert talk.stop() is None and talk.turns == turns
    events.close()
    assert talk.turns == turns


@pytest.mark.parametrize("action", ["retry", "revise"])
def test_another_answer_stopped_inside_the_first_step_replaces_nothing(talk, action, monkeypatch):
    turns, stopped = talk.turns, []

    def stops(*args, **kwargs):
        stopped.append(talk.stop())
        yield TextPiece("too late")

    monkeypatch.setattr(talk.model, "edit_stream", stops)
    monkeypatch.setattr(talk.model, "generate_stream", stops)
    assert list(again(talk, action)) == [] and stopped == [None]
    assert talk.turns == turns


@pytest.mark.parametrize(("action", "kept"), [("retry", 2), ("revise", 1)])
def test_another_answer_replaces_from_its_first_event_on(talk, action, kept):
    turns = talk.turns
    events = again(talk, action)
    next(events)
    assert talk.turns == turns[:kept]
    stopped = talk.stop()
    assert talk.turns == [*turns[:kept], stopped] and stopped.poses


def test_other_words_are_said_as_if_the_later_turns_had_not_been(talk):
    turns = talk.turns
    turn = list(talk.revise(1, "Now raise both arms."))[-1].turn
    assert talk.turns == [turns[0], turn] and turn.base == turns[0].pose and turn.poses == turns[1].poses
    with pytest.raises(UserError, match="ask for one first"):
        talk.revise(0, "What changed?")
    assert talk.turns == [turns[0], turn]


def test_an_answer_that_outlived_what_it_replaces_is_added(talk):
    events = talk.retry()
    talk.undo()
    turns = talk.turns
    turn = list(events)[-1].turn
    assert talk.turns == [*turns, turn]


def test_retry_in_words(session):
    say(session, "Lift your left leg.")
    last = say(session, "Now raise both arms.")
    again = say(session, "try again")
    assert again.user == last.user and again.base == last.base and again.pose != last.pose
    assert session.turns[1:] == [again]


def test_of_a_long_conversation_the_oldest_turns_leave_several_at_a_time(tiny):
    session, kept = Session(tiny, max_turns=24), []
    for turn in range(30):
        session.adopt(standing(), f"turn {turn}", "Here it is.", "file")
        kept.append((len(session.turns), session.forgotten))
    assert kept[23:28] == [(24, 0), (22, 3), (23, 3), (24, 3), (22, 6)]
    assert [turn.user for turn in session.turns][-1] == "turn 29"


@pytest.mark.parametrize(
    ("kind", "advice"), [("hand", "turn them on"), ("file", "another file"), ("library", "similar ones")]
)
def test_a_pose_that_no_model_made_is_not_made_again(session, kind, advice):
    say(session, "Kneel.")
    session.adopt(standing(), "By hand: left knee, bend 90°", "The left knee is bent.", kind)
    for ask in (session.retry, lambda: session.send("try again")):
        with pytest.raises(UserError, match=f"no other answer; .*{advice}"):
            ask()
    assert session.pose == standing() and len(session.turns) == 2


def test_nothing_to_retry(session):
    for ask in (session.retry, lambda: session.send("again")):
        with pytest.raises(UserError, match="nothing to try again"):
            ask()


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a bit more", "lift your left leg a bit higher"),
        ("and the right one", "lift your right leg"),
        ("not that high", "lower left leg a bit"),
        ("lower it", "lower your left leg"),
    ],
)
def test_an_elliptic_order_is_the_last_one_rewritten(session, tiny, text, order):
    first = say(session, "Lift your left leg.")
    turn = say(session, text)
    assert turn.kind == "edit" and turn.user == text and turn.base == first.pose
    assert turn.poses == tuple(tiny.edit(first.pose, directing.by_pose(order, first.pose)).poses)


def test_elliptic_orders_build_on_each_other(session, tiny):
    say(session, "Lift your left leg.")
    before = say(session, "And the right one.").pose
    assert say(session, "Describe it.").kind == "describe"
    order = directing.by_pose("lift your right leg a bit higher", before)
    assert say(session, "a bit more").poses == tuple(tiny.edit(before, order).poses)


def test_an_elliptic_order_needs_an_order(session):
    say(session, "A person kneeling.")
    with pytest.raises(UserError, match="no last change"):
        session.send("a bit more")
    assert len(session.turns) == 1


def test_a_posture_on_an_older_pose_starts_from_it(talk):
    first = talk.turns[0].pose
    turn = say(talk, "Go back to the first one and kneel.")
    assert turn.kind == "edit" and turn.base == first


def test_an_order_before_any_pose_answers_with_a_pose(session):
    turn = say(session, "Now raise both arms higher.")
    assert turn.kind == "generate" and turn.pose is not None and turn.base is None


@pytest.mark.parametrize("text", ["Describe it.", "What changed?", "Mirror it.", "Go back to the first one."])
def test_a_request_that_needs_a_pose_says_so(session, text):
    with pytest.raises(UserError, match="ask for one first"):
        session.send(text)
    assert session.turns == []


def test_one_pose_cannot_be_compared(session):
    say(session, "Lift your left leg.")
    with pytest.raises(UserError, match="nothing|no second"):
        session.send("What changed?")


def test_help_says_what_can_be_said(session):
    turn = say(session, "help")
    assert turn.kind == "talk" and "undo" in turn.text and turn.pose is None


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_bad_text_is_refused_at_once(talk, text):
    turns = talk.turns
    with pytest.raises(UserError):
        talk.send(text)
    assert talk.turns == turns


def test_a_photo_needs_eyes(session):
    with pytest.raises(UserError, match="no vision weights"):
        list(session.send("", photo="photo.jpg"))
    assert session.turns == []


def test_stop_keeps_what_came(talk):
    events = talk.send("Now turn your head to the left.")
    drawn, word = next(events), next(events)
    turn = talk.stop()
    assert turn.text == word.text.strip() and turn.poses == (drawn.pose,) and talk.pose == turn.pose == drawn.pose
    assert list(events) == []
    assert talk.turns[-1] == turn and talk.stop() is None


def test_closing_the_stream_is_a_stop(talk):
    count = len(talk.turns)
    events = talk.send("Now turn your head to the left.")
    drawn = next(events)
    events.close()
    assert len(talk.turns) == count + 1 and talk.turns[-1].poses == (drawn.pose,) and talk.turns[-1].text == ""


def test_something_new_ends_what_was_streaming(talk):
    count = len(talk.turns)
    old = talk.send("Now turn your head to the left.")
    next(old)
    say(talk, "Describe it.")
    assert list(old) == []
    assert [turn.kind for turn in talk.turns[count:]] == ["edit", "describe"]


def test_an_error_on_the_way_leaves_the_conversation(talk, monkeypatch):
    turns = talk.turns

    def broken(*args, **kwargs):
        yield TextPiece("so far")
        raise RuntimeError("out of memory")

    monkeypatch.setattr(talk.model, "edit_stream", broken)
    with pytest.raises(RuntimeError):
        list(talk.send("Now turn your head to the left."))
    assert talk.turns == turns
    with pytest.raises(RuntimeError):
        list(talk.retry())
    assert talk.turns == turns
    monkeypatch.undo()
    assert say(talk, "Now turn your head to the left.").pose is not None


def test_sessions_share_a_model_and_nothing_else(tiny):
    alone = Session(tiny)
    expected = [say(alone, text).pose for text in ("Kneel.", "Now raise both arms.")]
    sessions = [Session(tiny) for _ in range(4)]

    def visit(session):
        for text in ("Kneel.", "Now raise both arms."):
            say(session, text)

    threads = [threading.Thread(target=visit, args=(session,)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        assert [turn.pose for turn in session.turns] == expected


def test_a_question_is_answered_about_the_pose_in_view_in_words(talk, tiny):
    pose = talk.pose
    asked = say(talk, "How bent is the left knee?")
    assert asked.kind == "ask" and asked.poses == () and asked.pose == asked.base == pose == talk.pose
    assert asked.text == tiny.ask(pose, "How bent is the left knee?").text != ""


def test_a_question_can_name_an_older_pose(talk, tiny):
    first = talk.turns[0].pose
    asked = say(talk, "Is the left knee bent in the first pose?")
    assert asked.kind == "ask" and asked.base == first and asked.pose == talk.pose != first


def test_an_order_in_the_form_of_a_question_is_obeyed(talk):
    assert say(talk, "Could you raise the left arm?").kind == "edit"


def test_what_a_pose_cannot_tell_is_said_to_be_so(talk):
    asked = say(talk, "Is he smiling?")
    assert asked.kind == "ask" and asked.text and asked.poses == ()

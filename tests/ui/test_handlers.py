"""What a click does, without a browser: chat, pose, box and files after every way a visit can go."""

from __future__ import annotations

import itertools
import re
import threading

import pytest
from PIL import Image

from unipose.chat.checks import MAX_CHARACTERS
from unipose.ui.branches import MAX_BRANCHES
from unipose.ui.handlers import SORRY
from unipose.ui.updates import Update

from .screen import Screen, words


@pytest.fixture
def screen(visit):
    return Screen(visit)


def test_an_empty_page_shows_a_body_and_offers_nothing_to_save(screen):
    assert screen.chat == [] and "No pose yet" in screen.label
    assert screen.poses == 0 and screen.busy is False


def test_an_answer_streams_then_brings_the_pose(visit, screen):
    updates = list(visit.send("Lift your left leg"))
    screen.show(*updates)
    partial = [update.messages[-1]["content"].strip() for update in updates[1:-1] if update.messages]
    assert partial == ["one", "one two", "one two three"]
    assert updates[0].busy is True and updates[0].draft == "" and updates[0].frame is None
    assert screen.chat == [("u", "Lift your left leg"), ("a", "one two three")]
    assert screen.label == 'New pose for "Lift your left leg".' and screen.busy is False
    assert screen.poses == 1 and visit.pose.axis_angle[1][0] == pytest.approx(-1.4, abs=1e-4)


def test_words_that_come_faster_than_they_can_be_shown_come_together(visit, house):
    house.pause = 60.0
    updates = list(visit.send("Lift your left leg"))
    contents = [update.messages[-1]["content"] for update in updates[1:] if update.messages]
    shown = [words(content).strip() for content in contents]
    assert shown == ["one", "one two three"]


def test_below_an_answer_stands_what_of_the_request_it_does(visit, screen):
    screen.show(*visit.send("Lift your left leg and raise both arms, zxcvb"))
    marks = re.findall(r'<li class="mark-(\w+)">.*?</span> ([^<]+)<span class="unseen">: ([^<]+)<', screen.below())
    assert marks == [
        ("no", "Lift your left leg", "not done"),
        ("yes", "raise both arms", "done"),
        ("unsure", "zxcvb", "not sure"),
    ]


def test_an_edit_says_what_changed_and_a_question_leaves_the_picture_alone(visit, screen):
    screen.show(*visit.send("Lift your left leg"), *visit.send("Now raise both arms"))
    assert screen.label == 'After "Now raise both arms": both arms changed.'
    drawn = screen.frame
    answers = list(visit.send("What changed?"))
    screen.show(*answers)
    assert all(update.frame is None for update in answers) and screen.frame == drawn
    assert screen.chat[-2:] == [("u", "What changed?"), ("a", "four five six")]


def test_undo_takes_chat_and_pose_back_together_and_returns_the_words(visit, screen):
    screen.show(*visit.send("Lift your left leg"))
    before = screen.chat
    screen.show(*visit.send("Now raise both arms"), visit.undo())
    assert screen.chat == before and "Lift your left leg" in screen.label
    assert screen.draft == "Now raise both arms"
    screen.show(visit.undo())
    assert screen.chat == [] and "No pose yet" in screen.label and screen.poses == 0
    screen.show(visit.undo())
    assert screen.chat == []


def test_undo_in_words_does_the_same_and_says_so(visit, screen):
    screen.show(*visit.send("Lift your left leg"), *visit.send("Now raise both arms"), *visit.send("undo"))
    assert [said for _, said in screen.chat[:2]] == ["Lift your left leg", "one two three"]
    assert len(screen.chat) == 3 and "Now raise both arms" in screen.chat[2][1]
    assert "Lift your left leg" in screen.label
    screen.show(visit.undo())
    assert len(screen.chat) == 2  # the notice went, the exchange stayed


def test_undo_in_words_takes_back_the_pose_with_the_talk_about_it(visit, screen):
    words = ("Lift your left leg", "Now raise both arms", "What changed?", "undo")
    for text in words:
        screen.show(*visit.send(text))
    assert [said for _, said in screen.chat[:2]] == ["Lift your left leg", "one two three"]
    assert len(screen.chat) == 3 and "Now raise both arms" in screen.chat[2][1]
    assert screen.label == 'New pose for "Lift your left leg".'


def test_retry_answers_the_last_words_again_with_other_dice(visit, screen, puppet):
    screen.show(*visit.send("Lift your left leg"), *visit.retry(), *visit.retry())
    assert screen.chat == [("u", "Lift your left leg"), ("a", "one two three")]
    assert len(set(puppet.seeds)) == 3
    assert "New pose" in screen.label


def test_editing_earlier_words_continues_from_there(visit, screen):
    screen.show(*visit.send("Lift your left leg"), *visit.send("Now raise both arms"))
    screen.show(*visit.edit(0, "Raise your arms"))
    assert screen.chat == [("u", "Raise your arms"), ("a", "one two three")]
    screen.show(*visit.edit(0, "x" * (MAX_CHARACTERS + 1)))
    assert screen.chat[0] == ("u", "Raise your arms") and str(MAX_CHARACTERS) in screen.chat[-1][1]


def test_refused_edits_cost_no_exchange(visit, screen):
    screen.show(*visit.send("Lift your left leg"), *visit.send("Now raise both arms"))
    chat, label = screen.chat, screen.label
    screen.show(*visit.edit(0, "What changed?"))  # nothing has, before the first pose
    assert screen.chat[:-1] == chat and screen.label == label
    assert screen.draft == "What changed?" and screen.busy is False
    screen.show(*visit.edit(0, "Raise your arms"))
    assert screen.chat == [("u", "Raise your arms"), ("a", "one two three")]


@pytest.mark.parametrize("words", ["", "   ", "x" * 10_000])
def test_bad_words_cost_nothing(visit, screen, words):
    screen.show(*visit.send("Lift your left leg"))
    chat, drawn = screen.chat, screen.frame
    screen.show(*visit.send(words))
    assert screen.chat[:-1] == chat and "\n" not in screen.chat[-1][1]
    assert screen.draft == words and screen.frame == drawn and screen.busy is False
    screen.show(*visit.send("Now raise both arms"))
    assert len(screen.chat) == 4  # the notice is gone


def test_an_accident_is_an_apology_and_the_words_can_be_tried_again(visit, screen, puppet, caplog):
    screen.show(*visit.send("Lift your left leg"))
    chat = screen.chat

    def accident():
        raise RuntimeError("a secret of the machine")

    puppet.between = accident
    screen.show(*visit.send("Now raise both arms"))
    assert screen.chat == [*chat, ("a", SORRY)] and screen.draft == "Now raise both arms"
    assert "a secret of the machine" in caplog.text
    screen.show(*visit.retry())
    assert screen.chat == [*chat, ("a", SORRY)]
    puppet.between = lambda: None
    screen.show(*visit.retry())
    assert screen.chat[2:] == [("u", "Now raise both arms"), ("a", "four five six")]


def test_a_failing_second_try_keeps_the_first_answer(visit, screen, puppet):
    screen.show(*visit.send("Lift your left leg"))
    puppet.between = lambda: 1 / 0
    screen.show(*visit.retry())
    assert screen.chat == [("u", "Lift your left leg"), ("a", "one two three"), ("a", SORRY)]
    assert screen.draft == "" and "Lift your left leg" in screen.label


@pytest.mark.parametrize("words_heard", [0, 1, 2])
def test_stop_keeps_the_pose_and_the_words_so_far(visit, screen, words_heard):
    screen.show(*visit.send("Lift your left leg"))
    answer = visit.send("Now raise both arms")
    screen.show(*itertools.islice(answer, 2 + words_heard))
    drawn = screen.frame
    screen.show(visit.stop())
    assert list(answer) == []
    assert screen.chat[2] == ("u", "Now raise both arms")
    assert screen.chat[3][1] == (" ".join(["four", "five"][:words_heard]) or "(stopped)")
    assert screen.frame == drawn and "Now raise both arms" in screen.label and screen.busy is False
    screen.show(visit.undo())
    assert len(screen.chat) == 2 and screen.draft == "Now raise both arms"


def test_stop_before_the_first_word_leaves_nothing_unsaid(visit, screen, puppet):
    answer = visit.send("Lift your left leg")
    screen.show(next(answer), visit.stop())  # the model was not asked yet: the words go back
    assert list(answer) == [] and screen.chat == [] and screen.draft == "Lift your left leg"

    puppet.between = lambda: stopped.append(visit.stop())
    stopped: list[Update] = []
    answer = list(visit.send("Lift your left leg"))  # stopped inside the model's first step
    screen.show(*answer, *stopped[:1])
    assert len(answer) == 1 and screen.chat == [("u", "Lift your left leg"), ("a", "(stopped)")]
    assert "No pose yet" in screen.label and screen.busy is False


def another_answer(visit, action):
    return visit.retry() if action == "retry" else visit.edit(0, "Raise your arms")


@pytest.mark.parametrize("action", ["retry", "edit"])
def test_another_answer_stopped_before_anything_came_costs_no_exchange(visit, screen, puppet, action):
    screen.show(*visit.send("Lift your left leg"), *visit.send("Now raise both arms"))
    chat, label, poses = screen.chat, screen.label, screen.poses
    words = "" if action == "retry" else "Raise your arms"

    answer = another_answer(visit, action)
    asked = next(answer)  # shown in the place of what it replaces
    assert asked.messages[-1]["content"] == (words or "Now raise both arms")
    assert len(asked.messages) == (3 if action == "retry" else 1)
    screen.show(asked, visit.stop())
    assert list(answer) == [] and (screen.chat, screen.label, screen.poses) == (chat, label, poses)
    assert screen.draft == words and screen.busy is False

    stopped: list[Update] = []
    puppet.between = lambda: stopped.append(visit.stop())
    screen.show(*another_answer(visit, action), *stopped[:1])  # inside the model's first step
    assert (screen.chat, screen.label, screen.draft) == (chat, label, words)

    puppet.between = lambda: None
    answer = another_answer(visit, action)
    next(answer)
    answer.close()  # the page went away
    screen.show(visit.open())
    assert screen.chat == chat

    screen.show(*itertools.islice(another_answer(visit, action), 3), visit.stop())  # one word came: it counts
    assert screen.chat[-2:] == [("u", words or "Now raise both arms"), ("a", "four" if action == "retry" else "one")]
    assert len(screen.chat) == (4 if action == "retry" else 2)


def test_a_click_in_the_middle_of_an_answer_wins(visit, screen):
    first = visit.send("Lift your left leg")
    screen.show(next(first), next(first))
    screen.show(*visit.send("Raise your arms"))
    after = screen.chat
    screen.show(*first)
    assert screen.chat == after and after[-2] == ("u", "Raise your arms")


def test_a_photo_that_cannot_be_used_is_refused_plainly(visit, screen, tmp_path):
    (tmp_path / "fake.png").write_text("not a picture")
    screen.show(*visit.send("who is it", tmp_path / "fake.png"))
    assert "not a photo" in screen.chat[-1][1] and screen.draft == "who is it"
    Image.new("RGB", (80, 60), "grey").save(tmp_path / "real.jpg")
    updates = list(visit.send("", tmp_path / "real.jpg"))
    screen.show(*updates)
    sent = updates[0].messages[0]["content"]["path"]
    assert Image.open(sent).size == (80, 60) and not sent.startswith(str(tmp_path))
    assert screen.chat == [("a", "This model cannot read photos yet")] and screen.busy is False


def test_visitors_do_not_see_each_other(house, body):
    first, second = house.visit(), house.visit()
    list(first.send("Lift your left leg"))
    one, other = Screen(first), Screen(second)
    assert len(one.chat) == 2 and other.chat == []
    other.show(*second.send("Raise your arms"))
    assert "Raise your arms" in other.label and "Lift your left leg" in one.label
    assert first.folder != second.folder


def test_two_visitors_answers_never_run_in_the_model_at_once(house, puppet):
    inside, most = [], []

    def busy():
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.002)
        inside.pop()

    puppet.between = busy
    visits = [house.visit() for _ in range(4)]
    threads = [threading.Thread(target=lambda v=v: list(v.send("Lift your left leg"))) for v in visits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 16 and max(most) == 1


def test_closing_a_visit_deletes_its_files_and_clearing_forgets_its_words(visit, screen):
    screen.show(*visit.send("Lift your left leg"), visit.clear())
    assert screen.chat == [] and screen.poses == 0 and "No pose yet" in screen.label
    screen.show(*visit.send("Lift your left leg"))
    kept = visit.pose.save(visit.folder / "pose.npz")
    visit.close()
    assert not kept.exists()


def test_a_picture_in_the_chat_brings_its_pose_back_and_offers_to_branch_off(visit, screen):
    screen.show(*visit.send("Lift your left leg"), *visit.send("Now raise both arms"))
    first = visit.turns[0].pose
    assert "pose-thumb" in screen.below(1) and "unipose-poses/" in screen.below(3)
    screen.show(visit.bring(1))
    assert visit.pose == first and screen.chat[-1] == ("a", 'Back to: "Lift your left leg".')
    assert screen.label == 'New pose for "Lift your left leg".'
    screen.show(visit.branch())
    assert screen.chat == [("u", "Lift your left leg"), ("a", "one two three")]
    assert screen.branches == (1, ("1 · Now raise both arms", "2 · Lift your left leg"))
    screen.show(visit.turn_to(0))
    assert len(screen.chat) == 5 and screen.branches[0] == 0


def test_a_pose_that_is_in_view_is_not_brought_back_but_may_be_branched_off(visit, screen):
    screen.show(*visit.send("Lift your left leg"), visit.bring(1))
    assert len(visit.turns) == 1 and screen.chat[-1] == ("a", "This is the pose in view.")
    screen.show(visit.branch())
    assert screen.branches[0] == 1


def test_branches_are_few(visit, screen):
    for _ in range(MAX_BRANCHES):
        screen.show(*visit.send("Lift your left leg"), visit.bring(1), visit.branch())
    assert len(screen.branches[1]) == MAX_BRANCHES
    assert screen.chat[-1][1].startswith(f"There are {MAX_BRANCHES} conversations already")
    screen.show(visit.clear())
    assert screen.branches[1][-1].endswith("New conversation")


def test_a_long_conversation_says_once_what_it_forgot_and_keeps_no_photo_of_it(visit, screen, tmp_path):
    visit._session.max_turns = 2
    Image.new("RGB", (80, 60), "grey").save(visit.folder / "photo-99.jpg")  # of a turn that left
    for text in ("Lift your left leg", "Now raise both arms", "Lift your left leg", "What changed?"):
        screen.show(*visit.send(text))
    said = [text for who, text in screen.chat if who == "a"]
    assert len(said) == 3 and said[0].startswith("This conversation is long: the 2 oldest")
    assert not (visit.folder / "photo-99.jpg").exists()
    screen.show(visit.undo(1))  # the first message that is there
    assert screen.chat == [("a", said[0])] and screen.draft == "Lift your left leg"

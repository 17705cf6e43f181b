"""What words want of a photo that was sent before: another person, a hint, an answer, or nothing of it."""

import pytest

from tests.photos.crowd import ONE, THREE
from unipose.chat.looking import Look
from unipose.chat.photo_talk import Meant, all_known, meant, tells
from unipose.chat.ranking import judged

from ..photos.crowd import STRIDING

CROWD = Look(None, THREE, chosen=1)
ALONE = Look(None, ONE, chosen=0)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("person 3", 3),
        ("3", 3),
        ("Number one, please", 1),
        ("the woman on the right", 3),
        ("what about the one on the left?", 1),
        ("No, I meant the man on the left.", 1),
        ("not him, the man on the left", 1),
        ("and the third one", 3),
        ("on the right", 3),
        ("what is the man on the right doing?", 3),
        ("describe the person on the left", 1),
    ],
)
def test_people_are_picked_by_number_and_place(text, number):
    assert meant(text, CROWD, in_view=True) == Meant(number)


def test_after_a_change_of_the_pose_only_people_are_picked():
    assert meant("the woman on the right", CROWD, in_view=False) == Meant(3)
    for text in ("the other one", "the left one", "on the right", "2", "his left arm is behind his back"):
        assert meant(text, CROWD, in_view=False) is None, text


@pytest.mark.parametrize(
    "text",
    [
        "his left arm is behind his back",
        "She is kneeling on the right knee.",
        "No, her knees are bent.",
        "I think he's kneeling",
        "both of his knees are bent",
        "the man stands on his left leg",
        "in the photo her left hand touches her knee",
    ],
)
def test_what_is_told_of_the_person_is_a_hint(text):
    assert meant(text, CROWD, in_view=True) == Meant(hint=text)
    assert meant(text, ALONE, in_view=True) == Meant(hint=text)


@pytest.mark.parametrize(
    "text",
    [
        "raise his left arm",
        "left arm behind the back",
        "kneel",
        "now she is kneeling",
        "his left arm is too high",
        "his arm should be higher",
        "is his left arm behind his back?",
        "lean to the left",
        "stand on the left leg",
        "the left arm",
        "the other arm",
        "what is she doing?",
        "what is different?",
        "compare this with the photo before",
        "go back to the first one",
        "undo",
        "he is a dentist",
    ],
)
def test_orders_and_questions_are_none_of_it(text):
    assert meant(text, CROWD, in_view=True) is None
    assert meant(text, ALONE, in_view=True) is None


def test_another_person_may_come_with_a_hint():
    assert meant("the one on the right is kneeling", CROWD, in_view=True) == Meant(3, "the person is kneeling")
    assert meant("the man in the middle is kneeling", CROWD, in_view=True) == Meant(
        hint="the man in the middle is kneeling"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("how many people are there?", "3 people"),
        ("who is on the left?", 'person 1 of 3, counted from the left. Say "person 1"'),
        ("who is in the middle?", "person 2 of 3, counted from the left; who"),
        ("who is this?", "person 2 of 3"),
        ("person 7", "no person 7"),
        ("the woman", "Which one?"),
        ("the other one", "several others"),
    ],
)
def test_questions_about_who_is_there_are_answered(text, told):
    found = meant(text, CROWD, in_view=True)
    assert found is not None and told in found.answer and found.who is None


def test_without_a_detector_a_hint_is_one_and_nobody_is_picked():
    look = Look(None, None)
    assert tells("she is kneeling") and meant("she is kneeling", look, in_view=True) == Meant(hint="she is kneeling")
    assert meant("person 2", look, in_view=True) is None


def test_hints_add_up_unless_they_were_refused_or_are_taken_back():
    before = "His left foot is in front. His left arm is raised above his head."
    verdicts = judged(before, STRIDING)
    known = all_known("his right knee is bent", before, verdicts)
    assert known == "his right knee is bent. His left foot is in front."
    assert all_known("his right foot is in front", before, verdicts) == "his right foot is in front."
    assert all_known("he sits", "", ()) == "he sits."

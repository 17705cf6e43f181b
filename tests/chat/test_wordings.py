"""Ordinary turns in many words: what each does, said after a pose and a change of it."""

import re
from pathlib import Path

import pytest
import yaml

from unipose.body.postures import standing
from unipose.chat import Session, directing
from unipose.chat.courses import Move, go_on, step
from unipose.chat.leaning import in_full
from unipose.chat.ranking import Judge
from unipose.evaluation.exam.dialogues import read_exam
from unipose.language import Change, Parser

from .talking import say

WORDINGS = yaml.safe_load(Path(__file__).with_name("wordings.yaml").read_text(encoding="utf-8"))
STEPS = [
    (order, way, text) for order, ways in WORDINGS["steps"].items() for way, texts in ways.items() for text in texts
]
BEGUN = ["Stand on your left leg.", "Raise your left arm.", "Raise your left arm a bit higher."]
REFUSED = [text for texts in WORDINGS["refused"] for text in texts]


@pytest.fixture(scope="module")
def session(tiny):
    return Session(tiny)


@pytest.fixture
def talk(session):
    """A conversation of three turns, said once and gone back to."""
    session.rewind(len(BEGUN))
    for text in BEGUN[len(session.turns) :]:
        say(session, text)
    return session


@pytest.fixture
def begun(talk):
    return talk.turns


@pytest.mark.parametrize(("order", "way", "text"), STEPS)
def test_a_step_goes_on_with_the_last_change_or_back(order, way, text):
    full = in_full(text, order, [order], Move(order, None, standing()))
    measure, sign = way.split()
    read = Parser.load().parse(full)
    assert [(item.measure, item.direction) for item in read.items if isinstance(item, Change)] == [
        (measure, 1 if sign == "+" else -1)
    ]
    assert not read.unparsed


def test_the_size_of_a_step_follows_its_words():
    sizes = [
        step(text).degree for text in ("a touch lower", "a bit lower", "lower", "a lot lower", "as low as you can")
    ]
    assert sizes == ["touch", "bit", "plain", "lot", "lot"]


@pytest.mark.parametrize("text", ["thanks", "no", "kneel", "lift the arm", "a man", "", "lower the left arm"])
def test_words_that_are_no_step(text):
    assert step(text) is None


def test_a_step_needs_something_to_go_on_with():
    assert go_on(step("wider"), Move("kneel", None, standing())) is None


@pytest.mark.parametrize(
    ("text", "told", "meant"),
    [
        ("lift the tray higher", "a waiter with a tray on his left hand", "left hand"),
        ("lower the box a bit", "carrying a box with both hands", "hands"),
        ("kick higher", "kicking with the right leg", "right foot"),
        ("lift the hat higher", "a man standing", None),
    ],
)
def test_things_and_deeds_are_carried_by_a_limb(text, told, meant):
    full = in_full(text, None, [told], Move(told, None, standing()))
    assert (meant is None and full is None) or meant in full


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in WORDINGS["others"].items() for text in texts]
)
def test_the_other_side(talk, kind, text):
    assert say(talk, text).kind == kind


@pytest.mark.parametrize("text", WORDINGS["undo"])
def test_a_change_is_taken_back(talk, begun, text):
    say(talk, text)
    assert talk.pose == begun[1].pose


@pytest.mark.parametrize("text", WORDINGS["first"])
def test_the_first_pose_comes_back(talk, begun, text):
    say(talk, text)
    assert talk.pose == begun[0].pose


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind in ("describe", "compare") for text in WORDINGS[kind]]
)
def test_words_about_a_pose_are_asked_for(talk, kind, text):
    turn = say(talk, text)
    assert turn.kind == kind and not turn.poses


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_had_is_declined_and_changes_nothing(talk, begun, text):
    turn = say(talk, text)
    assert turn.kind in ("talk", "ask") and talk.pose == begun[-1].pose
    assert read_exam().declining.search(turn.text)


def test_an_order_that_nobody_understands_is_said_back_with_examples_near_to_it(talk):
    about_legs = say(talk, "now jiggle the left shin forever").text
    assert "jiggle" in about_legs and re.search("knee|foot", about_legs)


@pytest.mark.parametrize(
    ("text", "measure", "sign"),
    [
        ("twist further", "spine_twist", 1),
        ("less twisted", "spine_twist", -1),
        ("further round", "spine_twist", 1),
        ("way too much, ease off", "spine_twist", -1),
        ("even rounder", "left_elbow_flexion", 1),
    ],
)
def test_a_step_may_name_the_deed_or_nothing_that_is_known(text, measure, sign):
    order = {"spine_twist": "twist to the left", "left_elbow_flexion": "bend the left elbow"}[measure]
    pose = Judge(order).mend([standing()])[0]
    last = Move(order, standing(), pose)
    full = in_full(text, order, [order], last) or directing.in_full(text, pose, last) or text
    changes = [(item.measure, item.direction) for item in Parser.load().parse(full).items if isinstance(item, Change)]
    assert (measure, sign) in changes


@pytest.mark.parametrize("text", ["back to the left arm hanging", "the arm hanging was better"])
def test_a_pose_comes_back_by_how_it_was(tiny, text):
    session, hanging = Session(tiny), standing()
    session.adopt(hanging, "", "Standing.", "library")
    session.adopt(Judge("raise the left arm").mend([standing()])[0], "", "An arm is up.", "library")
    assert say(session, text).pose == hanging


def test_a_leg_that_is_lifted_behind_goes_up_with_its_foot():
    behind = Judge("stretch the left leg out behind you, left foot off the floor").mend([standing()])[0]
    assert directing.by_pose("raise left leg higher", behind) == "raise left foot higher"
    assert directing.by_pose("raise left leg higher", standing()) == "raise left leg higher"


def test_an_order_may_take_the_place_of_the_last_one(talk, begun):
    turn = say(talk, "No, undo that and bend both knees.")
    assert turn.kind == "edit" and turn.base == begun[1].pose

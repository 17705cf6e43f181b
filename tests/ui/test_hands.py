"""Joints turned by hand, from the browser's words to the turn of the conversation, without a browser."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.body.turning import dials, readings
from unipose.ui import hands, turning

from .screen import Screen

KNEE = "left_knee"


def moving(**told):
    """What the browser tells of a dial."""
    return SimpleNamespace(**({"joint": KNEE, "dial": 0, "degrees": 90, "both": False, "number": 1} | told))


@pytest.fixture
def screen(visit):
    return Screen(visit)


def shown(screen):
    return json.loads(screen.joints)["angles"]


def test_the_dials_show_the_pose_in_view(visit, screen):
    assert shown(screen)[KNEE] == [round(each) for each in readings(standing())[KNEE]]
    screen.show(*visit.send("lift the left leg"))
    assert shown(screen)[KNEE] == [round(each) for each in readings(visit.pose)[KNEE]]
    assert shown(screen.show(visit.undo()))[KNEE] == [round(each) for each in readings(standing())[KNEE]]


def test_a_moving_dial_is_only_drawn(visit, screen):
    screen.show(*visit.send("raise both arms"))
    before, chat, files = visit.pose, screen.messages, screen.poses
    preview = hands.preview(visit, moving(number=7))
    assert preview.frame and preview.messages is None and preview.busy is None
    assert json.loads(preview.joints)["heard"] == 7
    assert visit.pose == before and screen.show(preview).messages == chat and screen.poses == files

    drawn = screen.frame  # what is still drawn of it leaves with the next action, whatever that is
    assert screen.show(visit.stop()).frame != drawn and "raise both arms" in screen.label


def test_a_dial_let_go_is_a_turn_that_says_what_changed(visit, screen):
    screen.show(*visit.send("raise both arms"))
    base = visit.pose
    screen.show(hands.commit(visit, moving()))
    turn = visit.turns[-1]
    assert (turn.kind, turn.base) == ("hand", base)
    assert turn.user == "By hand: left knee, bend 90°" and "left knee" in turn.text
    assert screen.chat[-2:] == [("u", turn.user), ("a", turn.text)]
    assert shown(screen)[KNEE][0] == 90 and "left knee" in screen.label


def test_turns_by_hand_that_follow_each_other_are_one(visit, screen):
    screen.show(hands.commit(visit, moving()))
    screen.show(hands.commit(visit, moving(joint="left_hip", degrees=80)))
    assert len(visit.turns) == 1 and visit.turns[0].base == standing()
    assert visit.turns[0].user == "By hand: left hip, bend 80°; left knee, bend 90°"
    screen.show(*visit.send("describe it"))
    screen.show(hands.commit(visit, moving(degrees=20)))
    assert [turn.kind for turn in visit.turns] == ["hand", "describe", "hand"]
    assert "bend 20" in visit.turns[-1].user and "hip" not in visit.turns[-1].user
    assert visit.turns[-1].base == visit.turns[0].pose


def test_both_sides_and_back_to_ease(visit, screen):
    screen.show(hands.commit(visit, moving(both=True)))
    assert shown(screen)[KNEE] == shown(screen)["right_knee"] and shown(screen)[KNEE][0] == 90
    screen.show(hands.commit(visit, moving(dial=None, degrees=None)))
    assert shown(screen)[KNEE] == [round(each) for each in readings(standing())[KNEE]]
    assert shown(screen)["right_knee"][0] == 90
    screen.show(hands.commit(visit, moving(dial=None, both=True)))
    assert visit.turns[-1].user == "By hand: everything as it was"


def test_a_turn_of_the_whole_body_is_told_too(visit, screen):
    screen.show(hands.commit(visit, moving(joint="pelvis", degrees=90)))
    assert visit.turns[-1].text == "The body turned 90 degrees to its left."


def test_many_joints_are_counted_not_listed(visit, screen):
    for joint in ("left_hip", "right_hip", "left_elbow", "head", "spine1"):
        screen.show(hands.commit(visit, moving(joint=joint, degrees=25)))
    assert visit.turns[-1].user.endswith("; and 2 more")


@pytest.mark.parametrize(
    "told",
    [
        {"joint": "tail"},
        {"joint": 5},
        {"dial": 9},
        {"dial": "a"},
        {"degrees": None},
        {"degrees": float("nan")},
        {"degrees": "x" * 100_000},
        {"degrees": [1]},
    ],
)
def test_nonsense_from_a_browser_turns_nothing(visit, screen, told):
    screen.show(*visit.send("raise both arms"))
    before = visit.pose
    assert hands.preview(visit, moving(**told)).frame is None
    refused = screen.show(hands.commit(visit, moving(**told)))
    assert visit.pose == before and len(visit.turns) == 1
    assert len(refused.chat[-1][1]) < 400
    assert hands.preview(visit, SimpleNamespace()).frame is None  # nothing told at all


def test_an_answer_on_its_way_ends_with_the_turn_and_not_before(visit, screen):
    answer = visit.send("raise both arms")
    next(answer)
    hands.preview(visit, moving())
    assert next(answer, None) is not None
    screen.show(hands.commit(visit, moving()), *answer)
    assert visit.turns[-1].kind == "hand"


def test_the_panel_knows_every_joint_once():
    table = json.loads(turning.panel_of_dials())
    listed = [joint for group in table for joint in group["joints"]]
    assert sorted(joint["id"] for joint in listed) == sorted(JOINT_NAMES)
    assert all(len(joint["dials"]) == len(dials()[joint["id"]]) for joint in listed)
    assert [joint["id"] for joint in listed if not joint["paired"]] == [
        "pelvis", "spine1", "spine2", "spine3", "neck", "head",
    ]  # fmt: skip

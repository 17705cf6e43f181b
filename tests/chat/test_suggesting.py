"""What is suggested next: fitting, not yet done, and understood by the conversation itself."""

import functools

import pytest

from unipose import Session, UniPose
from unipose.chat.suggesting import COUNT, lines, suggest

from .talking import begin, say

pytestmark = pytest.mark.slow  # each line is said to the embedded model, after a turn of each kind


@pytest.fixture(scope="module")
def nano():
    return UniPose.from_pretrained()


@pytest.fixture(scope="module")
def begun(nano):
    """Conversations whose last turn is of a kind; each is held once, and what is said next goes on from it."""
    held = functools.cache(functools.partial(_held, nano))
    return lambda kind: held(kind).branch(len(held(kind).turns))


def _held(model, kind):
    session = Session(model)
    say(session, "Lift your left leg.")
    words = {
        "edit": ["Raise the right arm."],
        "more": ["Show me four"],
        "mirror": ["Mirror it"],
        "describe": ["Describe it"],
        "ask": ["Which way is the head turned?"],
        "compare": ["Now raise both arms.", "What changed?"],
        "talk": ["thank you"],
        "show": ["Now raise both arms.", "Go back to the first pose"],
    }
    for text in words.get(kind, []):
        say(session, text)
    if kind in ("hand", "file", "library", "estimate"):
        session.adopt(session.pose.mirror(), "", "Taken.", kind)
    if kind == "pick":
        say(session, "Now raise both arms.")
        session.bring(0)
    assert session.turns[-1].kind == kind
    return session


@pytest.mark.parametrize("kind", sorted(lines()["after"]))
def test_what_follows_a_turn_is_understood(begun, kind):
    for text in lines()["after"][kind]:
        assert begin(begun(kind), text).kind != "talk", text


def test_what_follows_an_edit_of_one_side_or_a_missed_wish_is_understood(begun):
    session = begun("edit")
    assert lines()["one_sided"] in suggest(session.turns)
    assert begin(session, lines()["one_sided"]).kind == "edit"
    assert begin(session, lines()["missed"]).kind == "edit"


@pytest.mark.parametrize("text", [*lines()["orders"], *lines()["unsure"].values()])
def test_orders_change_the_pose(begun, text):
    turn = begin(begun("generate"), text)
    assert turn.kind == "edit" and turn.poses


@pytest.mark.parametrize("text", lines()["begin"])
def test_a_beginning_makes_a_pose(nano, text):
    turn = begin(Session(nano), text)
    assert turn.kind == "generate" and turn.poses


def test_what_the_pose_does_already_is_not_suggested(nano):
    session = Session(nano)
    assert suggest(session.turns) == tuple(lines()["begin"][:COUNT])
    say(session, "Stand with both arms raised and bent knees, leaning forward.")
    found = suggest(session.turns)
    assert len(found) == COUNT == len(set(found)) and not {"Raise both arms", "Bend the knees"} & set(found)
    assert found == suggest(session.turns)

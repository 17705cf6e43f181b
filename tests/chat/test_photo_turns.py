"""A conversation about photos: who is read, hints, orders, and taking it back. The model has random weights and real
keypoints, to which its estimates are brought."""

import pytest

from tests.photos.crowd import ONE, THREE, Given, photo_of
from unipose.chat import PosePiece, Session, TextPiece, UniPose, UserError
from unipose.chat.estimating import overlaid
from unipose.chat.turns import PhotoPiece
from unipose.language import Checker, Registry, Statement

from .talking import say


@pytest.fixture(scope="module")
def seeing(seeing_tiny):
    return UniPose(seeing_tiny.model, seeing_tiny.processor, "seeing", max_words=4, detector=Given(THREE, ONE))


@pytest.fixture
def session(seeing):
    return Session(seeing)


def holds(predicate, pose):
    registry = Registry.load()
    return Checker(registry).holds([Statement(predicate)], registry.measure_poses(pose.rotations[None])[0])[0]


def test_a_photo_brings_its_pose_first_and_then_words(session):
    events = list(session.send("", photo=photo_of(THREE)))
    assert [type(event) for event in events[:2]] == [PosePiece, PhotoPiece]
    assert all(isinstance(event, TextPiece) for event in events[2:-1])
    turn = events[-1].turn
    assert turn.kind == "estimate" and turn.text.startswith("I see three people, numbered 1 to 3")
    assert turn.look.chosen == 1 and turn.look.picture is None  # it is at hand where the photo is
    joints = overlaid(turn.pose, turn.look)
    left, top, right, bottom = THREE.people[1].box
    assert joints[:, 0].min() > left - 20 and joints[:, 0].max() < right + 20
    assert joints[:, 1].min() > top - 20 and joints[:, 1].max() < bottom + 20


def test_another_person_is_read_from_the_same_photo(session, seeing):
    first = say(session, "", photo=photo_of(THREE))
    asked = seeing.looker.detector.asked
    third = say(session, "the one on the right")
    assert third.kind == "estimate" and third.photo is None and third.look.chosen == 2
    assert holds("left_arm_raised", third.pose) and not holds("left_arm_raised", first.pose)
    assert say(session, "person 1").look.chosen == 0
    assert say(session, "the other one").kind == "talk"  # there are two others
    assert "person 3 of 3" in say(session, "who is on the right?").text
    assert session.pose == session.turns[2].pose
    assert seeing.looker.detector.asked == asked


def test_a_statement_is_a_hint_and_an_order_an_edit(session):
    read = say(session, "", photo=photo_of(ONE))
    side = "left" if holds("right_foot_in_front", read.pose) else "right"
    hinted = say(session, f"Actually, his {side} foot is in front.")
    assert hinted.kind == "estimate" and hinted.base == read.pose
    assert not holds(f"{side}_foot_in_front", read.pose) and holds(f"{side}_foot_in_front", hinted.pose)
    assert [verdict.mark for verdict in hinted.verdicts] in (["yes"], ["unsure"])  # a view may allow just so much
    again = say(session, f"Actually, his {side} foot is in front.")
    assert again.pose == hinted.pose and again.text.startswith("That is how I read the photo already.")
    edited = say(session, "Raise both arms.")
    assert edited.kind == "edit" and edited.base == hinted.pose
    assert say(session, "he is kneeling").kind in ("edit", "generate")  # the pose is no longer that of the photo


def test_what_the_photo_contradicts_is_refused_and_not_said_again(session):
    read = say(session, "", photo=photo_of(ONE))
    refused = say(session, "his left arm is raised above his head")
    assert "In the photo his left" in refused.text and not holds("left_arm_overhead", refused.pose)
    assert refused.look.chosen == read.look.chosen
    assert "arm" not in say(session, "his right foot is in front").asked


def test_a_hint_for_one_person_is_none_for_another(session):
    say(session, "his left foot is in front", photo=photo_of(THREE))
    assert say(session, "person 3").asked == ""
    told = say(session, "the man on the left is standing")
    assert told.look.chosen == 0 and told.asked == "the person is standing"


@pytest.mark.parametrize("words", ["", "what do you see?"])
def test_nobody_in_a_photo_costs_nothing(session, words):
    read = say(session, "", photo=photo_of(ONE))
    other = photo_of(ONE).resize((64, 64))
    nobody = say(session, words, photo=other)
    assert nobody.text.startswith("I found no person") and nobody.poses == () and nobody.pose == read.pose
    assert say(session, "his right foot is in front").base == read.pose  # of the photo with somebody in it


def test_two_photos_are_compared_and_the_first_is_found_again(session):
    first = say(session, "", photo=photo_of(THREE))
    second = say(session, "", photo=photo_of(ONE))
    for question in ("what is different?", "compare this with the photo before"):
        turn = say(session, question)
        assert turn.kind == "compare" and turn.base == first.pose and session.pose == second.pose
    assert say(session, "what is she doing?").kind == "describe"
    assert say(session, "go back to the first one").pose == first.pose
    assert session.sighting.turn == first
    assert say(session, "person 3").look.detections is first.look.detections


def test_photo_turns_are_taken_back_and_answered_anew(session):
    first = say(session, "", photo=photo_of(THREE))
    say(session, "person 3")
    again = list(session.retry())[-1].turn
    assert again.user == "person 3" and again.look.chosen == 2 and len(session.turns) == 2
    revised = list(session.revise(1, "person 1"))[-1].turn
    assert revised.look.chosen == 0 and len(session.turns) == 2
    say(session, "undo")
    assert session.turns == [first] and session.pose == first.pose and session.sighting.turn == first
    session.undo()
    assert session.sighting is None and session.pose is None


def test_a_fresh_start_forgets_the_photo(session):
    say(session, "", photo=photo_of(THREE))
    say(session, "start over")
    assert session.sighting is None


def test_stopped_after_the_pose_came_it_stays(session):
    events = session.send("", photo=photo_of(ONE))
    next(events)
    next(events)
    assert session.underway.poses and session.sighting is not None
    turn = session.stop()
    assert turn.poses and session.pose == turn.pose and list(events) == []


def test_why_there_is_no_detector_is_told(seeing_tiny):
    blind = Session(UniPose(seeing_tiny.model, seeing_tiny.processor, detector="none", max_words=4))
    assert say(blind, "", photo=photo_of(ONE)).text.startswith("No detector is wanted.")


def test_without_eyes_nobody_is_looked_for(tiny):
    detector = Given(ONE)
    session = Session(UniPose(tiny.model, tiny.processor, "tiny", detector=detector))
    with pytest.raises(UserError, match="no vision weights"):
        list(session.send("", photo=photo_of(ONE)))
    assert detector.asked == 0 and session.turns == []

"""What is taken for granted of new poses: they stand, upright, arms down, wherever nothing else is said."""

import pytest

from unipose.body.pose import Pose
from unipose.chat.assuming import assumed
from unipose.chat.ranking import Judge
from unipose.language import Registry, Solver, Statement


def taken(*names):
    return [item.predicate for item in assumed([Statement(name) for name in names], Registry.load())]


def drafts(*names):
    """A pose that does what names say, as a model's draft might."""
    found = Solver.load().solve([[Statement(name) for name in names]])
    return [Pose.from_rotations(found.rotations[0])]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["left_arm_raised"], ["standing", "both_foot_down", "trunk_upright", "right_upper_arm_low"]),
        (["left_knee_raised"], ["standing", "trunk_upright", "left_upper_arm_low", "right_upper_arm_low"]),
        (["left_hand_on_knee"], ["standing", "both_foot_down"]),  # that takes bending down
        (["leaning_forward"], ["both_foot_down", "both_knee_fairly_straight"]),
        (["lying_face_up"], ["legs_along_floor"]),
        (["both_hand_on_floor"], ["both_foot_down"]),
        (["sitting", "left_arm_raised"], ["trunk_upright", "right_upper_arm_low"]),
        (["left_tree"], []),
        (["all_fours"], []),
    ],
)
def test_what_is_taken_for_granted(names, expected):
    found = taken(*names)
    assert set(expected) <= set(found) and (expected or not found)


def test_denials_and_numbers_are_left_as_they_are():
    registry = Registry.load()
    assert assumed([Statement("left_arm_raised", negated=True)], registry) == ()
    assert assumed([], registry) == ()


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Raise both arms.", ["both_arm_raised", "kneeling"]),
        ("Raise the left arm.", ["both_arm_raised", "standing"]),
        ("Kneel.", ["kneeling", "leaning_far_forward"]),
    ],
)
def test_a_draft_that_is_strange_is_made_as_anybody_would_think(text, strange):
    judge, registry = Judge(text), Registry.load()
    given = drafts(*strange)
    assert judge.shares(given) == [1]  # it does what was asked
    names = [item.predicate for item in assumed(judge.claims, registry)]
    made = judge.mend(given)
    values = registry.measure_poses(made[0].rotations[None])
    assert judge.shares(made) == [1] and registry.holds(values, names).all()


def test_what_was_asked_goes_before_what_is_assumed():
    judge = Judge("Put the left hand on the right ankle.")
    made = judge.mend(drafts("standing"))
    assert judge.shares(made) == [1]


def test_of_words_that_cannot_be_had_together_the_surer_ones_are():
    judge = Judge("lying on her side, head propped on her hand")  # how the bored sit, too
    assert {item.predicate for item in judge.claims} == {"either_lying_on_side", "right_bored"}
    registry = Registry.load()
    values = registry.measure_poses(judge.mend(drafts("standing"))[0].rotations[None])
    assert registry.holds(values, ["either_lying_on_side"]).all()

"""What is taken for granted: new poses stand, upright, arms down, where nothing else is said; changed ones go on so."""

import pytest
import torch

from unipose.body.pose import Pose
from unipose.body.skeleton import forward_kinematics
from unipose.chat import UniPose
from unipose.chat.assuming import assumed, staying
from unipose.chat.ranking import Judge
from unipose.chat.understanding import stated
from unipose.language import Archetypes, Registry, Solver, Statement


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


# -- of changes ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nano():
    return UniPose.from_pretrained()


def stays(text, *names):
    """What stays of a pose that does what names say when a text is asked of it."""
    registry = Registry.load()
    pose = drafts(*names)[0]
    values = registry.measure_poses(pose.rotations)
    return {item.predicate for item in staying(stated(text).items, values, registry)}


def test_the_posture_goes_on_while_a_limb_is_moved():
    assert "kneeling" in stays("Raise the left arm.", "kneeling", "both_arm_hanging")
    assert {"left_hand_on_floor", "right_hand_on_floor"} <= stays("Lift the right leg.", "all_fours")


def test_what_is_asked_does_not_stay():
    found = stays("Lift the right leg.", "all_fours")
    assert not found & {"right_knee_on_floor", "right_foot_down", "all_fours"}
    assert stays("Kneel.", "standing") == set()
    assert "left_hand_on_floor" not in stays("Raise the left arm.", "all_fours")


@pytest.mark.parametrize(
    ("start", "text", "still"),
    [
        ("Kneel.", "Raise the left arm.", "kneeling"),
        ("Get down on all fours.", "Turn the head to the left.", "all_fours"),
        ("Stand on the left leg.", "Put the right foot down.", "standing"),
        ("Stand with the feet together.", "Move the feet wider apart.", "standing"),
    ],
)
def test_who_knelt_goes_on_kneeling(nano, start, text, still):
    before = nano.generate(start).poses[0]
    after = nano.edit(before, text).poses[0]
    registry = Registry.load()
    assert bool(registry.holds(registry.measure_poses(after.rotations), [still])[0])


# -- of names --------------------------------------------------------------------------------------------------------


def test_names_look_as_they_usually_do(nano):
    made = nano.generate("Tree pose on the right leg.").poses[0]
    usual = Archetypes.load().of("right_tree")
    joints = forward_kinematics(torch.cat([made.rotations[None], usual]))[0]
    joints = joints - joints[:, :1]
    assert (joints[1:] - joints[0]).norm(dim=-1).mean(-1).min() < 0.05


def test_a_seed_varies_what_names_look_like(nano):
    made = [nano.generate("Tree pose on the right leg.", seed=seed).poses[0] for seed in (1, 2)]
    joints = forward_kinematics(torch.stack([pose.rotations for pose in made]))[0]
    assert (joints[0] - joints[1]).norm(dim=-1).mean() > 0.01
    registry = Registry.load()
    for pose in made:
        assert bool(registry.holds(registry.measure_poses(pose.rotations), ["right_tree"])[0])

"""Gestures look as people make them in any posture, and what nobody spoke of hangs and stands as it did."""

import pytest
import torch

from unipose.body.pose import Pose
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.chat.gestures import exchanged, gestured
from unipose.chat.limbs_stay import limbs_stay
from unipose.chat.ranking import Judge, measured
from unipose.chat.rewording import let_down, sat_up
from unipose.chat.siding import sided
from unipose.language import Registry, Statement

from .posing import edited, holds, usual

GESTURES = ("both_hand_behind_head", "both_hand_on_hip", "arms_crossed", "prayer_hands", "both_hand_on_head")
POSTURES = ("sitting", "kneeling", "cross_legged", "standing_tall")


def measure(pose, name):
    return float(measured(Registry.load(), [pose])[0, Registry.load().measure_index[name]])


def joints(*parts):
    return [place for place, name in enumerate(JOINT_NAMES) if any(part in name for part in parts)]


@pytest.mark.parametrize("posture", POSTURES)
@pytest.mark.parametrize("gesture", GESTURES)
def test_arms_of_a_gesture_go_with_any_posture(gesture, posture):
    registry, before = Registry.load(), usual(posture)
    made = gestured(before.rotations[None], [Statement(gesture)], registry)[0]
    assert holds(Pose.from_rotations(made), gesture, posture) == [True, True]
    others = [place for place in range(22) if place not in joints("collar", "shoulder", "elbow", "wrist")]
    assert torch.equal(made[others], before.rotations[others])


def test_one_hand_makes_half_of_a_gesture_of_two():
    registry, before = Registry.load(), usual("sitting")
    made = gestured(before.rotations[None], [Statement("right_hand_behind_head")], registry)[0]
    assert holds(Pose.from_rotations(made), "right_hand_behind_head", "left_hand_behind_head") == [True, False]
    nothing = [Statement("left_knee_bent"), Statement("both_hand_on_hip", negated=True)]
    assert torch.equal(gestured(before.rotations[None], nothing, registry)[0], before.rotations)


@pytest.mark.parametrize("posture", POSTURES)
def test_hands_put_behind_the_head_are_behind_it(posture):
    before = usual(posture)
    after = edited("put your hands behind your head", before)
    assert holds(after, "both_hand_behind_head", posture) == [True, True]
    assert max(measure(after, f"{side}_hand_ahead") for side in ("left", "right")) < 0
    still = joints("hip", "knee", "spine")
    assert torch.allclose(after.rotations[still], before.rotations[still], atol=1e-5)


def test_a_new_pose_makes_the_gesture_too():
    (pose,) = Judge("sitting cross-legged, hands in prayer").mend([usual("standing_tall")])
    assert holds(pose, "cross_legged", "prayer_hands") == [True, True]
    assert measure(pose, "left_forearm_rise") > 10  # fingers up, not at the belly


def test_the_other_hand_waves_instead():
    registry, before = Registry.load(), usual("right_waving")
    after = edited("wave with the left hand", before)
    assert holds(after, "left_waving", "right_waving", "right_arm_raised") == [True, False, False]
    still = joints("hip", "knee", "ankle", "spine")
    assert torch.allclose(after.rotations[still], before.rotations[still], atol=1e-5)
    assert exchanged(before.rotations, [Statement("left_waving"), Statement("right_salute")], registry) is None
    for name in ("arms_crossed", "left_elbow_bent"):  # the other elbow bends, too
        assert exchanged(before.rotations, [Statement(name)], registry) is None


def test_salute_with_the_other_hand_is_the_one_that_hangs():
    assert sided("salute with the other hand", ["salute"], usual("right_salute")) == "salute with left hand"
    assert sided("salute with the other hand", ["salute"], usual("standing_tall")) == "salute with the other hand"


def led(pose, joint, end):
    """Where a bone leads, [3] in the world."""
    places, _ = forward_kinematics(pose.rotations)
    start, stop = places[JOINT_NAMES.index(joint)], places[JOINT_NAMES.index(end)]
    return (stop - start) / (stop - start).norm()


@pytest.mark.parametrize("text", ["lean forward", "bend forward", "lean back", "lean to the left"])
def test_who_stands_and_leans_goes_on_standing_with_arms_hanging(text):
    before = usual("standing_tall")
    after = edited(text, before)
    for side in ("left", "right"):
        for joint, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow")):
            bone = f"{side}_{joint}", f"{side}_{end}"
            assert led(after, *bone) @ led(before, *bone) > 0.9, bone
    assert abs(led(after, "pelvis", "neck") @ led(before, "pelvis", "neck")) < 0.98


@pytest.mark.parametrize("text", ["twist to the left", "turn your upper body to the right"])
def test_who_twists_neither_leans_nor_turns_the_feet(text):
    before = usual("standing_tall")
    after = edited(text, before)
    assert holds(after, "trunk_upright", "spine_unbent", "spine_unturned") == [True, True, False]
    feet = [led(pose, f"{side}_ankle", f"{side}_foot") for pose in (before, after) for side in ("left", "right")]
    assert feet[0] @ feet[2] > 0.95 and feet[1] @ feet[3] > 0.95


@pytest.mark.parametrize(
    ("name", "kept"), [("both_hand_on_hip", "shoulder"), ("t_pose", "shoulder"), ("left_on_one_leg", "right_hip")]
)
def test_what_is_held_or_lifted_goes_with_the_trunk(name, kept):
    before = usual(name)
    tipped = before.rotations.clone()
    tipped[0] = axis_angle_to_matrix(torch.tensor([0.5, 0.0, 0.0])) @ tipped[0]
    made = limbs_stay(before.rotations, tipped, [Statement("leaning_forward")], Registry.load())
    assert torch.allclose(made[joints(kept)], tipped[joints(kept)], atol=1e-4)
    assert not torch.allclose(made[joints("left_hip")], tipped[joints("left_hip")], atol=0.1)


def test_limbs_that_are_spoken_of_and_postures_are_left_alone():
    registry, before, after = Registry.load(), usual("standing_tall"), usual("deep_bow")
    for claims in ([Statement("both_arm_raised")], [Statement("leaning_forward"), Statement("kneeling")]):
        assert limbs_stay(before.rotations, after.rotations, claims, registry) is after.rotations
    claims = [Statement("leaning_forward"), Statement("both_arm_raised"), Statement("left_knee_bent")]
    made = limbs_stay(before.rotations, after.rotations, claims, registry)
    spoken = joints("shoulder", "left_hip")
    assert torch.allclose(made[spoken], after.rotations[spoken], atol=1e-4)


@pytest.mark.parametrize("posture", ["cross_legged", "sitting", "kneeling_on_heels", "sitting_on_floor"])
def test_who_sits_and_leans_goes_on_sitting(posture):
    assert holds(edited("lean forward", usual(posture)), "leaning_forward", posture) == [True, True]


@pytest.mark.parametrize(
    ("text", "posture", "meant"),
    [
        ("sit up", "lying_face_up", "sit on the floor with both legs stretched out"),
        ("now sit up and wave", "left_lying_on_side", "sit on the floor with both legs stretched out and wave"),
        ("Sit up straight.", "sitting", "sit with a straight back."),
        ("sit up", "standing_tall", "sit up"),
        ("do a sit up", "lying_face_up", "do a sit up"),
        ("sit-ups", "lying_face_up", "sit-ups"),
    ],
)
def test_sitting_up_depends_on_how_one_is(text, posture, meant):
    assert sat_up(text, usual(posture)) == meant
    assert sat_up(text, None) == text


@pytest.mark.parametrize(
    ("text", "spoken", "meant"),
    [
        ("put it down", ["raise the left arm"], "put the left arm down"),
        ("And let them down again, please", ["hands up"], "put both arms down"),
        ("put it back down", ["lift the right leg"], "put the right leg down"),
        ("put it down a bit", ["raise the left arm"], "put it down a bit"),
        ("put it down", ["turn the head"], "put it down"),
        ("put it down", [], "put it down"),
    ],
)
def test_it_is_put_down_all_the_way(text, spoken, meant):
    assert let_down(text, spoken) == meant

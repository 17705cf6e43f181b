"""Hints to a photo: they settle what a view leaves open, and lose against what is plainly seen."""

import numpy as np
import pytest
import torch

from unipose.body.cameras import Camera, find_camera, reprojection_error
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.limits import joint_rotations
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.chat.photographed import with_hint
from unipose.language import Checker, Registry, Statement
from unipose.photos.detections import Person


def posed(**degrees):
    """Standing, with some joints turned (swing and twist, degrees)."""
    rotations = standing().rotations.clone()
    for name, turn in degrees.items():
        angles = torch.zeros(22, 3)
        angles[JOINT_NAMES.index(name)] = torch.tensor(turn, dtype=torch.float32)
        rotations[JOINT_NAMES.index(name)] = joint_rotations(angles)[JOINT_NAMES.index(name)]
    return Pose.from_rotations(rotations)


def drawn(pose, unseen=()):
    """What a detector sees of a pose from the front."""
    camera = Camera(*torch.tensor([300.0, 320.0, 400.0]))
    points = torch.cat((camera.project(keypoints(pose.rotations)), torch.full((27, 1), 0.95)), dim=-1).numpy()
    points[list(unseen)] = 0
    seen = points[points[:, 2] > 0]
    return Person((*(seen[:, :2].min(0) - 5), *(seen[:, :2].max(0) + 5)), points.astype(np.float32))


def holds(predicate, pose):
    registry = Registry.load()
    return Checker(registry).holds([Statement(predicate)], registry.measure_poses(pose.rotations[None])[0])[0]


def miss(pose, person):
    body, seen = keypoints(pose.rotations), torch.from_numpy(person.keypoints)
    camera = find_camera(body, seen)
    return (reprojection_error(body, seen, camera, 0.5) / camera.stature).item()


@pytest.fixture(scope="module")
def stepping():
    """One leg forward: from the front hardly to be told from one leg back."""
    return posed(left_hip=(-30, 0, 0), left_knee=(10, 0, 0))


def test_words_settle_what_the_view_leaves_open(stepping):
    person = drawn(stepping)
    assert holds("left_foot_in_front", stepping)
    found = with_hint(stepping, person, "his right foot is in front")
    assert found.refused == () and found.remark == ""
    assert holds("right_foot_in_front", found.pose)
    assert miss(found.pose, person) < 0.02


def test_what_the_photo_plainly_shows_is_not_given_up(stepping):
    found = with_hint(stepping, drawn(stepping), "his left arm is raised above his head")
    assert found.pose is stepping and found.accepted == ()
    assert found.refused
    assert "In the photo his left" in found.remark and found.remark.endswith(".")


def test_of_several_claims_each_is_judged_by_itself(stepping):
    found = with_hint(stepping, drawn(stepping), "his left arm is raised above his head, his right foot is in front")
    assert found.accepted == (Statement("right_foot_in_front"),) and len(found.refused) == 1
    assert holds("right_foot_in_front", found.pose)
    assert "the rest is as you say" in found.remark


def test_what_is_not_seen_is_believed():
    pose = standing()
    ends = ("elbow", "wrist", "thumb", "index", "pinky")
    arm = [KEYPOINT_NAMES.index(f"left_{end}") for end in ends]
    found = with_hint(pose, drawn(pose, arm), "her left arm is raised above her head")
    assert not found.refused and found.pose != pose


@pytest.mark.parametrize("hint", ["", "he is a dentist", "he stands", "his left foot is in front", "raise it a little"])
def test_what_says_nothing_new_changes_nothing(stepping, hint):
    found = with_hint(stepping, drawn(stepping), hint)
    assert found.pose is stepping
    assert found.refused == () and found.remark == ""

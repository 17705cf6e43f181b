"""Imagined detections: they are of the pose that comes with them, and as faulty as they are meant to be."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from unipose.body.cameras import STATURE, find_camera, reprojection_error
from unipose.body.keypoints import KEYPOINT_MIRROR, KEYPOINT_NAMES, keypoints
from unipose.body.pose import yaw_matrix
from unipose.body.postures import standing
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.data.projected import Projected, Rig, project, seen_from

CLEAN = Rig(noise=0, dropped=0, cut=0, swapped=0, coco=0, world_noise=0, proportions=0, near=1e3, far=1e3)


def photographed(count: int = 64, seed: int = 0, rig: Rig | None = None) -> Projected:
    poses = standing().rotations.expand(count, 22, 3, 3)
    return project(poses, torch.Generator().manual_seed(seed), rig)


def test_from_afar_and_without_faults_keypoints_are_those_of_the_pose():
    """But for where a detector thinks they are on a body, a centimetre or so."""
    found = photographed(rig=CLEAN)
    body = keypoints(found.rotations)
    camera = find_camera(body, found.keypoints)
    assert float(camera.scale.mean()) * STATURE == pytest.approx(1.0, rel=0.02)
    assert float(reprojection_error(body, found.keypoints, camera).mean() * STATURE) < 0.02
    hips = [KEYPOINT_NAMES.index(f"{side}_hip") for side in ("left", "right")]
    middle = body[:, hips].mean(1, keepdim=True)
    spread = 1 + 5 * 0.06
    assert float((found.world - (body - middle)).norm(dim=-1).median()) < 0.04 * spread


def test_people_are_seen_from_all_sides_and_mostly_from_a_little_above():
    count = 2000
    turned = seen_from(standing().rotations.expand(count, 22, 3, 3), torch.Generator().manual_seed(1), Rig())
    front = turned[:, 0, :, 2]
    for x, z in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        assert int(((front[:, 0] * x > 0) & (front[:, 2] * z > 0)).sum()) > 0.2 * count
    up = turned[:, 0, :, 1]
    toward = torch.rad2deg(torch.atan2(up[:, 2], up[:, 1]))  # the camera looks down: the head is nearer than the feet
    assert 6 < float(toward.mean()) < 10 and 11 < float(toward.std()) < 17


def test_a_body_from_behind_has_its_left_on_the_left():
    behind = standing().rotations.clone()
    behind[0] = yaw_matrix(torch.tensor(math.pi))
    joints, _ = forward_kinematics(behind)
    assert joints[16, 0] < joints[17, 0]  # left shoulder, right shoulder


def test_what_is_missing_is_zero_and_enough_is_left():
    found = photographed(2000, rig=Rig(dropped=0.6, cut=1.0))
    there = found.keypoints[..., 2] > 0
    assert not found.keypoints[~there].any()
    assert int(there.sum(1).min()) >= 6
    assert 0.2 < float(there.float().mean()) < 0.8
    feet = [place for place, name in enumerate(KEYPOINT_NAMES) if name.endswith(("heel", "ankle"))]
    head = [place for place, name in enumerate(KEYPOINT_NAMES) if name.endswith(("eye", "ear"))]
    assert there[:, feet].float().mean() < there[:, head].float().mean()  # photos mostly end below


@settings(max_examples=20)
@given(noise=some.floats(0.0, 0.05))
def test_faults_are_as_large_as_they_are_said_to_be(noise):
    rig = Rig(**{**vars(CLEAN), "noise": noise})
    clean, noisy = (photographed(400, seed=3, rig=each).keypoints for each in (CLEAN, rig))
    elbow = KEYPOINT_NAMES.index("left_elbow")
    off = (noisy - clean)[:, elbow, :2]
    # the level is uniform from 0 to twice; keypoints that the body hides stray three times as far
    assert float(off.pow(2).mean().sqrt()) == pytest.approx(0.8 * noise * math.sqrt(4 / 3), rel=1.2, abs=1e-6)


def test_a_mirrored_pose_has_mirrored_keypoints():
    pose = standing().rotations.clone()
    pose[18] = yaw_matrix(torch.tensor(0.9))
    body = keypoints(pose)
    mirrored = keypoints(mirror_rotations(pose[None])[0])
    expected = body[list(KEYPOINT_MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(mirrored, expected, atol=1e-6, rtol=0)


def test_the_same_dice_take_the_same_photos():
    one, again, other = (photographed(8, seed=seed) for seed in (5, 5, 6))
    assert torch.equal(one.keypoints, again.keypoints) and not torch.equal(one.keypoints, other.keypoints)

"""From 3D landmarks to a pose: a pose is found again from its own keypoints."""

import pytest
import torch

from unipose.body.errors import mpjpe
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.lifting import lifted
from unipose.body.limits import clamp, violations
from unipose.body.pose import yaw_matrix
from unipose.body.postures import standing
from unipose.body.prior import PosePrior
from unipose.body.skeleton import forward_kinematics


@pytest.fixture(scope="module")
def poses():
    dice = torch.Generator().manual_seed(0)
    found = clamp(PosePrior.load().sample(48, dice))
    found[:, 0] = yaw_matrix(6.3 * torch.rand(48, generator=dice)) @ found[:, 0]
    return found


def joints(rotations):
    return forward_kinematics(rotations)[0]


def test_poses_are_found_again_from_their_keypoints(poses):
    found = lifted(keypoints(poses))
    assert mpjpe(joints(found), joints(poses)).mean() < 25
    assert violations(found).max() == 0


def test_neither_the_size_nor_the_place_of_the_landmarks_matters(poses):
    moved = keypoints(poses) * 1.7 + torch.tensor([3.0, -2.0, 5.0])
    assert torch.allclose(lifted(moved), lifted(keypoints(poses)), atol=1e-3)


def test_what_is_unknown_hangs_as_on_someone_who_stands(poses):
    known = torch.ones(48, 27)
    known[:, KEYPOINT_NAMES.index("left_elbow")] = 0
    known[:, KEYPOINT_NAMES.index("left_index")] = 0
    found = lifted(keypoints(poses), known)
    assert torch.allclose(found[:, 16], standing().rotations[16].expand(48, 3, 3), atol=1e-4)
    assert mpjpe(joints(found)[:, [5, 8, 19, 21]], joints(poses)[:, [5, 8, 19, 21]]).mean() < 40


def test_no_landmarks_at_all_are_someone_who_stands():
    found = lifted(torch.zeros(27, 3), torch.zeros(27))
    assert mpjpe(joints(found), joints(standing().rotations)) < 30


def test_another_number_of_landmarks_is_refused():
    with pytest.raises(ValueError, match=r"landmarks \[..., 27, 3\], found \[33, 3\]"):
        lifted(torch.zeros(33, 3))

"""What a single view cannot tell apart is drawn alike and is another pose."""

import pytest
import torch

from unipose.body.ambiguity import LIMBS, depth_flips
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.limits import joint_rotations, violations
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES

ELBOW, WRIST = (KEYPOINT_NAMES.index(f"left_{name}") for name in ("elbow", "wrist"))


def reaching():
    """Standing, the left arm half forward with a bent elbow."""
    angles = torch.zeros(22, 3)
    angles[JOINT_NAMES.index("left_shoulder")] = torch.tensor([0.0, -40.0, -50.0])
    angles[JOINT_NAMES.index("left_elbow")] = torch.tensor([0.0, -40.0, 0.0])
    turned = joint_rotations(angles)
    return torch.where((angles != 0).any(-1)[:, None, None], turned, standing().rotations)


def test_the_given_pose_comes_first_to_the_bit():
    pose = reaching()
    assert torch.equal(depth_flips(pose, ["left_arm"])[0], pose)
    assert torch.equal(depth_flips(pose, []), pose[None])


def test_a_flip_is_drawn_in_the_same_place_at_another_depth():
    pose = reaching()
    before, after = keypoints(pose), keypoints(depth_flips(pose, ["left_arm"]))
    assert len(after) == 4  # the upper bone, the lower bone, both
    drawn = (after[1:, [ELBOW, WRIST], :2] - before[[ELBOW, WRIST], :2]).norm(dim=-1).amax(-1)
    depth = (after[1:, WRIST, 2] - before[WRIST, 2]).abs()
    assert (drawn < 0.02).any() and depth.max() > 0.3


def test_other_limbs_stay_and_joints_stay_within_their_limits():
    pose = reaching()
    flipped = depth_flips(pose, ["left_arm"])
    others = [j for j, name in enumerate(JOINT_NAMES) if name not in ("left_shoulder", "left_elbow", "left_wrist")]
    assert torch.allclose(flipped[:, others], pose[others].expand(len(flipped), -1, -1, -1), atol=1e-4)
    assert violations(depth_flips(pose)).max() == 0


def test_the_number_of_hypotheses_stays_small():
    assert len(depth_flips(reaching(), LIMBS[:2])) == 16
    assert len(depth_flips(reaching(), LIMBS)) == 14


def test_unknown_limbs_are_named():
    with pytest.raises(ValueError, match="tail.*left_arm"):
        depth_flips(reaching(), ["tail"])

"""Poses are brought to detections: nearer to the truth than the draft, and no farther where the draft is good."""

import pytest
import roma
import torch

from unipose.body.cameras import Camera
from unipose.body.errors import pa_mpjpe
from unipose.body.fitting import Weights, fit
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.limits import clamp, violations
from unipose.body.pose import yaw_matrix
from unipose.body.postures import standing
from unipose.body.prior import PosePrior
from unipose.body.skeleton import REST_OFFSETS, forward_kinematics

COUNT = 8


@pytest.fixture(scope="module")
def people():
    """Poses, and what a careless detector sees of them: points [B, 27, 3] and landmarks [B, 27, 3]."""
    dice = torch.Generator().manual_seed(1)
    poses = clamp(PosePrior.load().sample(COUNT, dice))
    poses[:, 0] = yaw_matrix(6.3 * torch.rand(COUNT, generator=dice)) @ poses[:, 0]
    body = keypoints(poses)
    scale = torch.full((COUNT,), 300.0)
    drawn = Camera(scale, scale, scale).project(body)
    noise = 300 * 0.02 * torch.randn(drawn.shape, generator=dice)
    points = torch.cat((drawn + noise, torch.full((COUNT, 27, 1), 0.9)), dim=-1)
    landmarks = 1.2 * body + 0.03 * torch.randn(body.shape, generator=dice)
    return poses, points, landmarks


def shaken(poses, degrees):
    dice = torch.Generator().manual_seed(2)
    turns = torch.randn(len(poses), 22, 3, generator=dice) * torch.deg2rad(torch.tensor(degrees / 3**0.5))
    return clamp(poses @ roma.rotvec_to_rotmat(turns))


def error(found, poses):
    return pa_mpjpe(forward_kinematics(found)[0], forward_kinematics(poses)[0]).mean().item()


def test_a_bad_draft_comes_much_nearer(people):
    poses, points, landmarks = people
    draft = shaken(poses, 25.0)
    flat, deep = fit(draft, points), fit(draft, points, landmarks)
    assert error(flat.rotations, poses) < 0.65 * error(draft, poses)
    assert error(deep.rotations, poses) < 0.8 * error(flat.rotations, poses)
    assert flat.errors.mean() < 0.03


def test_a_good_draft_gets_no_worse(people):
    poses, points, _ = people
    draft = shaken(poses, 8.0)
    assert error(fit(draft, points).rotations, poses) < error(draft, poses)


def test_joints_stay_within_their_limits(people):
    poses, points, landmarks = people
    assert violations(fit(shaken(poses, 40.0), points, landmarks).rotations).max() == 0


def test_one_wild_point_does_not_bend_the_pose(people):
    poses, points, _ = people
    draft, wild = shaken(poses, 10.0), points.clone()
    wild[:, KEYPOINT_NAMES.index("left_wrist"), :2] += 250.0
    assert error(fit(draft, wild).rotations, poses) < error(fit(draft, points).rotations, poses) + 12


def test_unseen_limbs_stay_as_drafted(people):
    poses, points, _ = people
    draft, hidden = shaken(poses, 10.0), points.clone()
    legs = [k for k, name in enumerate(KEYPOINT_NAMES) if name.endswith(("knee", "ankle", "heel", "toe"))]
    hidden[:, legs] = 0.0
    found = fit(draft, hidden).rotations
    turned = torch.rad2deg(roma.rotmat_geodesic_distance(found[:, [4, 5]], draft[:, [4, 5]]))
    assert turned.mean() < 6


def test_long_legs_bend_the_pose_less_where_lengths_are_free():
    pose = standing().rotations[None]
    offsets = REST_OFFSETS.clone()
    offsets[[4, 5, 7, 8]] *= 1.15
    drawn = Camera(*torch.tensor([[300.0], [400.0], [400.0]])).project(keypoints(pose[0], offsets)[None])
    seen = torch.cat((drawn, torch.ones(1, 27, 1)), dim=-1)
    free, fixed = (error(fit(pose, seen, weights=Weights(length=each)).rotations, pose) for each in (0.08, 0.001))
    assert free < 0.8 * fixed


def test_claims_pull(people):
    """What else shall hold of a pose is brought about where the detections leave room."""
    poses, points, _ = people
    wrist = KEYPOINT_NAMES.index("left_wrist")

    def ahead(rotations):
        return (0.3 - keypoints(rotations)[:, wrist, 2:]).clamp_min(0.0).square() / 0.1**2

    hidden = points.clone()
    hidden[:, [k for k, name in enumerate(KEYPOINT_NAMES) if name.startswith("left_")], 2] *= 0.05
    before, after = fit(poses, hidden), fit(poses, hidden, claims=ahead)
    assert ahead(after.rotations).mean() < 0.3 * ahead(before.rotations).mean()


def test_without_a_view_the_draft_stays(people):
    poses, points, _ = people
    assert torch.allclose(fit(poses, torch.zeros_like(points)).rotations, clamp(poses), atol=1e-5)


def test_a_person_is_fitted_alike_alone_and_among_others(people):
    poses, points, _ = people
    draft = shaken(poses, 15.0)
    together, alone = fit(draft, points).rotations[3], fit(draft[3:4], points[3:4]).rotations[0]
    assert error(together[None], alone[None]) < 3


def test_it_works_where_gradients_are_off(people):
    poses, points, _ = people
    with torch.inference_mode():
        found = fit(poses[:1].clone(), points[:1], weights=Weights(steps=4)).rotations
    assert torch.isfinite(found).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d, p, w: (d, p[:, :26], w), r"points \[8, 27, 3\], found \[8, 26, 3\]"),
        (lambda d, p, w: (d[:3], p, w), r"points \[3, 27, 3\]"),
        (lambda d, p, w: (d, p, w * torch.nan), "world have numbers that are not finite"),
    ],
)
def test_wrong_input_is_refused(people, change, said):
    with pytest.raises(ValueError, match=said):
        fit(*change(*people))

"""Capsules against dense sampling, and against bodies of which we know what touches what."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body import capsules as body
from unipose.body.postures import standing
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics, mirror_rotations

NAMES = body.CAPSULE_NAMES


def turned(**joints: tuple[float, float, float]) -> torch.Tensor:
    """[22, 3, 3] the T-pose with some joints turned, axis-angle in radians."""
    axis_angle = torch.zeros(22, 3)
    for joint, rotation in joints.items():
        axis_angle[JOINT_NAMES.index(joint)] = torch.tensor(rotation)
    return axis_angle_to_matrix(axis_angle)


def random_poses(count: int, seed: int, spread: float = 0.6) -> torch.Tensor:
    noise = torch.randn(count, 22, 3, generator=torch.Generator().manual_seed(seed))
    return axis_angle_to_matrix(spread * noise)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1_000_000), kind=st.sampled_from(["general", "points", "parallel", "crossing"]))
def test_segment_distance_is_the_least_over_all_pairs_of_points(seed, kind):
    rng = np.random.default_rng(seed)
    a, b, c, d = rng.normal(size=(4, 3))
    if kind == "points":
        b = a
    elif kind == "parallel":
        d = c + (b - a) * rng.uniform(-2, 2)
    elif kind == "crossing":
        c, d = (a + b) / 2 - (d - c), (a + b) / 2 + (d - c)
    along = np.linspace(0, 1, 201)[:, None]
    first, second = a + along * (b - a), c + along * (d - c)
    sampled = np.linalg.norm(first[:, None] - second[None], axis=-1).min()
    found = body.segment_distance(*(torch.tensor(point) for point in (a, b, c, d))).item()
    step = (np.linalg.norm(b - a) + np.linalg.norm(d - c)) / 200
    assert sampled - step <= found <= sampled + 1e-6


def test_gradient_of_the_distance_is_its_slope():
    points = torch.randn(4, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3)).requires_grad_()
    assert torch.autograd.gradcheck(lambda p: body.segment_distance(*p.unbind(0)), points, eps=1e-7, atol=1e-5)


def test_gradients_are_finite_everywhere():
    poses = torch.stack([turned(), turned(pelvis=(math.pi, 0, 0)), turned(left_elbow=(0, math.pi, 0))])
    poses.requires_grad_()
    joints, turns = forward_kinematics(poses)
    surface = body.capsules(joints, turns)
    same = body.gaps(surface, [("head", "head"), ("left_hand", "left_hand")])  # coincident points
    total = body.self_penetration(joints, turns).sum() + same.sum() + body.lowest(surface).sum()
    total.backward()
    assert poses.grad is not None and poses.grad.isfinite().all()


def test_surfaces_grow_with_the_body_and_mirror_with_the_pose():
    poses = random_poses(40, seed=1)
    joints, turns = forward_kinematics(poses)
    gaps = body.gaps(body.capsules(joints, turns), body.PAIRS)
    larger = body.gaps(body.capsules(1.2 * joints, turns), body.PAIRS)
    assert torch.allclose(larger, 1.2 * gaps, atol=1e-5)
    mirrored = body.capsules(*forward_kinematics(mirror_rotations(poses)))
    swap = {"left": "right", "right": "left"}
    pairs = [
        tuple(f"{swap.get(n.split('_')[0], '')}_{n.split('_', 1)[1]}" if "_" in n else n for n in pair)
        for pair in body.PAIRS
    ]
    assert torch.allclose(body.gaps(mirrored, pairs), gaps, atol=1e-5)


def test_standing_and_sitting_do_not_penetrate_but_a_leg_through_a_leg_does():
    sitting = turned(**{f"{s}_{j}": (a, 0, 0) for s in ("left", "right") for j, a in (("hip", -1.5), ("knee", 1.5))})
    hanging = torch.as_tensor(axis_angle_to_matrix(torch.as_tensor(standing().axis_angle)))
    for pose in (turned(), sitting, hanging):
        assert body.self_penetration(*forward_kinematics(pose)).max() == 0
    through = turned(left_hip=(0, 0, -0.5))
    depth = body.self_penetration(*forward_kinematics(through))
    assert depth.max() > 0.02
    assert set(body.PAIRS[int(depth.argmax())]) <= {f"{s}_{p}" for s in ("left", "right") for p in ("thigh", "shin")}


def test_lowest_points_are_those_of_the_sampled_surface():
    joints, turns = forward_kinematics(random_poses(5, seed=2))
    surface = body.capsules(joints, turns)
    ball = torch.nn.functional.normalize(torch.randn(4000, 3, generator=torch.Generator().manual_seed(0)), dim=-1)
    for part in range(len(NAMES)):
        ends = torch.stack([surface.starts[:, part], surface.ends[:, part]], dim=1)
        points = ends[:, :, None] + surface.radii[:, part, None, None, None] * ball
        assert torch.allclose(points[..., 1].amin((1, 2)), body.lowest(surface)[:, part], atol=2e-3)


def test_real_poses_hardly_penetrate(shared):
    with np.load(shared / "data" / "poses.npz") as data:
        keep = (data["tier"] <= 1) & (data["split"] == 0)
        poses = axis_angle_to_matrix(torch.from_numpy(data["pose_aa"][keep].astype(np.float32)))
    depth = body.self_penetration(*forward_kinematics(poses)).amax(-1)
    assert (depth < 0.01).float().mean() >= 0.95  # 97 % of all captured poses; these are the most unusual ones


def test_unknown_parts_are_reported():
    surface = body.capsules(*forward_kinematics(turned()))
    with pytest.raises(ValueError, match="tail"):
        body.gaps(surface, [("tail", "head")])

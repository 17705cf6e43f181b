"""Balance against a hull, a centre of mass and a share of load worked out in numpy."""

import math

import numpy as np
import pytest
import torch

from unipose.body.balance import centre_of_mass, left_load, support_margin
from unipose.body.capsules import CAPSULE_NAMES, Capsules, capsules
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics, mirror_rotations

# de Leva's shares: percent, from joint, to joint, where between them
SEGMENTS = [
    (2.71, "shoulder", "elbow", 0.577),
    (1.62, "elbow", "wrist", 0.457),
    (14.16, "hip", "knee", 0.410),
    (4.33, "knee", "ankle", 0.446),
]


def posed(**joints: tuple[float, float, float]) -> Capsules:
    axis_angle = torch.zeros(22, 3)
    for joint, rotation in joints.items():
        axis_angle[JOINT_NAMES.index(joint)] = torch.tensor(rotation)
    return capsules(*forward_kinematics(axis_angle_to_matrix(axis_angle)))


def random_poses(count: int, seed: int) -> torch.Tensor:
    noise = torch.randn(count, 22, 3, generator=torch.Generator().manual_seed(seed))
    return axis_angle_to_matrix(0.4 * noise)


def second_opinion(body: Capsules) -> float:
    """The margin of one body: a convex hull of round contacts, walked around edge by edge."""
    starts, ends, radii = (each.numpy().astype(float) for each in (body.starts, body.ends, body.radii))
    points, radius = np.concatenate([starts, ends]), np.concatenate([radii, radii])
    height = points[:, 1] - radius
    down = height - height.min() <= 0.05
    angle = np.arange(720) * math.tau / 720
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    cloud = (points[down][:, None, [0, 2]] + 0.7 * radius[down][:, None, None] * circle).reshape(-1, 2)
    centre = centre_of_mass(body).numpy()[[0, 2]]
    hull = _hull(cloud)
    edge_to = np.inf
    for a, b in zip(hull, np.roll(hull, -1, axis=0), strict=True):
        along = np.clip((centre - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        edge_to = min(edge_to, float(np.linalg.norm(centre - a - along * (b - a))))
    cross = [np.cross(b - a, centre - a) for a, b in zip(hull, np.roll(hull, -1, axis=0), strict=True)]
    signed = edge_to if min(cross) >= 0 else -edge_to
    return signed / max(0.08, (cloud @ circle.T).max(axis=0).mean())


def _hull(points: np.ndarray) -> np.ndarray:
    """Counter-clockwise convex hull by the monotone chain."""
    ordered = sorted(map(tuple, points))

    def half(chain):
        kept: list[np.ndarray] = []
        for point in map(np.array, chain):
            while len(kept) > 1 and np.cross(kept[-1] - kept[-2], point - kept[-2]) <= 0:
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array(half(ordered) + half(reversed(ordered)))


@pytest.mark.parametrize("lean", [-0.5, -0.2, -0.05, 0.0, 0.05, 0.2, 0.5])
def test_margin_is_the_signed_distance_to_the_hull(lean):
    body = posed(spine1=(lean, 0.0, 0.2 * lean), left_shoulder=(0, 0, -1.2), right_shoulder=(0, 0, 1.2))
    assert support_margin(body).item() == pytest.approx(second_opinion(body), abs=0.02)


def test_centre_of_mass_follows_the_limbs():
    rest, bent = {}, {"left_hip": (-1.2, 0, 0.3), "left_knee": (1.0, 0, 0), "right_shoulder": (0.4, 0.5, 0.3)}
    moved = np.zeros(3)
    for percent, start, end, along in SEGMENTS:
        for side in ("left", "right"):
            which = [JOINT_NAMES.index(f"{side}_{joint}") for joint in (start, end)]
            for sign, joints in ((-1, rest), (1, bent)):
                axis_angle = torch.zeros(22, 3)
                for joint, rotation in joints.items():
                    axis_angle[JOINT_NAMES.index(joint)] = torch.tensor(rotation)
                places = forward_kinematics(axis_angle_to_matrix(axis_angle))[0].numpy().astype(float)
                a, b = places[which[0]], places[which[1]]
                moved += sign * percent / 100 * (a + along * (b - a))
    found = (centre_of_mass(posed(**bent)) - centre_of_mass(posed(**rest))).numpy()
    assert found == pytest.approx(moved, abs=0.02)  # hands and feet, 4 % of the mass, are left out here


def test_a_lifted_foot_carries_nothing():
    assert left_load(posed()).item() == pytest.approx(0.0, abs=1e-3)
    assert left_load(posed(right_hip=(-1.2, 0, 0), right_knee=(1.2, 0, 0))).item() == pytest.approx(1.0)
    assert left_load(posed(left_hip=(-1.2, 0, 0), left_knee=(1.2, 0, 0))).item() == pytest.approx(-1.0)
    leaning = posed(spine1=(0, 0, -0.4))  # toward +X, the left
    assert left_load(leaning).item() > 0.2


def test_standing_is_stable_and_leaning_far_is_not():
    assert support_margin(posed()).item() > 0.2
    assert support_margin(posed(pelvis=(0.4, 0, 0), left_ankle=(-0.4, 0, 0), right_ankle=(-0.4, 0, 0))).item() < 0


def test_mirror_heading_and_size():
    poses = random_poses(200, seed=4)
    joints, turned = forward_kinematics(poses)
    body, mirrored = capsules(joints, turned), capsules(*forward_kinematics(mirror_rotations(poses)))
    larger = capsules(1.25 * joints, turned)
    turn = axis_angle_to_matrix(torch.tensor([0.0, 1.1, 0.0]))
    around = capsules(joints @ turn.T, turn @ turned)
    for other in (mirrored, larger, around):
        assert torch.allclose(support_margin(other), support_margin(body), atol=5e-3, rtol=1e-3)
    assert torch.allclose(left_load(mirrored), -left_load(body), atol=1e-4)
    assert torch.allclose(left_load(larger), left_load(body), atol=1e-4)
    assert left_load(body).abs().max() <= 1


def test_gradients_are_finite_everywhere():
    poses = torch.cat([random_poses(50, seed=5), torch.eye(3).expand(1, 22, 3, 3)]).requires_grad_()
    body = capsules(*forward_kinematics(poses))
    (support_margin(body).sum() + left_load(body).sum()).backward()
    assert poses.grad is not None and poses.grad.isfinite().all()
    assert body.starts.shape[-2] == len(CAPSULE_NAMES)

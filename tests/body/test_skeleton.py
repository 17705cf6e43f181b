"""The kinematic tree against a computation that shares no code with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import (
    JOINT_NAMES,
    JOINT_NAMES_24,
    MIRROR,
    MIRROR_24,
    PARENTS,
    PARENTS_24,
    REST_OFFSETS,
    forward_kinematics,
    mirror_rotations,
)

AXIS_ANGLES = arrays(np.float64, (24, 3), elements=st.floats(-4.0, 4.0))


def quaternion(vector):
    angle = np.linalg.norm(vector)
    axis = vector / angle if angle > 1e-12 else np.zeros(3)
    return np.concatenate(([np.cos(angle / 2)], np.sin(angle / 2) * axis))


def multiply(p, q):
    return np.concatenate(([p[0] * q[0] - p[1:] @ q[1:]], p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])))


def rotate(q, point):
    return multiply(multiply(q, np.concatenate(([0.0], point))), q * [1, -1, -1, -1])[1:]


@settings(max_examples=30, deadline=None)
@given(AXIS_ANGLES, st.sampled_from([22, 24]))
def test_forward_kinematics_agrees_with_quaternions(vectors, count):
    joints, turned = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(vectors[:count])))
    places, turns = [np.zeros(3)], [quaternion(vectors[0])]
    for joint in range(1, count):
        parent = PARENTS_24[joint]
        places.append(places[parent] + rotate(turns[parent], REST_OFFSETS[joint].double().numpy()))
        turns.append(multiply(turns[parent], quaternion(vectors[joint])))
    np.testing.assert_allclose(joints.numpy(), places, atol=1e-9)
    forward = [rotate(turn, np.array([0.3, -0.5, 0.8])) for turn in turns]
    np.testing.assert_allclose(turned.numpy() @ [0.3, -0.5, 0.8], forward, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(AXIS_ANGLES)
def test_mirrored_rotations_mirror_the_joints(vectors):
    rotations = axis_angle_to_matrix(torch.from_numpy(vectors))
    joints, _ = forward_kinematics(rotations)
    mirrored, _ = forward_kinematics(mirror_rotations(rotations))
    expected = joints[list(MIRROR_24)] * torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(mirrored, expected, atol=1e-12, rtol=0)
    assert torch.equal(mirror_rotations(mirror_rotations(rotations)), rotations)


def test_tables_are_smpl_order():
    assert len(JOINT_NAMES) == len(PARENTS) == len(MIRROR) == 22 and len(JOINT_NAMES_24) == 24
    assert JOINT_NAMES[16] == "left_shoulder" and JOINT_NAMES[21] == "right_wrist"
    assert all(parent < joint for joint, parent in enumerate(PARENTS_24))
    for joint, other in enumerate(MIRROR_24):
        swapped = JOINT_NAMES_24[joint].replace("left", "?").replace("right", "left").replace("?", "right")
        assert JOINT_NAMES_24[other] == swapped


def test_left_is_positive_x_and_the_rest_is_symmetric():
    joints, _ = forward_kinematics(torch.eye(3).expand(24, 3, 3))
    for name, place in zip(JOINT_NAMES_24, joints, strict=True):
        side = name.partition("_")[0]
        assert np.sign(place[0].item()) == {"left": 1, "right": -1}.get(side, 0), name
    assert torch.equal(joints[list(MIRROR_24)] * torch.tensor([-1.0, 1.0, 1.0]), joints)


@pytest.mark.parametrize(
    ("joint", "vector", "moves", "axis", "sign"),
    [
        ("left_shoulder", (0, 0, 1), "left_wrist", 1, 1),  # arm up
        ("right_shoulder", (0, 0, -1), "right_wrist", 1, 1),
        ("left_elbow", (0, -1, 0), "left_wrist", 2, 1),  # forearm forward
        ("left_hip", (-1, 0, 0), "left_knee", 2, 1),  # thigh forward
        ("left_knee", (1, 0, 0), "left_ankle", 2, -1),  # heel back
        ("spine1", (1, 0, 0), "head", 2, 1),  # bow
        ("pelvis", (0, 1, 0), "left_wrist", 2, -1),  # turning left takes the left hand back
    ],
)
def test_signs_of_rotations(joint, vector, moves, axis, sign):
    vectors = torch.zeros(22, 3)
    vectors[JOINT_NAMES.index(joint)] = torch.tensor(vector, dtype=torch.float32)
    rest, _ = forward_kinematics(torch.eye(3).expand(22, 3, 3))
    posed, _ = forward_kinematics(axis_angle_to_matrix(vectors))
    moved = (posed - rest)[JOINT_NAMES.index(moves)]
    assert moved[axis] * sign > 0.1


def test_batches_are_rows_of_their_own():
    rotations = axis_angle_to_matrix(torch.randn(2, 3, 22, 3, generator=torch.Generator().manual_seed(0)))
    joints, turned = forward_kinematics(rotations)
    assert joints.shape == (2, 3, 22, 3) and turned.shape == (2, 3, 22, 3, 3)
    torch.testing.assert_close(forward_kinematics(rotations[1, 2])[0], joints[1, 2])


@pytest.mark.parametrize("shape", [(22, 3), (21, 3, 3), (3, 3), (22, 3, 4)])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match=r"22 or 24, 3, 3\], found"):
        forward_kinematics(torch.zeros(shape))

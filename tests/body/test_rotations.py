"""Rotation conventions against published vectors."""

from __future__ import annotations

import pytest
import roma
import torch
from safetensors.torch import load_file

from unipose.body.rotations import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    matrix_to_rot6d,
    rot6d_to_matrix,
    to_y_up,
    to_z_up,
)
from unipose.data.adapters.labelled import Z_UP


@pytest.fixture(params=["f32", "f64"])
def golden(request, shared):
    stored = load_file(shared / "reference" / "golden" / "unipose" / "e_rotations.safetensors")
    return {name.partition(".")[2]: value for name, value in stored.items() if name.startswith(request.param)}


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    """To 1e-5 in single precision, 1e-7 in double, and in the same precision."""
    atol = 1e-5 if expected.dtype == torch.float32 else 1e-7
    torch.testing.assert_close(found, expected, atol=atol, rtol=0)


def test_axis_angle_to_matrix(golden):
    close(axis_angle_to_matrix(golden["axis_angle"]), golden["matrix"])


def test_rot6d_is_the_first_two_rows(golden):
    close(matrix_to_rot6d(golden["matrix"]), golden["rot6d"])
    close(rot6d_to_matrix(golden["rot6d"]), golden["matrix_from_rot6d"])
    close(rot6d_to_matrix(golden["raw6d"]), golden["matrix_from_raw6d"])


def test_matrix_to_axis_angle(golden):
    ours, published = matrix_to_axis_angle(golden["matrix"]), golden["axis_angle_from_matrix"]
    # From 48 on the angle is pi or past it, where the published conversion loses the axis' signs; ours must be right.
    torch.testing.assert_close(ours[:48], published[:48], atol=2e-3, rtol=0)
    close(ours[:36], golden["axis_angle"][:36])
    assert roma.rotmat_geodesic_distance(axis_angle_to_matrix(ours), golden["matrix"]).max() < 2e-3


def test_published_quaternions_turn_as_our_matrices_do(golden):
    """The same turn by two roads; q and -q are one."""
    for name in ("quaternion_from_axis_angle", "quaternion_from_matrix"):
        quaternion = golden[name].roll(-1, dims=-1)  # real part last, as roma has it
        turned = roma.rotmat_geodesic_distance(roma.unitquat_to_rotmat(quaternion), golden["matrix"])
        assert turned.max() < 2e-3, name
    close(
        axis_angle_to_matrix(golden["axis_angle"]),
        roma.unitquat_to_rotmat(golden["quaternion_from_axis_angle"].roll(-1, -1)),
    )


def test_degenerate_rows_stay_finite(shared):
    stored = load_file(shared / "reference" / "golden" / "unipose" / "e_rotations.safetensors")
    found = rot6d_to_matrix(stored["f32.degenerate6d"])
    torch.testing.assert_close(found, stored["f32.matrix_from_degenerate6d"], atol=1e-6, rtol=0)


def test_from_raw_rows_to_axis_angle(golden):
    ours = axis_angle_to_matrix(matrix_to_axis_angle(rot6d_to_matrix(golden["raw6d"])))
    close(ours, golden["matrix_from_raw6d"])
    published = axis_angle_to_matrix(golden["axis_angle_from_raw6d_matrix"])
    torch.testing.assert_close(ours, published, atol=2e-3, rtol=0)


def test_axes_of_amass_and_back():
    """Upright in ours is Z up in AMASS's; only the root turns, and the data adapters turn the same way."""
    poses = axis_angle_to_matrix(torch.randn(3, 22, 3, generator=torch.Generator().manual_seed(0)))
    turned = to_z_up(poses)
    assert torch.equal(turned[:, 1:], poses[:, 1:])
    torch.testing.assert_close(to_y_up(turned), poses)
    torch.testing.assert_close(Z_UP.float() @ turned[:, 0], poses[:, 0])
    upright = to_z_up(torch.eye(3).expand(1, 22, 3, 3))[0, 0]
    assert upright[:, 1].tolist() == [0, 0, 1]  # the body's up axis

"""Rotation conventions against published vectors."""

from __future__ import annotations

import pytest
import roma
import torch
from safetensors.torch import load_file

from unipose.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle, matrix_to_rot6d, rot6d_to_matrix


@pytest.fixture(params=["f32", "f64"])
def golden(request, shared):
    stored = load_file(shared / "reference" / "golden" / "unipose" / "e_rotations.safetensors")
    return {name.partition(".")[2]: value for name, value in stored.items() if name.startswith(request.param)}


def test_axis_angle_to_matrix(golden):
    torch.testing.assert_close(axis_angle_to_matrix(golden["axis_angle"]), golden["matrix"], atol=1e-5, rtol=0)


def test_rot6d_is_the_first_two_rows(golden):
    torch.testing.assert_close(matrix_to_rot6d(golden["matrix"]), golden["rot6d"])
    torch.testing.assert_close(rot6d_to_matrix(golden["rot6d"]), golden["matrix_from_rot6d"], atol=1e-5, rtol=0)
    torch.testing.assert_close(rot6d_to_matrix(golden["raw6d"]), golden["matrix_from_raw6d"], atol=1e-5, rtol=0)


def test_matrix_to_axis_angle(golden):
    ours, published = matrix_to_axis_angle(golden["matrix"]), golden["axis_angle_from_matrix"]
    # From 48 on the angle is pi or past it, where the published conversion loses the axis' signs; ours must be right.
    torch.testing.assert_close(ours[:48], published[:48], atol=2e-3, rtol=0)
    turned = roma.rotmat_geodesic_distance(axis_angle_to_matrix(ours), golden["matrix"])
    assert turned.max() < 2e-3


def test_degenerate_rows_stay_finite(shared):
    stored = load_file(shared / "reference" / "golden" / "unipose" / "e_rotations.safetensors")
    found = rot6d_to_matrix(stored["f32.degenerate6d"])
    torch.testing.assert_close(found, stored["f32.matrix_from_degenerate6d"], atol=1e-6, rtol=0)


def test_from_raw_rows_to_axis_angle(golden):
    ours = axis_angle_to_matrix(matrix_to_axis_angle(rot6d_to_matrix(golden["raw6d"])))
    published = axis_angle_to_matrix(golden["axis_angle_from_raw6d_matrix"])
    torch.testing.assert_close(ours, published, atol=2e-3, rtol=0)

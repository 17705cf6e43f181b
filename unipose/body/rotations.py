"""The two rotation conversions whose convention is ours to fix; all others are roma's.

"6D" here means the **first two rows** of the matrix, row-major (UniPose's and PyTorch3D's convention). Most SMPL code
(HMR, SPIN, roma's ``special_gramschmidt``) takes the first two *columns*; mixing them up transposes every rotation.
"""

from __future__ import annotations

import roma
import torch
from torch import Tensor


def matrix_to_rot6d(rotations: Tensor) -> Tensor:
    """[..., 3, 3] rotation matrices to [..., 6]: the first two rows, row-major."""
    return rotations[..., :2, :].flatten(-2)


def rot6d_to_matrix(rot6d: Tensor) -> Tensor:
    """[..., 6] (first two rows, any scale) to [..., 3, 3] rotation matrices by Gram-Schmidt.

    Normalisation is clamped, so a zero row gives a zero row rather than NaN.
    """
    first = torch.nn.functional.normalize(rot6d[..., :3], dim=-1, eps=1e-12)
    second = rot6d[..., 3:]
    second = torch.nn.functional.normalize(second - (first * second).sum(-1, keepdim=True) * first, dim=-1, eps=1e-12)
    return torch.stack((first, second, torch.linalg.cross(first, second, dim=-1)), dim=-2)


def axis_angle_to_matrix(axis_angle: Tensor) -> Tensor:
    """[..., 3] axis-angle in radians to [..., 3, 3] rotation matrices."""
    return roma.rotvec_to_rotmat(axis_angle)


def matrix_to_axis_angle(rotations: Tensor) -> Tensor:
    """[..., 3, 3] rotation matrices to [..., 3] axis-angle in radians, angle in [0, pi]."""
    return roma.rotmat_to_rotvec(rotations)


def to_z_up(rotations: Tensor) -> Tensor:
    """Poses [..., J, 3, 3] in our axes (Y up) to AMASS's (Z up): the root turned by a right angle about X."""
    return _turned(rotations, rotations.new_tensor(_Z_UP))


def to_y_up(rotations: Tensor) -> Tensor:
    """Poses [..., J, 3, 3] in AMASS's axes (Z up) to ours (Y up)."""
    return _turned(rotations, rotations.new_tensor(_Z_UP).T)


_Z_UP = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))


def _turned(rotations: Tensor, turn: Tensor) -> Tensor:
    return torch.cat((turn @ rotations[..., :1, :, :], rotations[..., 1:, :, :]), dim=-3)

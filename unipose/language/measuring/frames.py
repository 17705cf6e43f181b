"""The frames a pose is measured in: heading, pelvis and chest.

A frame is a matrix whose rows are the body-left, up and front axes in the coordinates of the joints, so that
``frame @ vector`` gives the vector's left, up and front parts. World up is +Y.
"""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES

FRAMES = ("heading", "pelvis", "chest")
AXES = {
    "left": (0, 1.0),
    "right": (0, -1.0),
    "up": (1, 1.0),
    "down": (1, -1.0),
    "front": (2, 1.0),
    "back": (2, -1.0),
}
"""Axis name to (row of a frame, sign)."""

_UPRIGHT_ENOUGH = 0.5  # sine of the trunk's elevation: below 30 degrees the shoulder line says little about facing
_JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}


def _flat(vector: Tensor) -> Tensor:
    return vector * vector.new_tensor([1.0, 0.0, 1.0])


def heading(joints: Tensor) -> Tensor:
    """The gravity-aligned frame that faces where the body faces.

    Facing comes from the hip and shoulder lines. When the trunk is within 30 degrees of horizontal these can be
    steep, so the hip line is used if it is level enough, and otherwise the direction from pelvis to neck.

    Args:
        joints: [..., 22, 3] positions, Y up.

    Returns:
        [..., 3, 3], rows left, up, front.
    """
    hips = joints[..., _JOINT["left_hip"], :] - joints[..., _JOINT["right_hip"], :]
    shoulders = joints[..., _JOINT["left_shoulder"], :] - joints[..., _JOINT["right_shoulder"], :]
    trunk = joints[..., _JOINT["neck"], :] - joints[..., _JOINT["pelvis"], :]
    rise = trunk[..., 1] / trunk.norm(dim=-1).clamp_min(1e-6)
    hip_level = _flat(hips).norm(dim=-1) / hips.norm(dim=-1).clamp_min(1e-6)
    # front = left x up: for a horizontal vector (x, 0, z) seen as left, that is (-z, 0, x)
    front_as_left = torch.stack([trunk[..., 2], torch.zeros_like(rise), -trunk[..., 0]], dim=-1)
    lying = torch.where((hip_level >= 0.5)[..., None], _flat(hips), front_as_left)
    left = torch.where((rise.abs() >= _UPRIGHT_ENOUGH)[..., None], _flat(hips + shoulders), lying)
    length = left.norm(dim=-1, keepdim=True)
    left = torch.where(length > 1e-6, left / length.clamp_min(1e-6), left.new_tensor([1.0, 0.0, 0.0]))
    up = left.new_tensor([0.0, 1.0, 0.0]).expand_as(left)
    return torch.stack([left, up, torch.linalg.cross(left, up)], dim=-2)


def frames(joints: Tensor, turned: Tensor) -> Tensor:
    """All frames of ``FRAMES``.

    Args:
        joints: [..., 22, 3] positions, Y up.
        turned: [..., 22, 3, 3] global rotations.

    Returns:
        [..., 3 frames, 3 axes, 3].
    """
    pelvis = turned[..., _JOINT["pelvis"], :, :].transpose(-1, -2)
    chest = turned[..., _JOINT["spine3"], :, :].transpose(-1, -2)
    return torch.stack([heading(joints), pelvis, chest], dim=-3)

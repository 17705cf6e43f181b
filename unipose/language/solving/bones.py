"""Angles to rotations to joints, made for going downhill: few operations a step, whatever the depth of the tree.

``joint_rotations`` and ``forward_kinematics`` of ``unipose.body`` do the same, and agree to rounding. They take
hundreds of small operations and autograd as many to come back, most of the time of a step. Here the tree is walked by
doubling, a few products of all joints at once, and its gradient is written down.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from unipose.body.limits import twist_axes
from unipose.body.skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS

_COUNT = len(JOINT_NAMES)


def bend(angles: Tensor, pelvis: Tensor) -> Tensor:
    """Poses [B, 22, 3, 3] of swing and twist angles [B, 22, 3] in degrees.

    Args:
        angles: as :func:`unipose.body.limits.joint_angles` gives them; those of the pelvis are a rotation vector.
        pelvis: [B, 3, 3] what the pelvis turns on from.
    """
    twist = twist_axes().to(angles) * _IS_CHILD[:, None]
    swung, twisted = _rotation(torch.deg2rad(angles) * torch.stack((1.0 - twist, twist))[:, None])
    base = torch.eye(3).to(angles).expand(len(angles), _COUNT - 1, 3, 3)
    return swung @ twisted @ torch.cat((pelvis[:, None], base), dim=1)


def _rotation(vectors: Tensor) -> Tensor:
    """Rotation vectors [..., 3] in radians to matrices [..., 3, 3], by Rodrigues' formula."""
    half = 0.5 * ((vectors * vectors).sum(-1) + _TINY).sqrt()[..., None, None]
    across = (vectors @ _CROSS).unflatten(-1, (3, 3))
    ratio = half.sin() / half
    return torch.eye(3).to(vectors) + half.cos() * ratio * across + 0.5 * ratio * ratio * (across @ across)


def place(rotations: Tensor) -> tuple[Tensor, Tensor]:
    """Joints [..., 22, 3] in metres and global rotations [..., 22, 3, 3] of poses [..., 22, 3, 3].

    The gradient is right for rotation matrices only, and cannot itself be differentiated.
    """
    return _Place.apply(rotations)  # type: ignore[no-any-return,no-untyped-call]


def _steps() -> list[Tensor]:
    """For each doubling the joint that each joint's product so far hangs on; ``_COUNT`` stands for none."""
    up, found = [*(parent if parent >= 0 else _COUNT for parent in PARENTS), _COUNT], []
    while any(each != _COUNT for each in up):
        found.append(torch.tensor(up[:_COUNT]))
        up = [up[each] for each in up]
    return found


def _below() -> Tensor:
    """[22, 22]: one where the joint of the column is that of the row or hangs on it."""
    below = torch.eye(_COUNT)
    for joint in reversed(range(1, _COUNT)):
        below[PARENTS[joint]] += below[joint]
    return below


_TINY = 1e-12  # radians squared: keeps the gradient of no rotation finite
# [3, 9]: what of a vector stands where in the matrix of the cross product with it
_CROSS = torch.tensor(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0],
        [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    ]
)
_STEPS, _BELOW = _steps(), _below()
_PARENT = torch.tensor([max(parent, 0) for parent in PARENTS])
_IS_CHILD = torch.tensor([parent >= 0 for parent in PARENTS]).float()
_CHILDREN = torch.zeros(_COUNT, _COUNT).index_put_((_PARENT, torch.arange(_COUNT)), _IS_CHILD)
_OFFSETS = REST_OFFSETS[:_COUNT] * _IS_CHILD[:, None]


class _Place(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rotations: Tensor) -> tuple[Tensor, Tensor]:
        eye = torch.eye(3).to(rotations).expand(*rotations.shape[:-3], 1, 3, 3)
        turned = rotations
        for step in _STEPS:
            turned = torch.cat((turned, eye), dim=-3)[..., step, :, :] @ turned
        hung = turned[..., _PARENT, :, :]
        bones = (hung @ _OFFSETS[..., None])[..., 0]
        ctx.save_for_backward(turned, hung, bones)
        return _BELOW.T @ bones, turned

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Tensor:  # type: ignore[override]
        on_joints, on_turned = grads
        turned, hung, bones = ctx.saved_tensors
        # what pulls at a joint pulls at the end of each bone above it; a turn of a joint turns all that hangs on it
        pull = _BELOW @ on_joints
        lever = _CHILDREN @ (pull[..., None] * bones[..., None, :]).flatten(-2)
        local = lever + (on_turned @ turned.transpose(-1, -2)).flatten(-2)
        torque = (_BELOW @ local).unflatten(-1, (3, 3))
        own = torque @ turned
        return torch.cat((own[..., :1, :, :], (hung.transpose(-1, -2) @ own)[..., 1:, :, :]), dim=-3)

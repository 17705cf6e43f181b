"""How far joints bend: a box of swing and twist angles for each joint.

The rotation of a joint is a *twist* about its own bone followed by a *swing* of that bone, so three angles describe
it: the component along the bone's axis (X for collars and arms, Y for all else) is the twist, the other two are the
swing as a rotation vector. The limits are the range of these angles in captured motion (CMU, both sides pooled, the
outermost 0.05 % at each end left out), rounded outwards to five degrees; elbows may close to 150 degrees, as people's
do. More than 99.8 % of the captured rotations of every joint pass. The pelvis carries the orientation of the whole body
and has no limits.
"""

from __future__ import annotations

import functools
import math

import roma
import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES

# Degrees about X, Y and Z, lowest and highest, of the left side and the midline. Bending a hip forward, an ankle's toes
# up or an arm forward of the T-pose is negative; bending a knee or the trunk forward is positive.
_LIMITS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "left_hip": ((-130, 50), (-65, 80), (-55, 100)),
    "spine1": ((-30, 60), (-25, 25), (-25, 25)),
    "left_knee": ((-8, 150), (-40, 35), (-45, 25)),
    "spine2": ((-25, 30), (-25, 25), (-20, 20)),
    "left_ankle": ((-75, 65), (-50, 60), (-35, 45)),
    "spine3": ((-30, 35), (-25, 25), (-20, 20)),
    "left_foot": ((-50, 70), (-10, 10), (-15, 15)),
    "neck": ((-40, 55), (-45, 45), (-40, 40)),
    "left_collar": ((-10, 10), (-45, 35), (-25, 50)),
    "head": ((-70, 30), (-55, 55), (-50, 50)),
    "left_shoulder": ((-155, 130), (-120, 75), (-110, 90)),
    "left_elbow": ((-95, 95), (-150, 10), (-45, 65)),
    "left_wrist": ((-80, 80), (-80, 80), (-70, 80)),
}
_TWIST_ABOUT_X = ("collar", "shoulder", "elbow", "wrist")
# What `clamp` stays inside by, degrees: more than float32 loses in going from angles to matrices and back.
_SLACK = 0.05


@functools.cache
@torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
def limits() -> tuple[Tensor, Tensor]:
    """The lowest and highest angles, float32 [22, 3] degrees each; infinite for the pelvis."""
    rows = []
    for name in JOINT_NAMES:
        x, y, z = _LIMITS.get(name.replace("right_", "left_"), ((-math.inf, math.inf),) * 3)
        if name.startswith("right_"):  # the mirror image turns the other way about the upright and the forward axis
            y, z = (-y[1], -y[0]), (-z[1], -z[0])
        rows.append((x, y, z))
    low, high = torch.tensor(rows, dtype=torch.float32).unbind(-1)
    return low, high


def joint_angles(rotations: Tensor) -> Tensor:
    """Rotations as swing and twist.

    Args:
        rotations: [..., 22, 3, 3] local rotation matrices.

    Returns:
        [..., 22, 3] degrees about X, Y and Z; :func:`joint_rotations` undoes it. Differentiable.
    """
    quaternion = roma.rotmat_to_unitquat(rotations)
    quaternion = torch.where(quaternion[..., 3:] < 0, -quaternion, quaternion)
    axis = twist_axes().to(rotations)
    along = (quaternion[..., :3] * axis).sum(-1)
    real = quaternion[..., 3]
    # where the swing is half a turn the twist is anything; none is as good as any
    undefined = along.abs() + real < 1e-6
    half = torch.atan2(torch.where(undefined, 0.0, along), torch.where(undefined, 1.0, real))
    untwist = torch.cat([-axis * half.sin()[..., None], half.cos()[..., None]], dim=-1)
    swing = roma.unitquat_to_rotvec(roma.quat_product(quaternion, untwist))
    return torch.rad2deg(torch.where(axis > 0, 2.0 * half[..., None], swing))


def joint_rotations(angles: Tensor) -> Tensor:
    """Swing and twist angles [..., 22, 3] in degrees to rotation matrices [..., 22, 3, 3]. Differentiable."""
    axis = twist_axes().to(angles)
    radians = torch.deg2rad(angles)
    return roma.rotvec_to_rotmat(radians * (1.0 - axis)) @ roma.rotvec_to_rotmat(radians * axis)


def violations(rotations: Tensor) -> Tensor:
    """How far joints are bent beyond their limits.

    Args:
        rotations: [..., 22, 3, 3] local rotation matrices.

    Returns:
        [..., 22] degrees, summed over the three angles of a joint; 0 within the limits. Differentiable.
    """
    angles = joint_angles(rotations)
    low, high = (bound.to(angles) for bound in limits())
    return ((low - angles).clamp_min(0.0) + (angles - high).clamp_min(0.0)).sum(-1)


def clamp_angles(angles: Tensor) -> Tensor:
    """Angles [..., 22, 3] in degrees moved just inside their limits."""
    low, high = (bound.to(angles) for bound in limits())
    return angles.clamp(low + _SLACK, high - _SLACK)


def clamp(rotations: Tensor) -> Tensor:
    """The pose with the angles of each joint that is out of its limits moved just inside; others stay as they are.

    Args:
        rotations: [..., 22, 3, 3] local rotation matrices.

    Returns:
        Rotations of the same shape, none of which :func:`violations` objects to. Differentiable.
    """
    over = (violations(rotations) > 0)[..., None, None]
    return torch.where(over, joint_rotations(clamp_angles(joint_angles(rotations))), rotations)


@functools.cache
@torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
def twist_axes() -> Tensor:
    """[22, 3]: one at the axis each joint twists about."""
    about_x = torch.tensor([any(part in name for part in _TWIST_ABOUT_X) for name in JOINT_NAMES])[:, None]
    return torch.where(about_x, torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))

"""How far estimates are from the truth, as the field measures it, on our body."""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.errors import mpjpe, pa_mpjpe
from unipose.body.mesh import FreeBody
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.evaluation.metrics import Estimate, estimate

_FOURTEEN = ("ankle", "knee", "hip", "wrist", "elbow", "shoulder")
PROTOCOLS: dict[str, tuple[int, ...]] = {
    "22 joints": tuple(range(len(JOINT_NAMES))),
    "14 joints": (
        *(JOINT_NAMES.index(f"{side}_{name}") for name in _FOURTEEN for side in ("right", "left")),
        JOINT_NAMES.index("neck"),
        JOINT_NAMES.index("head"),
    ),
}
"""Joints that are compared: all of the body's, or those of the published protocols (LSP's 14). The published ones are
regressed from SMPL's vertices; ours are the skeleton's, and its head is the joint, not the crown."""

_AT_ONCE = 64


def distances(rotations: Tensor, target: Tensor, joints: tuple[int, ...] = PROTOCOLS["22 joints"]) -> dict[str, Tensor]:
    """Errors of poses [N, 22, 3, 3] as the camera sees them, each [N], in millimetres of our body.

    Returns:
        ``mpjpe``, mean distance of joints with the pelvis at the origin; ``pa_mpjpe``, after the best similarity;
        ``pve``, mean distance of the free body's vertices, the pelvis at the origin.
    """
    found, wanted = (forward_kinematics(each)[0][:, list(joints)] for each in (rotations, target))
    return {"mpjpe": mpjpe(found, wanted), "pa_mpjpe": pa_mpjpe(found, wanted), "pve": _pve(rotations, target)}


def errors(rotations: Tensor, target: Tensor, joints: tuple[int, ...] = PROTOCOLS["22 joints"]) -> dict[str, Estimate]:
    """Means of :func:`distances`."""
    return {name: estimate(each.tolist()) for name, each in distances(rotations, target, joints).items()}


def _pve(rotations: Tensor, target: Tensor) -> Tensor:
    body = FreeBody.load("light")
    parts = zip(rotations.split(_AT_ONCE), target.split(_AT_ONCE), strict=True)
    # the pelvis does not move as the body turns about it, so vertices need no shift
    return torch.cat([mpjpe(body.vertices(found), body.vertices(wanted)) for found, wanted in parts])

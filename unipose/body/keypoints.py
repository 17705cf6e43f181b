"""Keypoints: places on a body that detectors find in a photo, tied to the skeleton's joints.

One list of 27 holds what COCO, OpenPose and BlazePose mark. Each is fixed to a joint, an offset in the joint's own
axes away from it, so that any pose says where its keypoints are. Offsets are round figures, good to about a
centimetre or two; detectors disagree with one another by more.
"""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES_24, forward_kinematics, mirror_indices, with_hands

# name: (joint, offset in metres from it in its own axes). Only the left side and the midline are written.
_PLACES: dict[str, tuple[str, tuple[float, float, float]]] = {
    "nose": ("head", (0.0, 0.02, 0.120)),
    "left_eye": ("head", (0.032, 0.055, 0.095)),
    "left_ear": ("head", (0.075, 0.035, 0.005)),
    "left_shoulder": ("left_shoulder", (0.0, 0.0, 0.0)),
    "left_elbow": ("left_elbow", (0.0, 0.0, 0.0)),
    "left_wrist": ("left_wrist", (0.0, 0.0, 0.0)),
    "left_thumb": ("left_wrist", (0.060, -0.030, 0.050)),
    "left_index": ("left_wrist", (0.095, -0.010, 0.025)),
    "left_pinky": ("left_wrist", (0.085, -0.015, -0.035)),
    "left_hip": ("left_hip", (0.0, 0.0, 0.0)),
    "left_knee": ("left_knee", (0.0, 0.0, 0.0)),
    "left_ankle": ("left_ankle", (0.0, 0.0, 0.0)),
    "left_heel": ("left_ankle", (0.0, -0.045, -0.050)),
    "left_toe": ("left_foot", (-0.015, -0.010, 0.060)),
}


def _both_sides() -> dict[str, tuple[str, tuple[float, float, float]]]:
    places = {}
    for name, (joint, (x, y, z)) in _PLACES.items():
        places[name] = (joint, (x, y, z))
        if name.startswith("left_"):
            places[name.replace("left_", "right_")] = (joint.replace("left_", "right_"), (-x, y, z))
    return places


_BOTH = _both_sides()

KEYPOINT_NAMES: tuple[str, ...] = tuple(_BOTH)
"""The 27 keypoints in order: nose, then left and right in turn from the eyes down to the toes."""

KEYPOINT_JOINTS: tuple[int, ...] = tuple(JOINT_NAMES_24.index(joint) for joint, _ in _BOTH.values())
"""The joint (0..23) that each keypoint is fixed to."""

KEYPOINT_OFFSETS: Tensor = torch.tensor([offset for _, offset in _BOTH.values()])
"""Float32 [27, 3], metres from that joint in its own axes."""

KEYPOINT_MIRROR: tuple[int, ...] = mirror_indices(KEYPOINT_NAMES)
"""``KEYPOINT_MIRROR[k]`` is the keypoint on the other side (itself for the nose)."""


def keypoints(rotations: Tensor, offsets: Tensor | None = None, places: Tensor | None = None) -> Tensor:
    """Where the keypoints of a pose are.

    Args:
        rotations: [..., 22 or 24, 3, 3] local rotation matrices.
        offsets: [..., 24, 3] bone offsets of another body in metres, see :data:`unipose.body.skeleton.REST_OFFSETS`.
        places: [27, 3] instead of :data:`KEYPOINT_OFFSETS`.

    Returns:
        [..., 27, 3] metres, the pelvis at the origin. Differentiable.

    Raises:
        ValueError: when ``rotations`` has another shape.
    """
    joints, turned = forward_kinematics(with_hands(rotations), offsets)
    index = list(KEYPOINT_JOINTS)
    away = (KEYPOINT_OFFSETS if places is None else places).to(rotations)
    return joints[..., index, :] + (turned[..., index, :, :] @ away[..., None])[..., 0]

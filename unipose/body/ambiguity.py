"""What a single view cannot tell apart: a limb that points toward the camera is drawn as one that points away.

Under a long lens a bone and its reflection in the plane of the photo fall on the same pixels. Of a pose that fits a
photo these are the other ones that nearly do, as far as joints bend that way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import torch
from torch import Tensor

from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.lifting import lifted
from unipose.body.limits import clamp
from unipose.body.skeleton import JOINT_NAMES, PARENTS, forward_kinematics

# Keypoints from the root of a limb outward: two long bones, and what hangs on the second.
_CHAINS = {
    f"{side}_{limb}": tuple(f"{side}_{point}" for point in points)
    for side in ("left", "right")
    for limb, points in (
        ("arm", ("shoulder", "elbow", "wrist", "thumb", "index", "pinky")),
        ("leg", ("hip", "knee", "ankle", "heel", "toe")),
    )
}
_JOINTS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle", "foot")}

LIMBS: tuple[str, ...] = tuple(_CHAINS)
"""The limbs whose depth a view leaves open."""

_MANY = 2  # limbs of which every combination is looked at; of more, each by itself and all of them together


def depth_flips(rotations: Tensor, limbs: Iterable[str] = LIMBS) -> Tensor:
    """Poses that a single view hardly tells from one.

    Args:
        rotations: [22, 3, 3], the root as the camera sees it, which looks along -Z.
        limbs: which of :data:`LIMBS` may be another way.

    Returns:
        [N, 22, 3, 3], the given pose first, then poses in which bones of these limbs are reflected in depth, as near
        as the limits of joints let them.

    Raises:
        ValueError: on an unknown limb or another shape.
    """
    chosen = tuple(dict.fromkeys(limbs))
    if tuple(rotations.shape) != (len(JOINT_NAMES), 3, 3):
        raise ValueError(f"expected one pose [{len(JOINT_NAMES)}, 3, 3], found {list(rotations.shape)}")
    if unknown := sorted(set(chosen) - set(LIMBS)):
        raise ValueError(f"no limb is called {unknown}; the limbs are {list(LIMBS)}")
    ways = [way for way in _ways(len(chosen)) if any(any(bones) for bones in way)]
    if not ways:
        return rotations[None]
    points = keypoints(rotations)
    reflected = torch.stack([_reflected(points, dict(zip(chosen, way, strict=True))) for way in ways])
    turned = forward_kinematics(lifted(reflected))[1]
    own = forward_kinematics(rotations)[1]
    poses = rotations.repeat(len(ways), 1, 1, 1)
    for row, way in enumerate(ways):
        for limb in (limb for limb, bones in zip(chosen, way, strict=True) if any(bones)):
            side, _, kind = limb.partition("_")
            for name in _JOINTS[kind]:
                joint = JOINT_NAMES.index(f"{side}_{name}")
                # the limb hangs on a trunk that stays, so only its first joint is counted from there
                above = (own if name == _JOINTS[kind][0] else turned[row])[PARENTS[joint]]
                poses[row, joint] = above.transpose(-1, -2) @ turned[row, joint]
    return torch.cat((rotations[None], clamp(poses)))


_Way = tuple[tuple[bool, bool], ...]  # for each limb, whether its upper and its lower bone are reflected


def _ways(count: int) -> list[_Way]:
    limb = ((False, False), (False, True), (True, False), (True, True))
    if count <= _MANY:
        return list(itertools.product(limb, repeat=count))
    alone = [tuple(way if i == k else (False, False) for i in range(count)) for k in range(count) for way in limb]
    return [*alone, ((True, True),) * count]


def _reflected(points: Tensor, limbs: dict[str, tuple[bool, bool]]) -> Tensor:
    """Keypoints [27, 3] with the bones of limbs reflected in depth, and what hangs on them moved along."""
    away = points.new_tensor([1.0, 1.0, -1.0])
    moved = points.clone()
    for limb, (upper, lower) in limbs.items():
        root, middle, end, *hung = (KEYPOINT_NAMES.index(name) for name in _CHAINS[limb])
        moved[middle] = moved[root] + (points[middle] - points[root]) * (away if upper else 1.0)
        moved[end] = moved[middle] + (points[end] - points[middle]) * (away if lower else 1.0)
        moved[hung] = moved[end] + (points[hung] - points[end]) * (away if lower else 1.0)
    return moved

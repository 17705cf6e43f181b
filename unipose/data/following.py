"""Orders that lean on the one before: "a bit more", "less", "the other side too".

Each is a step from the pose in view to another, and claims that must hold of that step for the order to be done.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.body.limits import clamp
from unipose.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from unipose.body.skeleton import JOINT_NAMES, mirror_rotations
from unipose.language.items import Change, Item
from unipose.language.measuring.registry import Registry

_LIMBS = {"arm": ("collar", "shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle", "foot")}
_MOVED = 1e-4  # entries of a rotation matrix that differ by more are of a joint that moved


def along(before: Tensor, after: Tensor, share: float) -> Tensor:
    """``share`` of the way from one pose [22, 3, 3] to another, every joint on its shortest arc.

    Beyond 1 the joints go on the same way as far as they bend.
    """
    step = matrix_to_axis_angle(before.mT @ after)
    result = before @ axis_angle_to_matrix(share * step)
    return torch.where(_moved(before, after)[:, None, None], clamp(result) if share > 1 else result, before)


def moved_limb(before: Tensor, after: Tensor) -> tuple[str, str] | None:
    """The side and the limb ("arm" or "leg") that alone differs between two poses [22, 3, 3]."""
    names = {name for name, moved in zip(JOINT_NAMES, _moved(before, after).tolist(), strict=True) if moved}
    found = (
        (side, limb)
        for limb, joints in _LIMBS.items()
        for side in ("left", "right")
        if names and names <= {f"{side}_{joint}" for joint in joints}
    )
    return next(found, None)


def on_other_side(before: Tensor, after: Tensor, same_place: bool) -> Tensor:
    """``after`` with what one limb did done by the other: the same step from where that is, or to the same place.

    Args:
        before, after: [22, 3, 3]; one limb differs (:func:`moved_limb`).
        same_place: whether the other limb is to mirror the first, wherever it comes from.
    """
    mirrored_before, mirrored_after = mirror_rotations(before), mirror_rotations(after)
    place = mirrored_after if same_place else after @ (mirrored_before.mT @ mirrored_after)
    return torch.where(_moved(mirrored_before, mirrored_after)[:, None, None], place, after)


def further(items: Sequence[Item], registry: Registry) -> tuple[Item, ...]:
    """What "more" of an order claims of the step: every measure goes on clearly; empty where nothing is graded."""
    return _graded(items, registry, 1)


def back(items: Sequence[Item], registry: Registry) -> tuple[Item, ...]:
    """What "less" of an order claims of the step; empty where nothing is graded."""
    return _graded(items, registry, -1)


def elsewhere(items: Sequence[Item], registry: Registry) -> tuple[Item, ...]:
    """What an order claims of the other side; empty where some of it has no side."""
    mirrored = tuple(map(registry.mirrored, items))
    return () if any(one == other for one, other in zip(items, mirrored, strict=True)) else mirrored


def _graded(items: Sequence[Item], registry: Registry, sign: int) -> tuple[Item, ...]:
    found: list[Item] = []
    for item in items:
        if not isinstance(item, Change) or item.negated:
            return ()
        clear = registry.measures[registry.measure_index[item.measure]].sigma
        direction = sign * item.direction
        lo, hi = (clear, math.inf) if direction > 0 else (-math.inf, -clear)
        found.append(Change(item.measure, direction, "", lo, hi))
    return tuple(found)


def _moved(before: Tensor, after: Tensor) -> Tensor:
    """Which joints differ: bool [22]."""
    return (before - after).abs().amax(dim=(-1, -2)) > _MOVED

"""Distances between poses, the field's usual ones."""

from __future__ import annotations

import roma
import torch
from torch import Tensor


def mpjpe(joints: Tensor, target: Tensor, labelled: Tensor | None = None) -> Tensor:
    """Mean per-joint position error: [..., J, 3] metres twice, to [...] millimetres. Nothing is aligned.

    Args:
        labelled: bool [..., J], the joints whose target is known; only they count. NaN where there is none. The
            published evaluation marks a missing joint by -2 in its first coordinate: ``target[..., 0] != -2``.
    """
    _same_shape(joints, target)
    apart = 1000 * (joints - target).norm(dim=-1)
    if labelled is None:
        return apart.mean(-1)
    _same_shape(labelled, apart)
    return apart.where(labelled, 0).sum(-1) / labelled.sum(-1)


def pa_mpjpe(joints: Tensor, target: Tensor) -> Tensor:
    """:func:`mpjpe` after the best similarity of each pose (Procrustes); same shapes and unit."""
    _same_shape(joints, target)
    return mpjpe(procrustes(joints, target), target)


def rotation_error(rotations: Tensor, target: Tensor) -> Tensor:
    """Mean geodesic angle over joints: [..., J, 3, 3] twice, to [...] degrees."""
    _same_shape(rotations, target)
    return roma.rotmat_geodesic_distance(rotations, target).mean(-1).rad2deg()


def acceleration_error(joints: Tensor, target: Tensor) -> Tensor:
    """How differently two motions speed up: [T, J, 3] metres twice, to [T - 2] millimetres a squared frame.

    Raises:
        ValueError: for shapes that differ, or fewer than three frames.
    """
    _same_shape(joints, target)
    if len(joints) < 3:
        raise ValueError(f"an acceleration takes at least 3 frames, found {len(joints)}")
    found, expected = (each[2:] - 2 * each[1:-1] + each[:-2] for each in (joints, target))
    return mpjpe(found, expected)


def procrustes(points: Tensor, target: Tensor) -> Tensor:
    """Align points [..., J, 3] to ``target`` by the best similarity, each row by its own."""
    scale, rotation, translation = similarity(points, target)
    turned = (rotation[..., None, :, :] @ points[..., None]).squeeze(-1)
    return scale[..., None, None] * turned + translation[..., None, :]


def similarity(points: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What brings points [..., J, 3] nearest to ``target``: scale [...], rotation [..., 3, 3], translation [..., 3]."""
    rotation, translation, scale = roma.rigid_points_registration(points, target, compute_scaling=True)
    return scale, rotation, translation


def _same_shape(found: Tensor, expected: Tensor) -> None:
    if found.shape != expected.shape:
        raise ValueError(f"expected two arrays of one shape, found {list(found.shape)} and {list(expected.shape)}")


def mean_of(figures: dict[str, list[Tensor]]) -> dict[str, float]:
    """Lists of per-pose errors to their means."""
    return {name: torch.cat(values).mean().item() for name, values in figures.items()}

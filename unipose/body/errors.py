"""Distances between poses, the field's usual ones."""

from __future__ import annotations

import roma
import torch
from torch import Tensor


def mpjpe(joints: Tensor, target: Tensor) -> Tensor:
    """Mean per-joint position error: [..., J, 3] metres twice, to [...] millimetres. Nothing is aligned."""
    _same_shape(joints, target)
    return 1000 * (joints - target).norm(dim=-1).mean(-1)


def pa_mpjpe(joints: Tensor, target: Tensor) -> Tensor:
    """:func:`mpjpe` after the best similarity of each pose (Procrustes); same shapes and unit."""
    _same_shape(joints, target)
    return mpjpe(procrustes(joints, target), target)


def rotation_error(rotations: Tensor, target: Tensor) -> Tensor:
    """Mean geodesic angle over joints: [..., J, 3, 3] twice, to [...] degrees."""
    _same_shape(rotations, target)
    return roma.rotmat_geodesic_distance(rotations, target).mean(-1).rad2deg()


def procrustes(points: Tensor, target: Tensor) -> Tensor:
    """Align points [..., J, 3] to ``target`` by the best scale, rotation and translation, each row by its own."""
    rotation, translation, scale = roma.rigid_points_registration(points, target, compute_scaling=True)
    turned = (rotation[..., None, :, :] @ points[..., None]).squeeze(-1)
    return scale[..., None, None] * turned + translation[..., None, :]


def _same_shape(found: Tensor, expected: Tensor) -> None:
    if found.shape != expected.shape:
        raise ValueError(f"expected two arrays of one shape, found {list(found.shape)} and {list(expected.shape)}")


def mean_of(figures: dict[str, list[Tensor]]) -> dict[str, float]:
    """Lists of per-pose errors to their means."""
    return {name: torch.cat(values).mean().item() for name, values in figures.items()}

"""How far poses are from the nearest of many others."""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.skeleton import forward_kinematics


@torch.no_grad()
def nearest(poses: Tensor, bank: Tensor) -> Tensor:
    """Distance of each pose to the nearest of a bank, each pair turned to face alike.

    Args:
        poses: [N, 22, 3, 3].
        bank: [K, 22, 3, 3].

    Returns:
        [N] metres, root mean square over the joints.
    """
    first, second = (forward_kinematics(each)[0] for each in (poses, bank))
    square = (second**2).sum((1, 2))
    best = []
    for part in first.split(64):
        along = torch.einsum("ija,kja->ika", part, second)
        # the best turn about the vertical has a closed form: the length of (dot, cross) over the level coordinates
        dot = along[..., 0] + along[..., 2]
        cross = torch.einsum("ij,kj->ik", part[..., 0], second[..., 2])
        cross = cross - torch.einsum("ij,kj->ik", part[..., 2], second[..., 0])
        gap = (part**2).sum((1, 2))[:, None] + square - 2.0 * (along[..., 1] + torch.hypot(dot, cross))
        best.append((gap.clamp_min(0.0).amin(1) / part.shape[1]).sqrt())
    return torch.cat(best)

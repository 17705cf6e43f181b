"""Pairs of poses, the second with a part or two of somebody else."""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.skeleton import forward_kinematics
from unipose.data.mixing import draw_groups, transplant_all
from unipose.evaluation.tables.material import Material

_DONOR = 7  # how far on in the (shuffled) row of poses the other person is
_STILL = 1e-4  # metres


def pairs(material: Material, rotations: Tensor) -> Tensor:
    """Poses [N, 22, 3, 3] to pairs [N, 2, 22, 3, 3]: before, and after a change of one or two parts of the body."""
    rng = material.dice("pairs")
    groups = [sorted(set(draw_groups(rng, rng.choice((1, 1, 2))))) for _ in range(len(rotations))]
    return torch.stack((rotations, transplant_all(rotations, rotations.roll(_DONOR, 0), groups)), dim=1)


def drift(made: Tensor, before: Tensor, after: Tensor) -> list[float]:
    """How far (mm) the joints moved which the true edit leaves where they were: a mean for each pose that has such.

    Args:
        made, before, after: [N, 22, 3, 3], of the same heading. Edits that move the pelvis leave no joint in place.
    """
    joints, start, end = (forward_kinematics(each)[0] for each in (made, before, after))
    still = (start - end).norm(dim=-1) < _STILL
    still[:, 0] = False  # the pelvis is the origin
    moved = 1000 * (joints - start).norm(dim=-1)
    return [row[kept].mean().item() for row, kept in zip(moved, still, strict=True) if kept.any()]

"""Items of any dataset as one bank of poses, which training draws from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.skeleton import forward_kinematics
from unipose.data.adapters.labelled import Labelled
from unipose.data.sources import PoseBank

TIERS_M = (0.12, 0.08, 0.05)
"""Poses of tier k or below are at least this far apart, in metres; the rest are of the next tier."""

_BLOCK = 1024


def as_bank(items: Iterable[Labelled]) -> PoseBank:
    """Every pose of the items, partners included; items without a pose are passed over.

    A recording becomes a trial, partners a trial of their own. The bank counts poses by the items' licence notes; none
    of the datasets read here allows what is trained on its poses to be given away freely.

    Raises:
        ValueError: no pose among the items.
    """
    rotations: list[Tensor] = []
    trials: list[int] = []
    licences: Counter[str] = Counter()
    numbers: dict[str, int] = {}
    for item in items:
        for name, pose in ((item.recording, item.rotations), (f"{item.recording} (partner)", item.partner)):
            if pose is not None:
                rotations.append(pose)
                trials.append(numbers.setdefault(f"{item.dataset}/{name}", len(numbers)))
                licences[item.licence] += 1
    if not rotations:
        raise ValueError("no poses for a bank: none of the items carries one")
    stacked = torch.stack(rotations)
    return PoseBank(stacked, diversity_tiers(stacked), torch.tensor(trials), dict(licences))


@torch.no_grad()
def diversity_tiers(rotations: Tensor) -> Tensor:
    """Thin poses [N, 22, 3, 3] greedily, in order, to int64 [N] levels of diversity.

    Tiers are nested: a pose enters the first of which it is :data:`TIERS_M` away from every pose already in. The
    distance is the RMS over joints in metres, after turning every pose to face forward.
    """
    joints = torch.cat([forward_kinematics(face_forward(part))[0].flatten(1) for part in rotations.split(_BLOCK)])
    scaled = joints / (joints.shape[1] / 3) ** 0.5
    tiers = torch.full((len(scaled),), len(TIERS_M))
    for tier, apart in enumerate(TIERS_M):
        kept = scaled[tiers < tier]
        for rows in torch.nonzero(tiers == len(TIERS_M)).flatten().split(_BLOCK):
            block = scaled[rows]
            free = torch.ones(len(block), dtype=torch.bool)
            for part in kept.split(_BLOCK):
                free &= (torch.cdist(block, part) >= apart).all(1)
            rows, block = rows[free], block[free]
            chosen = _thin(torch.cdist(block, block), apart)
            tiers[rows[chosen]] = tier
            kept = torch.cat((kept, block[chosen]))
    return tiers


def _thin(distances: Tensor, apart: float) -> Tensor:
    """Rows of [B, B] distances that a greedy walk keeps, int64 [<= B]."""
    close = (distances < apart).numpy()
    blocked = np.zeros(len(close), dtype=bool)
    kept = []
    for row, others in enumerate(close):
        if not blocked[row]:
            kept.append(row)
            blocked |= others
    return torch.tensor(kept, dtype=torch.int64)

"""Where new poses of what has a name begin: at what it usually looks like."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.body.limits import clamp
from unipose.body.prior import PosePrior
from unipose.language import Archetypes, Item, Registry, Statement

_ALONE = {"standing": "standing_tall"}
_VARIED = 0.4  # how far drawn poses are from an archetype, in spreads of the prior


def typical(
    claims: Sequence[Item], seed: int | None, registry: Registry, prior: PosePrior, alone: bool = False
) -> Tensor:
    """Poses [N, 22, 3, 3] that names and postures among claims usually have: the best of each first.

    A seed varies them. Who stands, and does nothing else (``alone``), stands plainly.
    """
    said = [claim.predicate for claim in claims if isinstance(claim, Statement) and not claim.negated]
    if alone:
        said = [_ALONE.get(name, name) for name in said]
    # what is done comes after who does it ("a sprinter in the starting blocks"), and how arms are says less
    said = sorted(reversed(said), key=lambda name: not registry[name].whole)
    known = [poses for name in said if len(poses := Archetypes.load().of(name))]
    if not known:
        return torch.empty(0, 22, 3, 3)
    found = torch.cat([poses[place : place + 1] for place in range(max(map(len, known))) for poses in known])
    if seed is None:
        return found
    dice = torch.Generator().manual_seed(abs(seed) % 2**63)
    latents = prior.encode(found)
    strayed = latents + _VARIED * prior.spread * torch.randn(latents.shape, generator=dice)
    return clamp(prior.decode(strayed))[torch.randperm(len(found), generator=dice)]

"""Where new poses of what has a name begin: at what it usually looks like."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.body.limits import clamp
from unipose.body.prior import PosePrior
from unipose.body.skeleton import JOINT_NAMES
from unipose.chat.gestures import gestured
from unipose.language import Archetypes, Item, Registry, Statement

_ALONE = {"standing": "standing_tall"}
_VARIED = 0.4  # how far drawn poses are from an archetype, in spreads of the prior


def typical(
    claims: Sequence[Item], seed: int | None, registry: Registry, prior: PosePrior, alone: bool = False
) -> Tensor:
    """Poses [N, 22, 3, 3] that names and postures among claims usually have, the best of each first, with the gestures
    that are made in them; where there is neither name nor posture, those of gestures.

    A seed varies them. Who stands, and does nothing else (``alone``), stands plainly.
    """
    said = [claim.predicate for claim in claims if isinstance(claim, Statement) and not claim.negated]
    if alone:
        said = [_ALONE.get(name, name) for name in said]
    whole = [name for name in reversed(said) if registry[name].whole]  # what is done comes after who does it
    found = _best_first(whole)
    if len(found):
        found = gestured(found, claims, registry)
    else:
        found = _best_first(said)
    if seed is None or not len(found):
        return found
    dice = torch.Generator().manual_seed(abs(seed) % 2**63)
    latents = prior.encode(found)
    strayed = latents + _VARIED * prior.spread * torch.randn(latents.shape, generator=dice)
    return clamp(prior.decode(strayed))[torch.randperm(len(found), generator=dice)]


def _best_first(names: Sequence[str]) -> Tensor:
    """The best pose of each name, then the next ones."""
    known = [poses for name in names if len(poses := Archetypes.load().of(name))]
    rows = [poses[place] for place in range(max(map(len, known), default=0)) for poses in known if place < len(poses)]
    return torch.stack(rows) if rows else torch.empty(0, len(JOINT_NAMES), 3, 3)

"""Is what is said true? By the registry, by a second implementation of it, and in the mirror."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unipose.body.skeleton import mirror_rotations
from unipose.evaluation.words.described import describe, measured
from unipose.evaluation.words.figures import Figure, share
from unipose.evaluation.words.second_opinion import SecondJudge, second_opinion
from unipose.language.checking.checker import Checker
from unipose.language.items import Amount, Item, Statement
from unipose.language.measuring.registry import Registry

_AT_ONCE = 1000  # poses judged together, to bound the memory it takes
_ROUNDING = 0.01  # sigmas


def truth(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Texts about poses [N, 22, 3, 3] of all levels, registers and viewpoints: the share of what they claim that holds.

    By the nominal intervals of the registry, and by the second implementation where it knows the measures. "covered"
    is the share of claims that it knows; hedged ones may miss by one sigma.
    """
    told = describe(rotations, seed)
    registry = Registry.load()
    checker = Checker(registry)
    first: list[float] = []
    second: list[bool | None] = []
    for start in range(0, len(rotations), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        said = [caption.statements for caption in told.captions[part]]
        for items, values in zip(said, told.values[part], strict=True):
            first += checker.holds(items, values)
        second += second_verdicts(registry, said, rotations[part])
    known = [held for held in second if held is not None]
    return [
        share("claims that hold", first, 1.0),
        share("claims that hold by the second implementation", known, 1.0),
        share("claims the second implementation covers", [held is not None for held in second]),
        Figure("measures implemented twice", len(second_opinion(_double(rotations[:1]))), len(registry.measures), 30),
    ]


def second_verdicts(registry: Registry, said: list[tuple[Item, ...]], rotations: Tensor) -> list[bool | None]:
    """What the second implementation makes of every claim about each of N poses, in order; None where it knows nothing.

    Args:
        registry: the predicates.
        said: N sequences of statements and amounts.
        rotations: [N, 22, 3, 3].
    """
    values = second_opinion(_double(rotations))
    judge = SecondJudge(registry, values)
    found: list[bool | None] = []
    for row, items in enumerate(said):
        for item in items:
            held: NDArray[np.bool_] | None = None
            if isinstance(item, Statement):
                held = judge.holds(item.predicate, 1.0 if item.hedged else 0.0)
            elif isinstance(item, Amount) and item.measure in values:
                held = (values[item.measure] >= item.lo) & (values[item.measure] <= item.hi)
            denied = getattr(item, "negated", False)
            found.append(None if held is None else bool(held[row]) != denied)
    return found


def mirrors(rotations: Tensor) -> list[Figure]:
    """Poses [N, 22, 3, 3] and their mirror images: every predicate that is clearly true of the one must be, mirrored,
    of the other, and the other way round, but for those within a hundredth of a sigma of the margin, where rounding
    decides."""
    registry = Registry.load()
    order = list(registry.mirror)
    alike: list[float] = []
    for part in rotations.split(_AT_ONCE):
        margins = registry.margins(measured(part))
        mirrored = registry.margins(measured(mirror_rotations(part)))[:, order]
        close = ((margins.abs() - registry.margin).abs() < _ROUNDING) | (
            (mirrored.abs() - registry.margin).abs() < _ROUNDING
        )
        same = _truth(margins, registry) == _truth(mirrored, registry)
        alike += (same | close).all(dim=-1).tolist()
    return [share("poses whose mirror image has the mirrored statements", alike, 1.0)]


def _truth(margins: Tensor, registry: Registry) -> Tensor:
    return (margins >= registry.margin).to(torch.int8) - (margins <= -registry.margin).to(torch.int8)


def _double(rotations: Tensor) -> NDArray[np.float64]:
    return rotations.double().numpy()

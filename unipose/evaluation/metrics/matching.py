"""Retrieval: is the right one found among others? By similarities, in the variants that are published.

R-precision is published in three ways, which differ in who the others are:

- ``groups``: the examples are shuffled into groups of 32, each looked for within its own (text-to-motion, UniPose);
- ``pools``: each example has a pool of its own with 31 others drawn at random, several times (PoseScript, PoseFix);
- ``full``: the others are all other examples (recall of the retrieval papers).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.evaluation.metrics.estimates import Estimate, estimate

POOL = 32
VARIANTS = ("groups", "pools", "full")
_REPEATS = 10
_ALIKE = 1e-6  # similarities closer than this are the same, as those of two equal texts are


def r_precision(
    similar: Tensor, variant: str, tops: Sequence[int] = (1, 2, 3), pool: int = POOL, seed: int = 0
) -> dict[str, Estimate]:
    """How often what belongs to a query is among the first found.

    Args:
        similar: [N, N] similarities, queries down, candidates across; i belongs to i.
        variant: one of ``VARIANTS``.
        tops: how many of the first found count.
        pool: size of groups and pools; with fewer examples, all of them. The rest that fills no group is left out.
        seed: of groups and pools.

    Returns:
        "top-1" and so on to the share found. Where candidates are alike, the chance that the right one comes first.

    Raises:
        ValueError: unknown variant, similarities that are not square, or none.
    """
    if similar.ndim != 2 or similar.shape[0] != similar.shape[1] or not len(similar):
        raise ValueError(f"expected similarities of shape [N, N], N at least 1, found {list(similar.shape)}")
    if variant not in VARIANTS:
        raise ValueError(f"R-precision is taken in {', '.join(VARIANTS)}, found {variant!r}")
    count, generator = len(similar), torch.Generator().manual_seed(seed)
    size = count if variant == "full" else min(pool, count)
    if variant == "groups":
        groups = torch.randperm(count, generator=generator)[: count // size * size].view(-1, size)
        queries, others = groups.flatten(), _without_own(groups)
    else:
        queries = torch.arange(count).repeat(_REPEATS if variant == "pools" else 1)
        others = _others(queries, count, size - 1, generator)
    found = _found(similar, queries, others, tops)
    # one number an example: draws of its pool are no examples of their own
    means = found.view(-1, count, len(tops)).mean(0) if variant == "pools" else found
    return {f"top-{top}": estimate(means[:, place].tolist(), pool=size) for place, top in enumerate(tops)}


def recall(similar: Tensor, tops: Sequence[int] = (1, 5, 10, 20), pool: int | None = None) -> dict[str, Estimate]:
    """Recall among random pools of ``pool``, or among all: :func:`r_precision` under the names "R@1", "R@5", ..."""
    found = r_precision(similar, "full" if pool is None else "pools", tops, pool or POOL)
    return {f"R@{top}": one for top, one in zip(tops, found.values(), strict=True)}


def _found(similar: Tensor, queries: Tensor, others: Tensor, tops: Sequence[int]) -> Tensor:
    """Chances [Q, tops] that a query's own candidate is within the first ones, among ``others`` [Q, C] and itself."""
    own = similar[queries, queries][:, None]
    rivals = similar[queries[:, None], others]
    better = (rivals > own + _ALIKE).sum(-1, keepdim=True)
    alike = 1 + ((rivals - own).abs() <= _ALIKE).sum(-1, keepdim=True)
    return ((torch.tensor(tops) - better) / alike).clamp(0, 1)


def _without_own(groups: Tensor) -> Tensor:
    """Groups [G, S] to the other members [G * S, S - 1] of each member's group, in the order of ``groups``."""
    size = groups.shape[1]
    keep = ~torch.eye(size, dtype=torch.bool)
    return groups[:, None, :].expand(-1, size, -1)[:, keep].reshape(len(groups) * size, size - 1)


def _others(queries: Tensor, count: int, size: int, generator: torch.Generator) -> Tensor:
    """``size`` different examples other than each query: [Q, size]."""
    order = torch.rand(len(queries), count, generator=generator)
    order[torch.arange(len(queries)), queries] = torch.inf
    return order.topk(size, largest=False).indices

"""Claims as a smooth thing to descend on: many problems flattened into one forest of intervals.

Every claim comes down to one-sided bounds on measures, joined by "and" and "or". The bounds of all problems stand in
flat arrays and the joints above them in a few levels, so that a step costs the same few tensor operations whatever was
claimed. Margins computed here equal the checker's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry


@dataclass(frozen=True)
class Bound:
    """``sign * (values[measure] + factor * values[second] - edge) / sigma + slack >= 0``.

    ``room`` is how far inside the bound one can be without leaving by the other side, in sigmas.
    """

    measure: int
    sign: float
    edge: float
    sigma: float
    slack: float = 0.0
    second: int = 0
    factor: float = 0.0
    room: float = math.inf


@dataclass(frozen=True)
class Tree:
    """Bounds or trees, all of which (or, with ``some``, at least one) must hold."""

    some: bool
    parts: tuple[Tree | Bound, ...]


def claim(registry: Registry, item: Item, before: Tensor | None) -> Tree:
    """What an item asks of the measures; ``before`` [M] are those of the start pose, where the item speaks of it."""
    if isinstance(item, Statement):
        slack = (-1.0 if item.negated else 1.0) if item.hedged else 0.0
        return _predicate(registry, registry.position(item.predicate), item.negated, slack)
    if isinstance(item, Amount):
        which = _column(registry, item.measure)
        return _between(registry, which, item.lo, item.hi, item.negated, 0.0)
    if isinstance(item, Change):
        which = _column(registry, item.measure)
        start = float(_needed(before, item)[which])
        lo, hi = start + item.lo, start + item.hi
        if item.negated:
            lo, hi = (-math.inf, lo) if item.direction > 0 else (hi, math.inf)
        return _between(registry, which, lo, hi, False, 0.0)
    if isinstance(item, Keep):
        start_values = _needed(before, item)
        kept = (_near(registry, which, float(start_values[which])) for which in registry.own(item.region))
        return Tree(False, tuple(kept))
    return _match(registry, item, _needed(before, item) if item.of_before else None)


def _match(registry: Registry, item: Match, before: Tensor | None) -> Tree:
    alike: list[Tree | Bound] = []
    for which in registry.own(item.region):
        measure = registry.measures[which]
        source, sign = registry.measure_index[measure.mirror], -1.0 if measure.odd else 1.0
        if before is not None:
            alike.append(_near(registry, which, sign * float(before[source])))
            continue
        for way in (1.0, -1.0):
            alike.append(Bound(which, way, -way * measure.sigma, measure.sigma, second=source, factor=-sign, room=1.0))
    return Tree(False, tuple(alike))


def _near(registry: Registry, which: int, value: float) -> Tree:
    sigma = registry.measures[which].sigma
    return _between(registry, which, value - sigma, value + sigma, False, 0.0)


def _between(registry: Registry, which: int, lo: float, hi: float, negated: bool, slack: float) -> Tree:
    sigma = registry.measures[which].sigma
    room = math.inf if negated else 0.5 * (hi - lo) / sigma
    sign = -1.0 if negated else 1.0
    sides = ((sign, lo), (-sign, hi))
    return Tree(negated, tuple(Bound(which, s, e, sigma, slack, room=room) for s, e in sides if math.isfinite(e)))


def _predicate(registry: Registry, which: int, negated: bool, slack: float) -> Tree:
    predicate = registry.table[which]
    parts: list[Tree | Bound] = [
        _between(registry, interval.measure, interval.lo, interval.hi, negated, slack)
        for interval in predicate.intervals
    ]
    parts += [_predicate(registry, part.predicate, part.negated ^ negated, slack) for part in predicate.all]
    if predicate.any:
        options = tuple(_predicate(registry, p.predicate, p.negated ^ negated, slack) for p in predicate.any)
        parts.append(Tree(not negated, options))
    # "not (this and that)" is "not this, or not that"
    return Tree(negated, tuple(parts))


@dataclass
class _Forest:
    """Trees being flattened. Nodes are named (height, kind, place): bounds have height 0."""

    bounds: list[Bound] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    levels: dict[tuple[int, bool], list[list[tuple[int, bool, int]]]] = field(default_factory=dict)

    def add(self, node: Tree | Bound, item: int) -> tuple[int, bool, int]:
        if isinstance(node, Bound):
            self.bounds.append(node)
            self.items.append(item)
            return 0, False, len(self.bounds) - 1
        parts = [self.add(part, item) for part in node.parts]
        if len(parts) == 1:
            return parts[0]
        level = self.levels.setdefault((1 + max((part[0] for part in parts), default=0), node.some), [])
        level.append(parts)
        return 1 + max((part[0] for part in parts), default=0), node.some, len(level) - 1


@dataclass(frozen=True)
class _Level:
    some: bool
    children: Tensor
    parents: Tensor
    count: int


class Goals:
    """Problems, each a list of items, ready to be measured together.

    Args:
        registry: the predicates.
        problems: the items of each problem.
        before: [B, M] measures of the start poses; needed where an item speaks of them.

    Attributes:
        problems: how many there are.
        owner: int64 [I], the problem of each of all items, problem by problem.
        item, measure: int64 [L], which item each bound belongs to and which measure it bounds.
        needed: int64, the measures that any of them asks for.

    Raises:
        ValueError: on an unknown predicate or measure, or an item that needs a start pose and has none.
    """

    def __init__(self, registry: Registry, problems: Sequence[Sequence[Item]], before: Tensor | None = None) -> None:
        forest = _Forest()
        roots: list[tuple[int, bool, int]] = []
        owner: list[int] = []
        for number, items in enumerate(problems):
            start = None if before is None else before[number]
            for item in items:
                roots.append(forest.add(claim(registry, item, start), len(roots)))
                owner.append(number)
        self.problems = len(problems)
        self.owner = torch.tensor(owner, dtype=torch.long)
        self.item = torch.tensor(forest.items, dtype=torch.long)
        self.measure = torch.tensor([bound.measure for bound in forest.bounds], dtype=torch.long)
        self._problem = self.owner[self.item]
        self._second = torch.tensor([bound.second for bound in forest.bounds], dtype=torch.long)
        self.needed = torch.cat([self.measure, self._second]).unique()
        rows = [(b.sign / b.sigma, b.edge, b.slack, b.factor, b.room) for b in forest.bounds]
        columns = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5).unbind(-1)
        self._scale, self._edge, self._slack, self._factor, self._room = (column[:, None] for column in columns)
        self._paired = bool(self._factor.any())
        offsets = {(0, False): 0}
        total = len(forest.bounds)
        for key in sorted(forest.levels):
            offsets[key] = total
            total += len(forest.levels[key])
        self._levels = []
        for height, some in sorted(forest.levels):
            nodes = forest.levels[height, some]
            children = [offsets[h, s] + place for parts in nodes for h, s, place in parts]
            parents = [parent for parent, parts in enumerate(nodes) for _ in parts]
            self._levels.append(_Level(some, torch.tensor(children), torch.tensor(parents), len(nodes)))
        self._roots = torch.tensor([offsets[h, s] + place for h, s, place in roots], dtype=torch.long)

    def bounds(self, values: Tensor) -> Tensor:
        """Margins of the bounds in sigmas, [bounds, K], for ``values`` [B, K, M] of K poses for each problem."""
        found = values[self._problem, :, self.measure]
        if self._paired:
            found = found + self._factor * values[self._problem, :, self._second]
        return self._scale * (found - self._edge) + self._slack

    def margins(self, values: Tensor) -> Tensor:
        """How clearly each item holds: sigmas [I, K], as the checker counts them, for ``values`` [B, K, M]."""
        nodes = self.bounds(values)
        for level in self._levels:
            nodes = torch.cat([nodes, _reduce(nodes, level, "amax" if level.some else "amin")])
        return nodes[self._roots]

    def costs(self, values: Tensor, inner: float) -> Tensor:
        """How far each item is from holding by ``inner`` sigmas: 0 where it does, [I, K], for ``values`` [B, K, M].

        Quadratic within one sigma, linear beyond. "And" adds up its parts, so that each pulls; "or" takes the part
        that is nearest to holding.
        """
        miss = (torch.minimum(self._room.new_tensor(inner), 0.8 * self._room) - self.bounds(values)).clamp_min(0.0)
        nodes = torch.where(miss < 1.0, 0.5 * miss * miss, miss - 0.5)
        for level in self._levels:
            nodes = torch.cat([nodes, _reduce(nodes, level, "amin" if level.some else "sum")])
        return nodes[self._roots]

    def total(self, costs: Tensor) -> Tensor:
        """Costs of items [I, K] summed by problem, [B, K]."""
        return costs.new_zeros(self.problems, costs.shape[1]).index_add(0, self.owner, costs)


def _reduce(nodes: Tensor, level: _Level, how: str) -> Tensor:
    below = nodes[level.children]
    if how == "sum":
        return nodes.new_zeros(level.count, nodes.shape[1]).index_add(0, level.parents, below)
    index = level.parents[:, None].expand_as(below)
    fresh = nodes.new_zeros(level.count, nodes.shape[1])
    return fresh.scatter_reduce(0, index, below, how, include_self=False)


def _column(registry: Registry, measure: str) -> int:
    if measure not in registry.measure_index:
        raise ValueError(f"unknown measure {measure!r}; Registry.measures lists the known ones")
    return registry.measure_index[measure]


def _needed(before: Tensor | None, item: Item) -> Tensor:
    if before is None:
        raise ValueError(f"{item} speaks of the pose before and none was given; pass `starts`")
    return before

"""Margins of many predicates at once.

Intervals are evaluated in one go. What is built of other predicates comes after them, level by level: every node is
the least of its terms, each with a sign, and the nodes of a level are one gather and one minimum. A disjunction is the
negated least of its negated terms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from unipose.language.measuring.registry import Interval, Part, Predicate

_AT_ONCE = 256  # poses: what they need stays in the processor's cache
_Term = tuple[int, float]  # node and sign


@dataclass(frozen=True, eq=False)
class _Level:
    """Nodes with equally many terms, [N, K] rows of the state and their signs, that need only earlier ones."""

    terms: Tensor
    signs: Tensor
    outer: Tensor


@dataclass
class _Graph:
    """The nodes that some predicates need: intervals first, then what is made of them."""

    intervals: dict[tuple[int, float, float], int] = field(default_factory=dict)
    made: list[tuple[list[_Term], float, int]] = field(default_factory=list)  # terms, outer sign, level


class Levels:
    """A plan that evaluates some predicates of a registry.

    Args:
        table: all predicates.
        order: their indices, parts before what they are parts of.
        wanted: the indices to evaluate.
        sigma: [M] just-noticeable differences of the measures.
    """

    @torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
    def __init__(self, table: Sequence[Predicate], order: Sequence[int], wanted: Sequence[int], sigma: Tensor) -> None:
        needed = _needed(table, wanted)
        graph = _Graph()
        for which in order:
            if which in needed:
                for interval in table[which].intervals:
                    graph.intervals.setdefault(_key(interval), len(graph.intervals))
        nodes: dict[int, tuple[_Term, int]] = {}  # predicate to its node (with a sign) and that node's level
        for which in order:
            if which in needed:
                nodes[which] = _add(graph, table[which], nodes)
        measures = [measure for measure, _, _ in graph.intervals]
        self._measures = torch.tensor(measures, dtype=torch.long)
        self._lo = torch.tensor([lo for _, lo, _ in graph.intervals])[:, None]
        self._hi = torch.tensor([hi for _, _, hi in graph.intervals])[:, None]
        self._sigma = sigma[self._measures][:, None]
        rows, self._levels = _arrange(graph)
        self._out = torch.tensor([rows[nodes[which][0][0]] for which in wanted], dtype=torch.long)
        self._out_sign = torch.tensor([nodes[which][0][1] for which in wanted])[:, None]

    def __call__(self, values: Tensor) -> Tensor:
        """[..., M] measures to [..., K] margins in sigmas, differentiable in the measures."""
        batch = values.shape[:-1]
        rows = values.reshape(-1, values.shape[-1])
        margins = [self._evaluate(some) for some in rows.split(_AT_ONCE)]
        return torch.cat(margins).reshape(*batch, len(self._out))

    def _evaluate(self, values: Tensor) -> Tensor:
        value = values.T[self._measures]  # one row a measure: gathering rows is a plain copy
        state = torch.minimum(value - self._lo.to(value), self._hi.to(value) - value) / self._sigma.to(value)
        for level in self._levels:
            made = (state[level.terms.flatten()] * level.signs.to(state)).reshape(*level.terms.shape, -1).amin(1)
            state = torch.cat([state, made * level.outer.to(state)])
        return (state[self._out] * self._out_sign.to(state)).T


def _needed(table: Sequence[Predicate], wanted: Sequence[int]) -> set[int]:
    found: set[int] = set()
    waiting = list(wanted)
    while waiting:
        which = waiting.pop()
        if which not in found:
            found.add(which)
            waiting.extend(part.predicate for part in (*table[which].all, *table[which].any))
    return found


def _key(interval: Interval) -> tuple[int, float, float]:
    return interval.measure, interval.lo, interval.hi


def _add(graph: _Graph, predicate: Predicate, nodes: dict[int, tuple[_Term, int]]) -> tuple[_Term, int]:
    """The node of a predicate, made if need be, and its level."""
    terms: list[_Term] = [(graph.intervals[_key(interval)], 1.0) for interval in predicate.intervals]
    level = 0

    def term(part: Part) -> _Term:
        nonlocal level
        (node, sign), height = nodes[part.predicate]
        level = max(level, height)
        return node, -sign if part.negated else sign

    terms += [term(part) for part in predicate.all]
    if predicate.any:
        least = [(node, -sign) for node, sign in map(term, predicate.any)]
        level += 1
        terms.append((_make(graph, least, -1.0, level), 1.0))
    if len(terms) == 1:
        return terms[0], level
    return (_make(graph, terms, 1.0, level + 1), 1.0), level + 1


def _make(graph: _Graph, terms: list[_Term], outer: float, level: int) -> int:
    graph.made.append((terms, outer, level))
    return len(graph.intervals) + len(graph.made) - 1


def _arrange(graph: _Graph) -> tuple[dict[int, int], list[_Level]]:
    """Where each node stands in the state, and the levels that fill it."""
    first = len(graph.intervals)
    rows = {node: node for node in range(first)}
    groups: dict[tuple[int, int], list[int]] = {}
    for which, (terms, _, level) in enumerate(graph.made):
        groups.setdefault((level, math.ceil(math.log2(len(terms)))), []).append(which)
    levels = []
    for key in sorted(groups):
        group = groups[key]
        width = max(len(graph.made[which][0]) for which in group)
        # a term taken twice changes no minimum, so short rows are filled up with their first one
        full = [
            graph.made[which][0] + graph.made[which][0][:1] * (width - len(graph.made[which][0])) for which in group
        ]
        levels.append(
            _Level(
                terms=torch.tensor([[rows[node] for node, _ in terms] for terms in full]),
                signs=torch.tensor([sign for terms in full for _, sign in terms])[:, None],
                outer=torch.tensor([graph.made[which][1] for which in group])[:, None],
            )
        )
        for which in group:
            rows[first + which] = len(rows)
    return rows, levels

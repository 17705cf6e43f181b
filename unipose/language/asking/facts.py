"""What is so and what is not of one pose, and what it lacks for something to be so."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.language.checking.checker import Checker
from unipose.language.items import Amount, Item, Statement, deny
from unipose.language.measuring.posture import posture
from unipose.language.measuring.registry import Interval, Registry


@dataclass(frozen=True)
class Lack:
    """Something that keeps a claim from holding.

    Attributes:
        is_so: what is so instead, as a claim that holds.
        wanted: the predicate that should hold, or the measure that should be different.
        more: whether the measure would have to be greater.
        miss: sigmas by which it is missed.
    """

    is_so: Item
    wanted: Statement | str
    more: bool
    miss: float


class Facts:
    """One pose, measured.

    Args:
        registry: the predicates.
        values: [M] measures.
        before: [M] measures of the pose it came from, for claims about what changed.

    Raises:
        ValueError: when ``values`` has the wrong length.
    """

    def __init__(self, registry: Registry, values: Tensor, before: Tensor | None = None) -> None:
        if values.shape != (len(registry.measures),):
            raise ValueError(
                f"expected the measures of one pose, [{len(registry.measures)}], found {list(values.shape)}"
            )
        self.registry = registry
        self.values = values
        self.before = before
        self._checker = Checker(registry)
        self._margins = registry.margins(values)

    def value(self, measure: str) -> float:
        """A measure, in its unit."""
        return float(self.values[self.registry.measure_index[measure]])

    def margin(self, item: Item) -> float:
        """Sigmas inside (+) or outside (-) of a claim.

        Raises:
            ValueError: on a claim about what changed when there is no pose before.
        """
        if isinstance(item, Statement):
            found = float(self._margins[self.registry.position(item.predicate)]) + (1.0 if item.hedged else 0.0)
            return -found if item.negated else found
        return float(self._checker.margins([item], self.values, self.before)[0])

    def state(self, *items: Item) -> int:
        """1 where all are clearly so, -1 where one is clearly not, 0 where it cannot be said."""
        margin = min(self.margin(item) for item in items)
        return (margin >= self.registry.margin) - (margin <= -self.registry.margin)

    def clear(self, predicates: Iterable[str]) -> list[str]:
        """Those that clearly hold."""
        return [name for name in predicates if self.state(Statement(name)) > 0]

    def posture(self) -> str:
        """The posture predicate; empty where none is clear."""
        margin = self.registry.margin
        truth = (self._margins >= margin).to(torch.int8) - (self._margins <= -margin).to(torch.int8)
        return posture(self.registry, truth[None])[0]

    def names(self) -> list[tuple[str, float]]:
        """Named poses with their margins, the best first."""
        found = [(one.id, float(self._margins[i])) for i, one in enumerate(self.registry.table) if one.region == "name"]
        return sorted(found, key=lambda pair: -pair[1])

    def graded(self, measure: str) -> str:
        """The narrowest spoken predicate that clearly tells the size of a measure; empty where there is none."""
        which = self.registry.measure_index[measure]
        found = [
            (interval.hi - interval.lo, one.id)
            for one in self.registry.table
            if not one.silent and (interval := _only_interval(one.intervals, one.all, one.any)) is not None
            if interval.measure == which and self.state(Statement(one.id)) > 0
        ]
        return min(found, default=(0.0, ""))[1]

    def measure_of(self, item: Item) -> str:
        """The one measure a claim is about; empty where it is about several."""
        if isinstance(item, Amount):
            return item.measure
        if not isinstance(item, Statement):
            return ""
        one = self.registry[item.predicate]
        interval = _only_interval(one.intervals, one.all, one.any)
        return self.registry.measures[interval.measure].id if interval is not None else ""

    def lacks(self, item: Item) -> list[Lack]:
        """What keeps a claim from holding, the clearest first; empty where it holds."""
        if isinstance(item, Amount):
            found = self._outside(item)
        elif isinstance(item, Statement) and not item.negated:
            found = list(self._parts(self.registry.index[item.predicate]))
        else:
            found = [] if self.margin(item) >= 0 else [Lack(deny(item), _statement(item), False, -self.margin(item))]
        return sorted(dict.fromkeys(found), key=lambda lack: -lack.miss)

    # ------------------------------------------------------------------ parts of a claim

    def _parts(self, which: int) -> Iterator[Lack]:
        one = self.registry.table[which]
        for interval in one.intervals:
            yield from self._outside(Amount(self.registry.measures[interval.measure].id, interval.lo, interval.hi))
        for part in one.all:
            yield from self._part(part.predicate, part.negated)
        if one.any and not any(self._so(part.predicate, part.negated) >= 0 for part in one.any):
            best = max(one.any, key=lambda part: self._so(part.predicate, part.negated))
            yield from self._part(best.predicate, best.negated)

    def _part(self, which: int, negated: bool) -> Iterator[Lack]:
        one, miss = self.registry.table[which], -self._so(which, negated)
        if miss <= 0:
            return
        if negated or not (one.silent or one.region == "name"):
            wanted = Statement(one.id, negated)
            yield Lack(deny(wanted), wanted, False, miss)
        else:
            yield from self._parts(which)

    def _so(self, which: int, negated: bool) -> float:
        margin = float(self._margins[which])
        return -margin if negated else margin

    def _outside(self, amount: Amount) -> list[Lack]:
        margin = self.margin(amount)
        if margin >= 0:
            return []
        return [Lack(deny(amount), amount.measure, self.value(amount.measure) < amount.lo, -margin)]


def _only_interval(intervals: Sequence[Interval], *parts: Sequence[object]) -> Interval | None:
    """The interval of a predicate that is nothing but one, closed on one side at least."""
    if len(intervals) != 1 or any(parts) or (math.isinf(intervals[0].lo) and math.isinf(intervals[0].hi)):
        return None
    return intervals[0]


def _statement(item: Item) -> Statement:
    if not isinstance(item, Statement):
        raise ValueError(f"{item} is no claim about one pose; expected statements and amounts")
    return item

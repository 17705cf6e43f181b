"""Texts that say something else in nearly the same words: sides exchanged, up for down, one degree off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from unipose.language.items import Change, Item, Statement
from unipose.language.measuring.registry import Interval, Registry, read_data

KINDS = ("sides", "opposite", "step")


@dataclass(frozen=True)
class Contrast:
    """Claims that differ from those of a text. ``kind`` is one of ``KINDS``."""

    kind: str
    items: tuple[Item, ...]


class Contrasts:
    """Makes contrasts.

    Args:
        registry: tells which predicates are neighbours: other intervals of the same measure.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._by_measure = self._single_intervals()
        listed: Mapping[str, str] = read_data("contrasts.yaml")["opposites"]
        self._listed = dict(_both_ways(listed))

    def of(self, items: Sequence[Item]) -> list[Contrast]:
        """At most one contrast of each kind; none where the exchange would say the same."""
        sides = tuple(self._registry.mirrored(item) for item in items)
        found = [
            Contrast("sides", sides),
            Contrast("opposite", tuple(self.opposite(item) or item for item in items)),
            Contrast("step", tuple(self.step(item) or item for item in items)),
        ]
        return [one for one in found if set(one.items) != set(items)]

    def opposite(self, item: Item) -> Item | None:
        """What says the reverse ("down" for "up"): a listed opposite, or the interval of the same measure that is
        furthest away; None where there is none."""
        if isinstance(item, Change):
            return replace(item, direction=-item.direction, lo=-item.hi, hi=-item.lo)
        if not isinstance(item, Statement):
            return None
        if item.predicate in self._listed:
            return replace(item, predicate=self._listed[item.predicate])
        apart = self._apart(item)
        return replace(item, predicate=max(apart, key=lambda one: (apart[one], one))) if apart else None

    def step(self, item: Item) -> Item | None:
        """One degree off: the nearest interval of the same measure beside its own; None where there is none."""
        if not isinstance(item, Statement):
            return None
        apart = self._apart(item)
        return replace(item, predicate=min(apart, key=lambda one: (apart[one], one))) if apart else None

    def _apart(self, item: Item) -> dict[str, float]:
        """Predicates over the same measure beside one, and how far away they are, in its unit."""
        if not isinstance(item, Statement):
            return {}
        own = self._interval(item.predicate)
        if own is None:
            return {}
        others = self._by_measure.get(self._key(item.predicate, own.measure), {})
        gaps = {name: max(other.lo - own.hi, own.lo - other.hi) for name, other in others.items()}
        return {name: gap for name, gap in gaps.items() if gap >= 0 and name != item.predicate}

    def _interval(self, predicate: str) -> Interval | None:
        """The one interval that a predicate is; for both sides, that of its left part."""
        one = self._registry[predicate]
        if one.side == "both" and len(one.all) == 2 and not one.intervals:
            one = self._registry.table[one.all[0].predicate]
        return one.intervals[0] if len(one.intervals) == 1 and not one.all and not one.any else None

    def _key(self, predicate: str, measure: int) -> tuple[bool, int]:
        return self._registry[predicate].side == "both", measure

    def _single_intervals(self) -> dict[tuple[bool, int], dict[str, Interval]]:
        found: dict[tuple[bool, int], dict[str, Interval]] = {}
        for one in self._registry.table:
            interval = None if one.silent else self._interval(one.id)
            if interval is not None and not (math.isinf(interval.lo) and math.isinf(interval.hi)):
                found.setdefault(self._key(one.id, interval.measure), {})[one.id] = interval
        return found


def _both_ways(pairs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for one, other in pairs.items():
        for side in ("left", "right", "both") if "{side}" in one else ("",):
            a, b = one.replace("{side}", side), other.replace("{side}", side)
            yield a, b
            yield b, a

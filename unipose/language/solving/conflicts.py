"""Claims that cannot hold together: which they are, which gives way, and how to tell a person."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from torch import Tensor

from unipose.language.items import Change, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.solving.goals import Bound, Tree, claim
from unipose.language.writing.writer import Writer


@dataclass(frozen=True)
class Conflict:
    """Items of one problem that no pose was found to hold together; one alone is out of reach by itself.

    ``places`` says where they stand in the problem.
    """

    items: tuple[Item, ...]
    places: tuple[int, ...]


def contradictions(registry: Registry, items: Sequence[Item], before: Tensor | None) -> list[tuple[int, ...]]:
    """The places of pairs of items that ask one measure to be in two places at once."""
    ranges = [_ranges(claim(registry, item, before)) for item in items]
    return [
        (i, j)
        for (i, first), (j, second) in combinations(enumerate(ranges), 2)
        if any(_apart(first[measure], second[measure]) for measure in first.keys() & second.keys())
    ]


def lightest(places: Iterable[int], items: Sequence[Item], weights: Mapping[str, float]) -> int:
    """The place of the item that gives way: the least weighty, and among equals what was said first."""
    return min(places, key=lambda place: (weights[_weight_of(items[place])], place))


def explain(conflict: Conflict, writer: Writer, rng: random.Random) -> str:
    """A sentence that names a conflict, such as '"left arm raised" and "left arm hanging" cannot both hold.'"""
    told = [f'"{_wording(item, writer, rng)}"' for item in conflict.items]
    if len(told) == 1:
        return f"{told[0]} is out of reach."
    if len(told) == 2:
        return f"{told[0]} and {told[1]} cannot both hold."
    return f"{', '.join(told[:-1])} and {told[-1]} cannot all hold together."


def _ranges(tree: Tree | Bound) -> dict[int, tuple[float, float]]:
    """Where each measure must lie for a claim to hold, whatever else it allows."""
    if isinstance(tree, Bound):
        if tree.factor:
            return {}
        edge = tree.edge - tree.sign * tree.slack * tree.sigma
        return {tree.measure: (edge, math.inf) if tree.sign > 0 else (-math.inf, edge)}
    if tree.some and len(tree.parts) != 1:
        return {}
    found: dict[int, tuple[float, float]] = {}
    for part in tree.parts:
        for measure, (lo, hi) in _ranges(part).items():
            low, high = found.get(measure, (-math.inf, math.inf))
            found[measure] = (max(lo, low), min(hi, high))
    return found


def _apart(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return max(first[0], second[0]) > min(first[1], second[1])


def _weight_of(item: Item) -> str:
    if isinstance(item, Keep | Match):
        return type(item).__name__.lower()
    if isinstance(item, Statement) and item.hedged:
        return "hedged"
    return "negated" if item.negated else type(item).__name__.lower()


def _wording(item: Item, writer: Writer, rng: random.Random) -> str:
    if isinstance(item, Statement):
        words = writer.write([writer.registry.position(item.predicate)], rng, "phrase").text.rstrip(".")
        return f"not {words}" if item.negated else words
    if isinstance(item, Keep):
        return f"keep the {_plain(item.region)} as it was"
    if isinstance(item, Match):
        return f"the {_plain(item.region)} like the other side{' before' if item.of_before else ''}"
    unit = writer.registry.measures[writer.registry.measure_index[item.measure]].unit
    unit = {"deg": " degrees", "m": " m"}.get(unit, "")
    deny, change = "not " if item.negated else "", "changed by " if isinstance(item, Change) else ""
    if math.isfinite(item.lo) and math.isfinite(item.hi):
        amount = f"{item.lo:.3g} to {item.hi:.3g}"
    else:
        amount = f"at least {item.lo:.3g}" if math.isfinite(item.lo) else f"at most {item.hi:.3g}"
    return f"{_plain(item.measure)} {deny}{change}{amount}{unit}"


def _plain(name: str) -> str:
    return name.replace("_", " ")

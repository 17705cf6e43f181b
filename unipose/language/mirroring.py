"""What the same words with left and right exchanged say."""

from __future__ import annotations

from dataclasses import replace

from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measures import swap_sides
from unipose.language.registry import Registry


def mirrored(item: Item, registry: Registry) -> Item:
    """The item of the mirror image; hedges, negations and degrees stay."""
    if isinstance(item, Statement):
        return replace(item, predicate=registry[item.predicate].mirror)
    if isinstance(item, Keep | Match):
        return replace(item, region=swap_sides(item.region))
    measure = registry.measures[registry.measure_index[item.measure]]
    lo, hi = (-item.hi, -item.lo) if measure.odd else (item.lo, item.hi)
    if isinstance(item, Amount):
        return replace(item, measure=measure.mirror, lo=lo, hi=hi)
    return Change(measure.mirror, -item.direction if measure.odd else item.direction, item.degree, lo, hi, item.negated)

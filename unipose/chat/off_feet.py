"""What an order means to somebody who is not on their feet: "lift the left leg" of one who lies on the back.

Who stands lifts a leg by standing on the other. Where nobody stands, and nothing in the order says that they get up,
what is left of it is what it says of the limb alone: the foot leaves the floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from torch import Tensor

from unipose.body.skeleton import OTHER_SIDE
from unipose.language import Item, Parse, Registry, Statement

_ON_FEET = "pelvis_stands"
_NOT_OF_LIMBS = {"posture", "name"}
_LIFTS = {f"{side}_leg": f"{side}_foot_up" for side in OTHER_SIDE}  # what is left of a lifted leg


def off_feet(parse: Parse, before: Tensor, registry: Registry) -> Parse:
    """What was read in an order, as it is meant of a pose that is to change.

    Args:
        parse: of the order.
        before: [M] measures of the pose.
        registry: the predicates.
    """
    said = [item for item in parse.items if isinstance(item, Statement) and not item.negated]
    if any(registry[item.predicate].region in _NOT_OF_LIMBS for item in said):
        return parse
    stands = registry.index[_ON_FEET]
    limbs = {item: tuple(dict.fromkeys(_of_the_limb(item, registry))) for item in said}
    upright = [
        item
        for item, left in limbs.items()
        if stands in registry.implied[registry.index[item.predicate]]
        and any(one.predicate == _LIFTS.get(registry[item.predicate].region) for one in left)
    ]
    if not upright or registry.holds(before[None], [_ON_FEET]).all():
        return parse
    meant: Mapping[Item, tuple[Item, ...]] = {item: limbs[item] for item in upright}
    sure: dict[Item, float] = {}
    for item, confidence in zip(parse.items, parse.confidences, strict=True):
        for one in meant.get(item, (item,)):
            sure[one] = max(confidence, sure.get(one, 0.0))
    return replace(
        parse,
        items=tuple(sure),
        confidences=tuple(sure.values()),
        spans=tuple(replace(span, items=_all(span.items, meant)) for span in parse.spans),
    )


def _of_the_limb(item: Statement, registry: Registry) -> Iterator[Statement]:
    """The parts of a claim that are about its own limb, and leave open what it stands on."""
    entry, stands = registry[item.predicate], registry.index[_ON_FEET]
    for part in entry.all:
        other = replace(item, predicate=registry.predicates[part.predicate])
        if part.negated or registry[other.predicate].region != entry.region:
            continue
        if stands in registry.implied[part.predicate]:
            yield from _of_the_limb(other, registry)
        else:
            yield other


def _all(items: tuple[Item, ...], meant: Mapping[Item, tuple[Item, ...]]) -> tuple[Item, ...]:
    return tuple(one for item in items for one in meant.get(item, (item,)))

"""What is claimed of "one arm", from what the same words claim of the left one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.items import Item, Statement
from unipose.language.measuring.registry import Registry

_OF_ONE = ("either_", "one_", "on_one_", "a_")  # how predicates are called that leave open which of two parts it is


def of_either(items: Sequence[Item], registry: Registry) -> tuple[Item, ...] | None:
    """Claims about a part of one side, as claims about the part of either side; None where there are none such.

    >>> of_either([Statement("left_hand_on_hip")], Registry.load())[0].predicate
    'either_hand_on_hip'
    >>> of_either([Statement("arms_crossed")], Registry.load()) is None
    True
    """
    found = tuple(one for item in items if (one := _of_either(item, registry)) is not None)
    return found if found and len(found) == len(items) else None


def leaves_open(item: Item) -> bool:
    """Whether a claim leaves open which of two parts it is about."""
    return isinstance(item, Statement) and item.predicate.startswith(_OF_ONE)


def _of_either(item: Item, registry: Registry) -> Item | None:
    if not isinstance(item, Statement) or leaves_open(item):
        return item if leaves_open(item) else None
    side, _, name = item.predicate.partition("_")
    either = f"either_{name}"
    return replace(item, predicate=either) if side in OTHER_SIDE and either in registry.index else None

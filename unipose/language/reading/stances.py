"""Names that imply standing, beside words that say otherwise: "sitting cross-legged, reading a book"."""

from __future__ import annotations

import functools
from collections.abc import Collection
from itertools import product

from unipose.language.items import Statement
from unipose.language.measuring.above_waist import SUFFIX
from unipose.language.measuring.registry import Registry
from unipose.language.solving.conflicts import contradictions


def above_waist(name: str, others: Collection[str], registry: Registry) -> str:
    """The name of a pose, or what it asks of arms and head alone, where its legs cannot be as ``others`` have them.

    >>> registry = Registry.load()
    >>> above_waist("read_book", ["cross_legged"], registry), above_waist("read_book", ["left_arm_raised"], registry)
    ('read_book_above_waist', 'read_book')
    """
    above = name + SUFFIX
    if above not in registry.index:
        return name
    held = (other for other in others if registry[other].whole and other != name)
    firm = (other for other in held if other + SUFFIX not in registry.index)
    return above if any(_opposed(registry, name, other) for other in firm) else name


@functools.lru_cache(maxsize=4096)
def _opposed(registry: Registry, one: str, other: str) -> bool:
    """Whether no form of two predicates can be had together."""
    return all(
        contradictions(registry, [Statement(first), Statement(second)], None)
        for first, second in product(_forms(registry, one), _forms(registry, other))
    )


def _forms(registry: Registry, name: str) -> list[str]:
    """What a predicate is one of ("either_guitar": the left and the right one); itself where it is none."""
    return [registry.predicates[part.predicate] for part in registry[name].any if not part.negated] or [name]

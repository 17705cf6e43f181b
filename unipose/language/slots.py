"""Sides taken out of a text and of its claims, and put back: "right hand on left knee" is read as "this hand on that
knee", and what holds for it holds for the other three ways to say it, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from unipose.language.items import Change, Item, Statement
from unipose.language.registry import Registry

THIS, THAT = "this", "that"
_SIDES = {"left": THIS, "right": THAT}
_OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Slots:
    """A text without its sides.

    Attributes:
        words: in plain form; the side named first is "this", the other one "that", and parts are in the singular.
        first: the side named first; empty where none is.
        parts: how many of a part are spoken of where no side is named: 2 where one is in the plural, else 1 or 0.
    """

    words: tuple[str, ...]
    first: str
    parts: int


@dataclass(frozen=True)
class Filled:
    """Claims with their sides put back, and whether a side had to be made up."""

    items: tuple[Item, ...]
    unsided: bool = False


class SideSlots:
    """Takes sides out and puts them back.

    Args:
        registry: what is mirrored and doubled.
        plurals: body parts, singular to plural.
        default: the side of what is said without one ("raise the arm").
    """

    def __init__(self, registry: Registry, plurals: Mapping[str, str], default: str) -> None:
        self._registry = registry
        self._singular = {plural: one for one, plural in plurals.items()}
        self._parts = frozenset(plurals)
        self._default = default

    def take(self, words: Sequence[str]) -> Slots:
        """The slots of plain words."""
        first = next((word for word in words if word in _SIDES), "")
        names = {first: THIS, _OTHER.get(first, ""): THAT}
        bare = tuple(names.get(word) or self._singular.get(word, word) for word in words)
        plural = any(word in self._singular for word in words)
        return Slots(bare, first, 0 if first else 2 if plural else int(any(word in self._parts for word in words)))

    def bare(self, items: Sequence[Item], slots: Slots) -> tuple[Item, ...]:
        """What a text claims once its sides are taken out: of the left side where it speaks of one, or of both."""
        if slots.first == "right":
            return self._mirrored(items)
        return self._halved(items) if slots.parts == 2 else tuple(items)

    def fill(self, bare: tuple[Item, ...], slots: Slots) -> Filled | None:
        """Claims of a text from those without sides; None where they contradict the sides that it names."""
        sided = set(self._mirrored(bare)) != set(bare)
        if slots.first:
            items = self._mirrored(bare) if slots.first == "right" else bare
            return Filled(items) if sided else None
        if not sided:
            return Filled(bare)
        if slots.parts == 2:
            items = self._doubled(bare)
            return Filled(items) if items else None
        if slots.parts == 1:
            return Filled(self._mirrored(bare) if self._default == "right" else bare, unsided=True)
        return None

    def _mirrored(self, items: Sequence[Item]) -> tuple[Item, ...]:
        return tuple(self._registry.mirrored(item) for item in items)

    def _halved(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """Of claims about both sides, those about the left one; other claims as they are."""
        halves = []
        for item in items:
            if isinstance(item, Statement) and item.predicate.startswith("both_"):
                left = item.predicate.replace("both", "left", 1)
                halves.append(replace(item, predicate=left) if left in self._registry.index else item)
            elif not (isinstance(item, Change) and self._registry.mirrored(item) in halves):
                halves.append(item)
        return tuple(halves) if self._doubled(halves) == tuple(items) else tuple(items)

    def _doubled(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """Claims about the left side, made of both; nothing where that is no claim."""
        found: list[Item] = []
        for item in items:
            if isinstance(item, Change) and item.measure.startswith("left_"):
                found += [item, self._registry.mirrored(item)]
            elif isinstance(item, Statement) and item.predicate.startswith("left_"):
                both = item.predicate.replace("left", "both", 1)
                if both not in self._registry.index:
                    return ()
                found.append(replace(item, predicate=both))
            else:
                return ()
        return tuple(found)

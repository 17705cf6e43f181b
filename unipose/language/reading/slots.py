"""Sides taken out of a text and of its claims, and put back: "right hand on left knee" is read as "this hand on that
knee", and what holds for it holds for the other three ways to say it, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.items import Change, Item, Statement
from unipose.language.measuring.registry import Registry

THIS, THAT = "this", "that"
_REACH = 2  # words behind a side among which its part stands ("left upper arm")
_ANGLES = ("angle", "angles")


@dataclass(frozen=True)
class Slots:
    """A text without its sides.

    Attributes:
        words: in plain form; one side is "this", the other one "that", and parts are in the singular.
        first: the side that is called "this"; empty where none is named.
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
        leading: parts whose side is "this" where both sides are named, whichever comes first ("put the left knee
            under the right hand"), most leading first.
    """

    def __init__(
        self, registry: Registry, plurals: Mapping[str, str], default: str, leading: Sequence[str] = ()
    ) -> None:
        self._registry = registry
        self._rank = {part: rank for rank, part in enumerate(leading)}
        self._singular = {plural: one for one, plural in plurals.items()}
        self._parts = frozenset(plurals)
        self._default = default

    def take(self, words: Sequence[str]) -> Slots:
        """The slots of plain words."""
        first = self._first(words)
        names = {first: THIS, OTHER_SIDE.get(first, ""): THAT}
        bare = tuple(
            names[word] if _is_side(words, at) else self._singular.get(word, word) for at, word in enumerate(words)
        )
        plural = any(word in self._singular for word in words)
        return Slots(bare, first, 0 if first else 2 if plural else int(any(word in self._parts for word in words)))

    def _first(self, words: Sequence[str]) -> str:
        """The side that is called "this"."""
        sides = [(self._leads(words, at), word) for at, word in enumerate(words) if _is_side(words, at)]
        return min(sides, key=lambda each: each[0], default=(0, ""))[1]

    def _leads(self, words: Sequence[str], at: int) -> int:
        """The rank of the part a side belongs to."""
        named = (self._rank.get(self._singular.get(word, word)) for word in words[at + 1 : at + 1 + _REACH])
        return next((rank for rank in named if rank is not None), len(self._rank))

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
        halves: list[Item] = []
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
                if both in self._registry.index:
                    found.append(replace(item, predicate=both))
                else:
                    found += [item, self._registry.mirrored(item)]
            else:
                return ()
        return tuple(found)


def _is_side(words: Sequence[str], at: int) -> bool:
    """Whether a word names a side: not the "right" of a right angle."""
    return words[at] in OTHER_SIDE and (at + 1 == len(words) or words[at + 1] not in _ANGLES)

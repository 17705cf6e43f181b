"""A degree that stands where no wording has it: "tilt your head slightly toward the right shoulder"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unipose.language.items import Item, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.plain import Word


class Degrees:
    """Parts words from their degree, and gives claims one.

    Args:
        registry: the predicates.
        data: of ``cues.yaml``: word of a degree to what its predicates are called, as replacements in plain ones.
    """

    def __init__(self, registry: Registry, data: Mapping[str, Mapping[str, str]]) -> None:
        self._registry = registry
        self._names = {word: [(re.compile(a), b) for a, b in ways.items()] for word, ways in data.items()}

    def taken(self, words: Sequence[Word]) -> tuple[str, list[Word]]:
        """The only word of a degree among some, and the others; an empty one where there is none, or several."""
        found = [word.plain for word in words if word.plain in self._names]
        if len(found) != 1:
            return "", list(words)
        return found[0], [word for word in words if word.plain != found[0]]

    def given(self, items: Sequence[Item], degree: str) -> tuple[Item, ...]:
        """Claims in that degree; nothing where one of them has none."""
        found = tuple(self._given(item, degree) for item in items)
        return () if None in found else tuple(item for item in found if item is not None)

    def _given(self, item: Item, degree: str) -> Item | None:
        if not isinstance(item, Statement):
            return None
        for pattern, name in self._names[degree]:
            other = pattern.sub(name, item.predicate, count=1)
            if other != item.predicate and other in self._registry.index:
                return replace(item, predicate=other)
        return None

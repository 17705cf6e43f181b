"""What is too much is wished away: "her knees are bent too much", "way too slouchy"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unipose.language.changing.changes import Degree
from unipose.language.items import Change, Item, Statement
from unipose.language.measuring.registry import Predicate, Registry
from unipose.language.reading.cover import Piece
from unipose.language.reading.plain import Word

# "raise it, too" says something else
_TOO = re.compile(r"\b(?:too|overly|excessively)\s+(?!and\b|but\b|then\b|while\b|with\b)\w", re.IGNORECASE)
_LIMIT = re.compile(r"\b(?:not|isn't|aren't|never|n't)\s+(?:\w+\s+)?too\b", re.IGNORECASE)
_PLAIN = "plain"
_PAUSE = re.compile(r"[,.;:!?]")


class Excess:
    """Turns states that are complained of into changes away from them.

    Args:
        registry: the predicates.
        degrees: how far things are changed, by name and unit.
    """

    def __init__(self, registry: Registry, degrees: Mapping[str, Degree]) -> None:
        self._registry = registry
        self._means = degrees[_PLAIN].means

    def minded(self, text: str, words: Sequence[Word], pieces: Sequence[Piece]) -> tuple[Piece, ...]:
        """The pieces; states of which there is too much are changes, and unread where they have no measure."""
        if not _TOO.search(text):
            return tuple(pieces)
        out: list[Piece] = []
        for at, piece in enumerate(pieces):
            around = _around(text, words, pieces, at) if piece.items else ""
            if _TOO.search(around):  # "not too high" is no order
                piece = replace(piece, items=() if _LIMIT.search(around) else self._away(piece.items))
            out.append(piece)
        return tuple(out)

    def _away(self, items: Sequence[Item]) -> tuple[Item, ...]:
        if any(isinstance(item, Change) or self._names(item) for item in items):
            return tuple(items)  # a wording of its own: "too timid to look up" is how the shy are
        found: list[Item] = []
        for item in items:
            if not isinstance(item, Statement):
                found.append(item)
                continue
            changes = self._changes(self._registry[item.predicate])
            if not changes:
                return ()
            found += changes
        return tuple(dict.fromkeys(found))

    def _names(self, item: Item) -> bool:
        return isinstance(item, Statement) and self._registry[item.predicate].region == "name"

    def _changes(self, predicate: Predicate) -> list[Change]:
        """Away from what a predicate says by the one measure that it has, or its sides have; none where it has more."""
        if predicate.side == "both":
            return [change for part in predicate.all for change in self._changes(self._registry.table[part.predicate])]
        if len(predicate.intervals) != 1:
            return []
        (own,) = predicate.intervals
        measure = self._registry.measures[own.measure]
        sign = -1 if math.isinf(own.hi) or (math.isfinite(own.lo) and own.lo + own.hi > 0) else 1
        near, far = sorted(sign * bound for bound in self._means[measure.unit])
        return [Change(measure.id, sign, _PLAIN, near, far)]


def _around(text: str, words: Sequence[Word], pieces: Sequence[Piece], at: int) -> str:
    """The words of a piece with those around it that no other piece has, as far as no pause parts them from it."""
    piece = pieces[at]
    before = max((words[one.end - 1].end for one in pieces[:at] if not one.filler), default=0)
    behind = min((words[one.start].start for one in pieces[at + 1 :] if not one.filler), default=len(text))
    first, last = words[piece.start].start, words[piece.end - 1].end
    return _PAUSE.split(text[before:first])[-1] + text[first:last] + _PAUSE.split(text[last:behind])[0]

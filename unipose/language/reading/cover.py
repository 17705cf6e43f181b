"""Covering a stretch of text by what its parts may mean, known wordings and others, at the least cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.language.items import Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.either import leaves_open, of_either
from unipose.language.reading.nearest import Nearest
from unipose.language.reading.plain import Word
from unipose.language.reading.second_look import SecondLook
from unipose.language.reading.sides import OPEN
from unipose.language.reading.trie import DEFAULT_SIDE, EITHER

_SIDED = re.compile(r"^(?:left|right|either)_")


@dataclass(frozen=True)
class Piece:
    """``words[start:end]`` of a text and what it claims: nothing where it was not read, or carries no claim.

    ``continued``: it goes on about the part spoken of before ("and bent").
    """

    start: int
    end: int
    items: tuple[Item, ...] = ()
    confidence: float = 1.0
    filler: bool = False
    continued: bool = False

    @property
    def unread(self) -> bool:
        """Whether it should have been read and was not."""
        return not self.items and not self.filler


def adjacent(before: Piece | None, piece: Piece) -> bool:
    """Whether two claims were read from words with no word and no pause between them."""
    return before is not None and bool(before.items and piece.items) and before.end == piece.start


def _edge(pieces: Sequence[Piece], at: int) -> bool:
    """Whether words may be parted before a piece: not amid words that were not read."""
    return at in (0, len(pieces)) or not (pieces[at - 1].unread and pieces[at].unread)


class Cover:
    """Chooses between known wordings and unknown ones that span several of them and unread words.

    Args:
        look: reads unknown wordings.
        nearest: knows words.
        registry: what is mirrored.
        data: the parsed ``cues.yaml``. Its ``cover`` has the costs of an unread word, of an unknown wording
            (``unknown``, and as much again for each word as it is unsure), of claims side by side (``adjacent``), of
            going on about the same part (``continued``), and the longest unknown wording, in words (``longest``).
            ``to_claim`` is the least sureness, ``to_name`` that of a named pose, which takes two words or its own
            name, and ``surest`` is the most: what nobody wrote down is never sure. Behind its ``similes`` nothing
            is read but known wordings.
    """

    def __init__(self, look: SecondLook, nearest: Nearest, registry: Registry, data: Mapping[str, Any]) -> None:
        self._look = look
        self._registry = registry
        self._nearest = nearest
        self._costs: Mapping[str, float] = data["cover"]
        self._similes = frozenset(data["similes"])

    def best(self, words: Sequence[Word], pieces: Sequence[Piece], sides: Sequence[str]) -> list[Piece]:
        """The pieces, some of them replaced by larger ones. ``sides`` are those of the parts that lack theirs."""
        count = len(pieces)
        best: list[tuple[float, list[Piece]]] = [(0.0, [])] * (count + 1)
        for first in range(count - 1, -1, -1):
            here = pieces[first]
            rest, tail = best[first + 1]
            best[first] = (self._cost(words, here) + self._beside(here, tail, words) + rest, [here, *tail])
            for last in range(first, count) if _edge(pieces, first) else ():
                if not _edge(pieces, last + 1):
                    continue
                joint = self._joint(words, pieces[first : last + 1], sides)
                if joint is None:
                    continue
                rest, tail = best[last + 1]
                size = len(self._content(words, pieces[first : last + 1]))
                cost = self._costs["unknown"] + size * (1.0 - joint.confidence)
                cost += self._beside(joint, tail, words) + rest
                if cost < best[first][0]:
                    best[first] = (cost, [joint, *tail])
        return best[0][1]

    def _cost(self, words: Sequence[Word], piece: Piece) -> float:
        if piece.unread:
            return piece.end - piece.start
        return self._costs["continued"] if piece.continued else 0.0

    def _beside(self, piece: Piece, tail: Sequence[Piece], words: Sequence[Word]) -> float:
        return self._costs["adjacent"] if tail and adjacent(piece, tail[0]) else 0.0

    def _joint(self, words: Sequence[Word], pieces: Sequence[Piece], sides: Sequence[str]) -> Piece | None:
        """What pieces mean together, as one unknown wording."""
        if pieces[0].filler or pieces[-1].filler or (len(pieces) == 1 and pieces[0].items):
            return None
        said = self._content(words, pieces)
        if len(said) > self._costs["longest"] or any(word.negated for word in said[1:]):
            return None
        if any(word.plain in self._similes for word in words[max(0, pieces[0].start - 1) : pieces[-1].end]):
            return None  # "like a cactus": what is likened is no claim in itself
        if said[0].negated and not all(self._nearest.knows(word.plain) for word in said):
            return None  # what exactly is denied is unclear
        filled, sure = self._look.read(tuple(word.plain for word in said))
        named = any(map(self._names, filled.items))
        if named and len(said) == 1 and not any(_called(item, said[0].plain) for item in filled.items):
            return None
        if sure < self._costs["to_name" if named else "to_claim"]:
            return None
        items = filled.items
        places = range(pieces[0].start, pieces[-1].end)
        side = next((sides[at] for at in places if sides[at] != DEFAULT_SIDE), DEFAULT_SIDE)
        if filled.unsided and side == OPEN:
            return None
        if any(sides[at] == EITHER for at in places):
            one = of_either(items, self._registry)  # "one hand on the rail" is no claim about both
            if one is None or (not filled.unsided and not all(map(leaves_open, items))):
                return None
            items = one
        elif filled.unsided and side != DEFAULT_SIDE:
            items = tuple(self._registry.mirrored(item) for item in items)
        return Piece(pieces[0].start, pieces[-1].end, items, min(sure, self._costs["surest"]))

    def _names(self, item: Item) -> bool:
        """Whether an item is a named pose, or an order about a whole part: words hardly let them be guessed."""
        return isinstance(item, Keep | Match) or (
            isinstance(item, Statement) and self._registry[item.predicate].region == "name"
        )

    @staticmethod
    def _content(words: Sequence[Word], pieces: Sequence[Piece]) -> list[Word]:
        return [word for piece in pieces if not piece.filler for word in words[piece.start : piece.end]]


def _called(item: Item, word: str) -> bool:
    """Whether a named pose is called by a word, or nearly so ("archer" for archery)."""
    name = _SIDED.sub("", item.predicate) if isinstance(item, Statement) else ""
    return "_" not in name and name.startswith(word)

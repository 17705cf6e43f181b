"""A second look at clauses with unread words: parts that share a verb or a complement, and unknown wordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unipose.language.items import Item
from unipose.language.nearest import Nearest
from unipose.language.plain import Plain, Word
from unipose.language.trie import other_side

_OTHER = "other"
_BEFORE_A_PART = ("left", "right", _OTHER)


@dataclass(frozen=True)
class Piece:
    """``words[start:end]`` of a text and what it claims: nothing where it was not read, or carries no claim."""

    start: int
    end: int
    items: tuple[Item, ...] = ()
    confidence: float = 1.0
    filler: bool = False

    @property
    def unread(self) -> bool:
        """Whether it should have been read and was not."""
        return not self.items and not self.filler


Read = Callable[[Sequence[Word]], tuple[Piece, ...]]


class Repair:
    """Reads again what is left of a text.

    Args:
        plain: the words that separate clauses.
        nearest: claims by concepts.
        plurals: body parts, singular to plural.
        data: the parsed ``cues.yaml`` (its ``sure``).
    """

    def __init__(self, plain: Plain, nearest: Nearest, plurals: Mapping[str, str], data: Mapping[str, Any]) -> None:
        self._plain = plain
        self._nearest = nearest
        self._parts = frozenset(plurals) | frozenset(plurals.values())
        self._sure: Mapping[str, float] = data["sure"]
        self._breaks = frozenset(data["clause_breaks"])

    def mend(self, words: Sequence[Word], pieces: Sequence[Piece], read: Read) -> tuple[Piece, ...]:
        """The pieces of a text, with those of its clauses that have unread words read again where possible."""
        if not any(piece.unread for piece in pieces):
            return tuple(pieces)
        clauses = list(self._clauses(words, pieces))
        out: list[Piece] = []
        for number, clause in enumerate(clauses):
            if not any(piece.unread for piece in clause):
                out.extend(clause)
                continue
            around = [clauses[other] for other in (number - 1, number + 1) if 0 <= other < len(clauses)]
            shared = self._shared(words, clause, around, read)
            out.extend(shared or self._like(words, clause) or self._doubt(words, clause))
        return tuple(out)

    def _clauses(self, words: Sequence[Word], pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
        clause: list[Piece] = []
        for piece in pieces:
            first = words[piece.start]
            breaks = piece.filler and first.plain in self._breaks
            if clause and (breaks or first.joining):
                yield clause
                clause = []
            clause.append(piece)
        if clause:
            yield clause

    def _shared(
        self, words: Sequence[Word], clause: Sequence[Piece], around: Sequence[Sequence[Piece]], read: Read
    ) -> tuple[Piece, ...]:
        """A part alone ("raise your left hand and right foot"): the clause beside it says what it does."""
        said = self._content(words, clause)
        part = self._part_in(said)
        if part is None or part != (0, len(said)):
            return ()
        for beside in around:
            model = self._content(words, beside)
            place = self._part_in(model)
            if place is None or place == (0, len(model)):
                continue
            tried = [*model[: place[0]], *said, *model[place[1] :]]
            other = other_side(words, clause[0].start)
            found = read([word._replace(joining=0.0, plain=_named(word.plain, other)) for word in tried])
            items = tuple(item for piece in found for item in piece.items)
            if items and not any(piece.unread for piece in found):
                return (Piece(clause[0].start, clause[-1].end, items, self._sure["shared"]),)
        return ()

    def _content(self, words: Sequence[Word], clause: Sequence[Piece]) -> list[Word]:
        return [word for piece in clause if not piece.filler for word in words[piece.start : piece.end]]

    def _part_in(self, words: Sequence[Word]) -> tuple[int, int] | None:
        """Where the first body part stands, its side included."""
        for position, word in enumerate(words):
            if word.plain in self._parts:
                sided = position and words[position - 1].plain in _BEFORE_A_PART
                return position - int(bool(sided)), position + 1
        return None

    def _like(self, words: Sequence[Word], clause: Sequence[Piece]) -> tuple[Piece, ...]:
        """The whole clause as a wording nobody wrote down."""
        said = self._content(words, clause)
        strange = sum(not self._nearest.knows(word.plain) for word in said)
        if strange and any(word.negated for word in said):
            return ()  # what exactly is denied is unclear
        near = self._nearest.find([word.plain for word in said])
        if near is None:
            return ()
        return (Piece(clause[0].start, clause[-1].end, near.items, near.confidence),)

    def _doubt(self, words: Sequence[Word], clause: Sequence[Piece]) -> tuple[Piece, ...]:
        """What was read beside words that were not is less sure, above all if a claim may hang on those words."""
        unread = [word.plain for piece in clause if piece.unread for word in words[piece.start : piece.end]]
        sure = self._sure["beside_known" if any(map(self._nearest.weighty, unread)) else "beside_unknown"]
        return tuple(replace(piece, confidence=min(piece.confidence, sure)) for piece in clause)


def _named(word: str, other: str) -> str:
    return other if word == _OTHER else word

"""The value types of written language: a text together with the statements that made it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unipose.language.items import Item, spell, unspell

_SENTENCE = re.compile(r"(?:^|(?<=[.!?] ))[a-z]")


@dataclass(frozen=True)
class Clause:
    """A stretch of a caption, ``text[start:end]``, and what it claims."""

    start: int
    end: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Caption:
    """A text, what it claims (every item has at least one clause), and where.

    ``statements`` are in the subject's own sides, whatever sides the ``viewpoint`` makes the text speak of.
    """

    text: str
    statements: tuple[Item, ...]
    clauses: tuple[Clause, ...] = ()
    level: int | None = None
    register: str = "plain"
    viewpoint: str = "subject"

    def to_dict(self) -> dict[str, Any]:
        """The side-car record: plain values for one line of JSON, items as :func:`unipose.language.items.spell`."""
        return {
            "text": self.text,
            "statements": [spell(item) for item in self.statements],
            "clauses": [[clause.start, clause.end, [spell(i) for i in clause.items]] for clause in self.clauses],
            "level": self.level,
            "register": self.register,
            "viewpoint": self.viewpoint,
        }

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> Caption:
        """Read what :meth:`to_dict` wrote.

        Raises:
            ValueError: when a statement is none of the pose language.
        """
        clauses = ((start, end, tuple(map(unspell, items))) for start, end, items in record["clauses"])
        return Caption(
            text=record["text"],
            statements=tuple(map(unspell, record["statements"])),
            clauses=tuple(Clause(*clause) for clause in clauses),
            level=record["level"],
            register=record["register"],
            viewpoint=record["viewpoint"],
        )


class Page:
    """A caption under construction: pieces of text, each with what it claims."""

    def __init__(self) -> None:
        self._pieces: list[tuple[str, tuple[Item, ...]]] = []

    def write(self, text: str, items: tuple[Item, ...] = ()) -> None:
        """Append a piece."""
        self._pieces.append((text, items))

    def finish(self, ending: str, capitals: bool) -> Caption:
        """Close the text; ``capitals`` starts each sentence with a capital letter."""
        clauses, position, text = [], 0, ""
        for piece, items in self._pieces:
            if items:
                clauses.append(Clause(position, position + len(piece), items))
            text += piece
            position += len(piece)
        text += ending
        if capitals:
            text = _SENTENCE.sub(lambda first: first[0].upper(), text)
        said = dict.fromkeys(item for clause in clauses for item in clause.items)
        return Caption(text, tuple(said), tuple(clauses))

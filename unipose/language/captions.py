"""The value types of written language: a text together with the statements that made it."""

from __future__ import annotations

from dataclasses import dataclass

from unipose.language.items import Item


@dataclass(frozen=True)
class Clause:
    """A stretch of a caption, ``text[start:end]``, and what it claims."""

    start: int
    end: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Caption:
    """A text, what it claims (every item has at least one clause), and where."""

    text: str
    statements: tuple[Item, ...]
    clauses: tuple[Clause, ...] = ()


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
            text = _with_capitals(text)
        said = dict.fromkeys(item for clause in clauses for item in clause.items)
        return Caption(text, tuple(said), tuple(clauses))


def _with_capitals(text: str) -> str:
    sentences = text.split(". ")
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)

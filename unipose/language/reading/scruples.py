"""What is better left unread: claims that the unread words beside them may well turn into other ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unipose.language.items import Change, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.cover import Piece
from unipose.language.reading.plain import Word


class Scruples:
    """Takes back claims.

    Args:
        registry: which predicates are named poses.
        data: the parsed ``cues.yaml``: parts of the body that nothing is known of (``foreign``), and words that
            compare with what is named next (``compared``).
    """

    def __init__(self, registry: Registry, data: Mapping[str, Any]) -> None:
        self._registry = registry
        self._foreign = frozenset(data["foreign"])
        self._compared = frozenset(data["compared"])

    def cleared(self, words: Sequence[Word], pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces of a clause, some of them unread after all."""
        unread = [word.plain for piece in pieces if piece.unread for word in words[piece.start : piece.end]]
        if not unread:
            return list(pieces)
        compares = not self._compared.isdisjoint(unread)
        out: list[Piece] = []
        for before, piece in zip((None, *pieces), pieces, strict=False):
            of_another = before is not None and before.unread and words[before.end - 1].plain in self._foreign
            if piece.items and (of_another or self._doubtful(piece, compares)):
                piece = replace(piece, items=())
            out.append(piece)
        return out

    def _doubtful(self, piece: Piece, compares: bool) -> bool:
        """Whether unread words in its clause are enough to drop a claim: changes compared with something unknown ("more
        bent than the right"), and names of one word ("freeze", "box")."""
        if compares and any(isinstance(item, Change) for item in piece.items):
            return True
        named = all(
            isinstance(item, Statement) and self._registry[item.predicate].region == "name" for item in piece.items
        )
        return named and piece.end - piece.start == 1

"""The posture: said by the way ("sitting slouched"), and what other words mean in it ("sitting, a leg in front")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.items import Item, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.cover import Piece
from unipose.language.reading.plain import Word
from unipose.language.reading.stances import above_waist
from unipose.language.reading.trie import EITHER

_POSE = "pose"


class Postures:
    """Adds the posture that a wording names besides what it claims, and minds it.

    Args:
        registry: the predicates.
        data: the parsed ``cues.yaml``. Its ``posture_verbs`` stand for predicates each; ``means_in`` some postures,
            other predicates mean others.
    """

    def __init__(self, registry: Registry, data: Mapping[str, Any]) -> None:
        self._registry = registry
        self._verbs = {verb: Statement(name) for verb, name in data["posture_verbs"].items()}
        self._objects = frozenset((*OTHER_SIDE, *(part for parts in data["limbs"].values() for part in parts)))
        self._means = [(frozenset(each["postures"]), _of_sides(each["means"])) for each in data["means_in"]]

    def completed(self, words: Sequence[Word], pieces: Sequence[Piece]) -> tuple[Piece, ...]:
        """The pieces; those that start with the verb of a posture claim it, where the whole text claims none."""
        if not any(self._is_posture(item) for piece in pieces for item in piece.items):
            pieces = [self._with_posture(words, piece) for piece in pieces]
        claims = {
            item.predicate
            for piece in pieces
            for item in piece.items
            if isinstance(item, Statement) and not item.negated
        }
        means = {said: meant for postures, each in self._means if claims & postures for said, meant in each.items()}
        means |= {name: above for name in claims if (above := above_waist(name, claims, self._registry)) != name}
        return tuple(_replaced(piece, means) for piece in pieces) if means else tuple(pieces)

    def _with_posture(self, words: Sequence[Word], piece: Piece) -> Piece:
        here = words[piece.start : piece.end]
        posture = self._verbs.get(here[0].plain)
        if not piece.items or posture is None or any(word.negated for word in here):
            return piece
        if len(here) > 1 and here[1].plain in self._objects:  # "stand the forearm on end"
            return piece
        if any(word.plain == _POSE for word in here):  # "stand in a T-pose": that is what the pose is called
            return piece
        return replace(piece, items=(posture, *piece.items))

    def _is_posture(self, item: Item) -> bool:
        return isinstance(item, Statement) and self._registry[item.predicate].whole


def _of_sides(means: Mapping[str, str]) -> dict[str, str]:
    sides = (*OTHER_SIDE, "both", EITHER)
    sided = {f"{side}_{said}": f"{side}_{meant}" for side in sides for said, meant in means.items()}
    return {**means, **sided}


def _replaced(piece: Piece, means: Mapping[str, str]) -> Piece:
    items = tuple(
        replace(item, predicate=means[item.predicate])
        if isinstance(item, Statement) and item.predicate in means
        else item
        for item in piece.items
    )
    return replace(piece, items=items)

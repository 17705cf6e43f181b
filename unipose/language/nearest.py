"""Wordings nobody wrote down: the claim whose wordings share the most concepts with a stretch of text.

Words are brought to concepts (``concepts.yaml``). Sides, and concepts that turn a claim around ("up", "behind"), must
be the same on both sides; the others count by weight. A reading is accepted with a distance to the next best claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unipose.language.items import Change, Item

_BOTH = "both"
_SIDES = ("left", "right", _BOTH)


@dataclass(frozen=True)
class Near:
    """What a stretch of text is most like.

    Attributes:
        items: the claim.
        score: the share of concepts in common, by weight, 0 to 1.
        margin: how much better that is than the best other claim.
        confidence: how often such a reading is right.
    """

    items: tuple[Item, ...]
    score: float
    margin: float
    confidence: float


class Nearest:
    """Finds claims by concepts.

    Args:
        wordings: plain words and what they claim.
        plurals: body parts, singular to plural.
        data: the parsed ``concepts.yaml``.
    """

    def __init__(
        self,
        wordings: Sequence[tuple[tuple[str, ...], tuple[Item, ...]]],
        plurals: Mapping[str, str],
        data: Mapping[str, Any],
    ) -> None:
        self._data = data
        self._concept = {word: name for name, words in data["concepts"].items() for word in words}
        self._parts = {**{plural: (one, _BOTH) for one, plural in plurals.items()}, **{one: (one,) for one in plurals}}
        self._crucial = frozenset(data["crucial"]) | set(_SIDES)
        self._light = frozenset(data["light"])
        self._comparing = frozenset(data["comparing"])
        bags: dict[tuple[frozenset[str], tuple[Item, ...]], tuple[str, ...]] = {}
        for words, items in wordings:
            sequence = self.concepts(words)
            bags.setdefault((frozenset(sequence), items), sequence)
        self._items = [items for _, items in bags]
        self._changes = np.array([any(isinstance(item, Change) for item in items) for items in self._items])
        self._sequences = list(bags.values())
        vocabulary = sorted({concept for sequence in self._sequences for concept in sequence})
        self._ids = {concept: i for i, concept in enumerate(vocabulary)}
        self._weights = np.array([self._weight(concept) for concept in vocabulary])
        rows = np.array([i for i, (bag, _) in enumerate(bags) for _ in bag], dtype=np.int32)
        columns = np.array([self._ids[concept] for bag, _ in bags for concept in bag], dtype=np.int32)
        order = np.argsort(columns, kind="stable")
        self._rows = rows[order]
        self._starts = np.searchsorted(columns[order], np.arange(len(vocabulary) + 1))
        self._totals = np.bincount(rows, self._weights[columns], minlength=len(bags))
        crucial = np.array([concept in self._crucial for concept in vocabulary])
        self._crucial_counts = np.bincount(rows, crucial[columns].astype(float), minlength=len(bags))

    def knows(self, word: str) -> bool:
        """Whether a plain word occurs in any wording, or stands for a concept that does."""
        return all(concept in self._ids for concept in self.concepts((word,)))

    def weighty(self, word: str) -> bool:
        """Whether a claim may hang on a plain word: it is known and more than a helping word."""
        return self.knows(word) and not all(concept in self._light for concept in self.concepts((word,)))

    def concepts(self, words: Sequence[str]) -> tuple[str, ...]:
        """Plain words to concepts, in order, none twice in a row; plurals of body parts are the part and "both"."""
        return tuple(concept for word in words for concept in self._parts.get(word) or (self._concept.get(word, word),))

    def find(self, words: Sequence[str]) -> Near | None:
        """The claim nearest to plain words; None where it would be a guess."""
        sequence = self.concepts(words)
        said = frozenset(sequence)
        known = [concept for concept in said if concept in self._ids]
        if not known:
            return None
        shared = np.zeros(len(self._items))
        turning = np.zeros(len(self._items))
        for concept in known:
            rows = self._rows_of(concept)
            shared[rows] += self._weights[self._ids[concept]]
            if concept in self._crucial:
                turning[rows] += 1
        wanted = sum(concept in self._crucial for concept in said)
        total = sum(self._weight(concept) for concept in said)
        score = shared / (self._totals + total - shared)
        if not said & self._comparing:
            score[self._changes] = 0.0
        score[(turning != wanted) | (turning != self._crucial_counts)] = 0.0
        return self._best(sequence, score)

    def _best(self, sequence: Sequence[str], score: NDArray[np.float64]) -> Near | None:
        few = self._data["considered"]
        top = np.argpartition(-score, min(few, len(score) - 1))[:few]
        pairs = set(zip(sequence, sequence[1:], strict=False))
        claims: dict[tuple[Item, ...], float] = {}
        for which in top:
            other = self._sequences[which]
            others = set(zip(other, other[1:], strict=False))
            order = len(pairs & others) / max(1, len(pairs | others))
            value = float(score[which]) * (1 - self._data["order"] * (1 - order))
            claims[self._items[which]] = max(claims.get(self._items[which], 0.0), value)
        first, *rest = sorted(claims.items(), key=lambda claim: -claim[1])[:2]
        margin = first[1] - (rest[0][1] if rest else 0.0)
        if first[1] < self._data["least"]["score"] or margin < self._data["least"]["margin"]:
            return None
        return Near(first[0], first[1], margin, self._confidence(first[1], margin))

    def _confidence(self, score: float, margin: float) -> float:
        fits = (each for each in self._data["confidence"] if score >= each["score"] and margin >= each["margin"])
        return float(next(fits)["is"])

    def _rows_of(self, concept: str) -> NDArray[np.int32]:
        which = self._ids[concept]
        return self._rows[self._starts[which] : self._starts[which + 1]]

    def _weight(self, concept: str) -> float:
        weights = self._data["weights"]
        if concept in self._light:
            return float(weights["light"])
        return float(weights["crucial" if concept in self._crucial else "other"])

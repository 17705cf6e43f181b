"""Wordings nobody wrote down: the claim whose wordings share the most concepts with a stretch of text.

Words are brought to concepts (``concepts.yaml``), sides are taken out before (``slots.py``). Concepts that turn a claim
around ("up", "behind") must be the same on both sides; the others count by weight.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unipose.language.items import Change, Item
from unipose.language.reading.slots import THAT, THIS

Claims = tuple[Item, ...]


@dataclass(frozen=True)
class Near:
    """What a stretch of text is most like: claims without sides, how alike their nearest wording is, 0 to 1, and how
    much more than the nearest wording of other claims."""

    claims: Claims
    score: float
    margin: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """A stretch of text beside all wordings.

    Attributes:
        near: what it is most like; None where nothing turns around as it does.
        known: the share of its words, by weight, that occur in wordings.
        turning: its concepts that turn a claim around.
        shares: how much each wording has in common with it.
    """

    near: Near | None
    known: float
    turning: frozenset[str]
    shares: NDArray[np.float64]


class Nearest:
    """Finds claims by concepts.

    Args:
        phrases: plain words without sides, and what they claim.
        data: the parsed ``concepts.yaml``.
    """

    def __init__(self, phrases: Sequence[tuple[Sequence[str], Claims]], data: Mapping[str, Any]) -> None:
        self._data = data
        self.concept_of: Mapping[str, str] = {word: name for name, words in data["concepts"].items() for word in words}
        self._crucial = frozenset(data["crucial"]) | {THIS, THAT}
        self._binding = frozenset(data["binding"]) | {THAT}
        self._light = frozenset(data["light"])
        self._comparing = frozenset(data["comparing"])
        bags: dict[tuple[frozenset[str], Claims], tuple[str, ...]] = {}
        for words, claims in phrases:
            sequence = self.concepts(words)
            bags.setdefault((frozenset(sequence), claims), sequence)
        self._claims = [claims for _, claims in bags]
        # sets are gone through in order: sums must not depend on how strings are hashed in this process
        self._bags = [tuple(sorted(bag)) for bag, _ in bags]
        self._sequences = list(bags.values())
        self._of_claims: dict[Claims, list[int]] = {}
        for row, claims in enumerate(self._claims):
            self._of_claims.setdefault(claims, []).append(row)
        self._changes = np.array([any(isinstance(item, Change) for item in claims) for claims in self._claims])
        vocabulary = sorted({concept for sequence in self._sequences for concept in sequence})
        self._ids = {concept: i for i, concept in enumerate(vocabulary)}
        self._weights = np.array([self._weight(concept) for concept in vocabulary])
        rows = np.array([i for i, bag in enumerate(self._bags) for _ in bag], dtype=np.int32)
        columns = np.array([self._ids[concept] for bag in self._bags for concept in bag], dtype=np.int32)
        order = np.argsort(columns, kind="stable")
        self._rows = rows[order]
        self._starts = np.searchsorted(columns[order], np.arange(len(vocabulary) + 1))
        self._totals = np.bincount(rows, self._weights[columns], minlength=len(bags))
        crucial = np.array([concept in self._crucial for concept in vocabulary])
        self._crucial_counts = np.bincount(rows, crucial[columns].astype(float), minlength=len(bags))
        self._turnings = functools.lru_cache(maxsize=4096)(self._turning_of)

    def knows(self, word: str) -> bool:
        """Whether a plain word occurs in any wording, or stands for a concept that does."""
        return self.concept_of.get(word, word) in self._ids

    def weighty(self, word: str) -> bool:
        """Whether a claim may hang on a plain word: it is known and more than a helping word."""
        return self.knows(word) and self.concept_of.get(word, word) not in self._light

    def concepts(self, words: Sequence[str]) -> tuple[str, ...]:
        """Plain words to concepts."""
        return tuple(self.concept_of.get(word, word) for word in words)

    def compare(self, words: Sequence[str]) -> Comparison:
        """Plain words without sides beside all wordings."""
        sequence = self.concepts(words)
        said = sorted(set(sequence))
        known = [concept for concept in said if concept in self._ids]
        shared, turns = np.zeros(len(self._claims)), np.zeros(len(self._claims))
        for concept in known:
            rows = self._rows_of(concept)
            shared[rows] += self._weights[self._ids[concept]]
            if concept in self._crucial:
                turns[rows] += 1
        turning = self._crucial.intersection(said)
        total = sum(map(self._weight, said))
        shares = shared / (self._totals + total - shared)
        alike = (turns == len(turning)) & (turns == self._crucial_counts)
        if self._comparing.isdisjoint(said):
            alike &= ~self._changes
        near = self._best(sequence, np.where(alike, shares, 0.0))
        return Comparison(near, sum(map(self._weight, known)) / total if total else 0.0, turning, shares)

    def overlap(self, comparison: Comparison, claims: Claims) -> float:
        """The most that a wording of some claims has in common with what was compared, 0 to 1."""
        rows = self._of_claims.get(claims)
        return float(comparison.shares[rows].max()) if rows else 0.0

    def foreign(self, comparison: Comparison, claims: Claims) -> tuple[int, int]:
        """How many of the concepts that turn a claim around in what was compared are in no wording of some claims: of
        those that bind (directions and parts), and of the others."""
        foreign = comparison.turning - self._turnings(claims) - {THIS}
        return len(foreign & self._binding), len(foreign - self._binding)

    def _turning_of(self, claims: Claims) -> frozenset[str]:
        bags = (self._bags[row] for row in self._of_claims.get(claims, ()))
        return self._crucial & frozenset(concept for bag in bags for concept in bag)

    def _best(self, sequence: Sequence[str], scores: NDArray[np.float64]) -> Near | None:
        few = min(self._data["considered"], len(scores) - 1)
        pairs = set(zip(sequence, sequence[1:], strict=False))
        best: dict[Claims, float] = {}
        for row in np.argpartition(-scores, few)[:few]:
            other = self._sequences[row]
            others = set(zip(other, other[1:], strict=False))
            order = len(pairs & others) / max(1, len(pairs | others))
            value = float(scores[row]) * (1 - self._data["order"] * (1 - order))
            best[self._claims[row]] = max(best.get(self._claims[row], 0.0), value)
        first, *rest = sorted(best.items(), key=lambda one: -one[1])[:2]
        return Near(*first, first[1] - (rest[0][1] if rest else 0.0)) if first[1] else None

    def _rows_of(self, concept: str) -> NDArray[np.int32]:
        which = self._ids[concept]
        return self._rows[self._starts[which] : self._starts[which + 1]]

    def _weight(self, concept: str) -> float:
        weights = self._data["weights"]
        if concept in self._light:
            return float(weights["light"])
        return float(weights["crucial" if concept in self._crucial else "other"])

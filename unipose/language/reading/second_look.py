"""A second look at words that are no known wording: the nearest wordings and a trained reader, weighed together.

Neither is trusted alone: what both say is surer than what one says. A claim whose sides or turning words ("up",
"behind") contradict the text is never taken.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unipose.language.reading.nearest import Claims, Comparison, Nearest
from unipose.language.reading.reader import Features, Guess, Reader
from unipose.language.reading.slots import Filled, SideSlots, Slots

_UNLIKELY = 1e-4


@dataclass(frozen=True)
class Candidate:
    """A reading that does not contradict the text.

    Attributes:
        bare: what it claims without sides.
        filled: what it claims.
        evidence: what speaks for it, as ``EVIDENCE`` names it.
    """

    bare: Claims
    filled: Filled
    evidence: tuple[float, ...]


# How likely the reader holds it (its logarithm) and how far that is ahead of other readings; what it shares with its
# own wordings; how near it is where it is the nearest, and how far ahead of the next; how near another one is; the
# share of the words that are known; and how many words that turn claims around its wordings do not have.
EVIDENCE = ("likely", "ahead", "overlap", "nearest", "nearest_ahead", "another_nearer", "known", "foreign")


class SecondLook:
    """Reads words that are no known wording.

    Args:
        slots: takes the sides out.
        nearest: the nearest wordings.
        reader: the trained model.
        unsided: how sure a claim is, at most, whose side had to be made up.
    """

    def __init__(self, slots: SideSlots, nearest: Nearest, reader: Reader, unsided: float) -> None:
        self._slots = slots
        self._nearest = nearest
        self._reader = reader
        self._features = Features(nearest.concept_of)
        self._unsided = unsided
        self.read = functools.lru_cache(maxsize=4096)(self._read)  # people repeat themselves, and so do clauses

    def _read(self, words: tuple[str, ...]) -> tuple[Filled, float]:
        """The best reading of plain words and how sure it is; nothing, and 0, where none fits."""
        candidates = self.candidates(words)
        if not candidates:
            return Filled(()), 0.0
        best = max(candidates, key=self._sureness)
        sure = self._sureness(best)
        return best.filled, min(sure, self._unsided) if best.filled.unsided else sure

    def candidates(self, words: Sequence[str]) -> list[Candidate]:
        """All readings that come into question."""
        slots = self._slots.take(words)
        comparison = self._nearest.compare(slots.words)
        guess = self._reader.guess(self._features.of(slots.words))
        tried = dict.fromkeys(guess.claims)
        if comparison.near is not None:
            tried[comparison.near.claims] = None
        fits = {bare: filled for bare in tried if (filled := self._fitting(bare, slots, comparison)) is not None}
        return [Candidate(bare, filled, self._evidence(bare, fits, guess, comparison)) for bare, filled in fits.items()]

    def _fitting(self, bare: Claims, slots: Slots, comparison: Comparison) -> Filled | None:
        binding, _ = self._nearest.foreign(comparison, bare)
        return None if binding else self._slots.fill(bare, slots)

    def _evidence(
        self, bare: Claims, fits: Mapping[Claims, Filled], guess: Guess, comparison: Comparison
    ) -> tuple[float, ...]:
        likely = {claims: float(share) for claims, share in zip(guess.claims, guess.likely, strict=True)}
        mine = likely.get(bare, 0.0)
        others = max((likely.get(other, 0.0) for other in fits if other != bare), default=0.0)
        near = comparison.near
        nearest = near is not None and near.claims == bare
        return (
            math.log(mine + _UNLIKELY),
            mine - others,
            self._nearest.overlap(comparison, bare),
            near.score if near is not None and nearest else 0.0,
            near.margin if near is not None and nearest else 0.0,
            near.score if near is not None and not nearest else 0.0,
            comparison.known,
            float(self._nearest.foreign(comparison, bare)[1]),
        )

    def _sureness(self, candidate: Candidate) -> float:
        *weights, constant = self._reader.calibration
        total = constant + sum(w * x for w, x in zip(weights, candidate.evidence, strict=True))
        return 1.0 / (1.0 + math.exp(-total))

"""What to say: the most telling statements first, nothing that follows from what has been said."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from unipose.language.bank import Bank
from unipose.language.posture import postures
from unipose.language.registry import Registry

_AGAIN = 1.0  # each statement about a part of the body makes the next one about it this much less telling
_FOLLOWS = 0.9  # a statement that holds in this share of the poses where another does follows from it


class Chooser:
    """Chooses predicates to assert about a pose.

    Args:
        registry: the predicates.
        bank: how usual each is.
        temperature: 0 always takes the most telling statement; 1 lets the less telling ones in about as often as a
            person would mention them.
    """

    def __init__(self, registry: Registry, bank: Bank, temperature: float = 1.0) -> None:
        self._registry = registry
        self._temperature = temperature
        self._surprise = bank.surprise().tolist()
        given = np.clip(bank.given(), 1e-6, 1.0)
        self._surprise_given: NDArray[np.float32] = -np.log(given)
        follows = given > _FOLLOWS
        self._silences: list[frozenset[int]] = []
        for which, implied in enumerate(registry.implied):
            alike = frozenset(i for i in range(len(registry.table)) if i != which and _alike(registry, which, i))
            self._silences.append(implied | alike | frozenset(np.flatnonzero(follows[which]).tolist()))
        self._wholes: list[tuple[int, ...]] = [
            tuple(
                i
                for i, whole in enumerate(registry.table)
                if whole.side == "both" and any(part.predicate == which for part in whole.all)
            )
            for which in range(len(registry.table))
        ]
        self._spoken = np.array([not predicate.silent for predicate in registry.table])
        self._is_posture = [predicate.region == "posture" for predicate in registry.table]
        self._precedence = [registry.position(name) for name in postures(registry)]

    def spoken(self, truth: NDArray[np.int8]) -> list[int]:
        """Indices of the predicates that may be asserted of a pose with this ``truth`` [P].

        Of the postures only the one that names the pose, and what it is a case of.
        """
        true = np.flatnonzero((np.asarray(truth) == 1) & self._spoken).tolist()
        named = next((which for which in self._precedence if truth[which] == 1), None)
        allowed = {named} | (self._registry.implied[named] if named is not None else frozenset())
        return [which for which in true if not self._is_posture[which] or named is None or which in allowed]

    def surprise(self, which: int) -> float:
        """Minus the log of how often a predicate holds."""
        return float(self._surprise[which])

    def silences(self, which: int) -> frozenset[int]:
        """What need not be said once ``which`` is."""
        return self._silences[which]

    def choose(
        self, candidates: Iterable[int], rng: random.Random, count: int, posture_first: float = 0.5
    ) -> list[int]:
        """At most ``count`` of ``candidates``, in the order they were chosen.

        ``posture_first`` is the chance to begin with what kind of pose it is, however usual that is.
        """
        gain = {which: self._surprise[which] for which in candidates}
        chosen: list[int] = []
        if count > 1 and rng.random() < posture_first:
            postures = [which for which in gain if self._is_posture[which]]
            if postures:
                self._take(max(postures, key=gain.__getitem__), gain, chosen)
        while gain and len(chosen) < count:
            best = max(gain, key=lambda which: gain[which] + self._noise(rng))
            self._take(self._whole(best, gain), gain, chosen)
        return chosen

    def _noise(self, rng: random.Random) -> float:
        return -self._temperature * math.log(-math.log(rng.random() or 1e-12))

    def _whole(self, which: int, gain: dict[int, float]) -> int:
        """Both sides at once where both are true: "both knees" rather than "the left knee"."""
        return next((whole for whole in self._wholes[which] if whole in gain), which)

    def _take(self, which: int, gain: dict[int, float], chosen: list[int]) -> None:
        chosen.append(which)
        del gain[which]
        silences, surprise = self._silences[which], self._surprise_given[which]
        region = self._registry.table[which].region
        for other in list(gain):
            if other not in gain:
                continue
            if other in silences:
                del gain[other]
            elif which in self._registry.implied[other]:
                # a stronger form would repeat what was said; so would each of its sides
                for repeated in (other, *(part.predicate for part in self._registry.table[other].all)):
                    gain.pop(repeated, None)
            else:
                gain[other] = min(gain[other], float(surprise[other]))
                if self._registry.table[other].region == region:
                    gain[other] -= _AGAIN


def _alike(registry: Registry, first: int, second: int) -> bool:
    """Whether two predicates grade the same measure ("slightly" and "far"): one of them says enough."""
    one, other = registry.table[first].intervals, registry.table[second].intervals
    return bool(one) and {i.measure for i in one} == {i.measure for i in other}


def ordered(chosen: Sequence[int], registry: Registry, rng: random.Random) -> list[int]:
    """The order of telling: from the top, from the ground, or the most telling first; the posture leads."""
    orders: tuple[tuple[str, ...], ...] = (
        ("name", "posture", "head", "trunk", "arm", "leg"),
        ("name", "posture", "leg", "trunk", "arm", "head"),
        ("name", "posture", "trunk", "arm", "leg", "head"),
    )
    if rng.random() < 0.4:
        return sorted(chosen, key=lambda which: registry.table[which].region != "posture")
    order = rng.choice(orders)

    def rank(which: int) -> int:
        region = registry.table[which].region
        return next(i for i, part in enumerate(order) if part in region)

    return sorted(chosen, key=rank)

"""What to say: the statement that tells most comes first, and nothing that follows from what has been said."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from unipose.language.choosing.bank import Bank, Bits, count
from unipose.language.items import Statement
from unipose.language.measuring.posture import postures
from unipose.language.measuring.registry import Registry, read_data

_DATA = "levels.yaml"


class Chooser:
    """Chooses statements about a pose.

    Args:
        registry: the predicates.
        bank: real poses; what fits few of them tells much.
        temperature: 0 always takes the most telling statement; 1 lets the less telling ones in about as often as a
            person would mention them.
    """

    def __init__(self, registry: Registry, bank: Bank, temperature: float = 1.0) -> None:
        self.registry, self.bank, self.temperature = registry, bank, temperature
        self.rules = read_data(_DATA)["choice"]
        self._surprise = bank.surprise()
        self._consequences: dict[tuple[int, bool], tuple[frozenset[int], frozenset[int]]] = {}
        self._alike = _alike(registry)
        self._wholes: list[tuple[int, ...]] = [() for _ in registry.table]
        for i, whole in enumerate(registry.table):
            if whole.side == "both":
                for part in whole.all:
                    self._wholes[part.predicate] += (i,)
        self._sayable = np.flatnonzero([not predicate.silent for predicate in registry.table])
        self._sayable_holds = bank.holds[self._sayable]
        self._spoken = np.array([predicate.told for predicate in registry.table])
        self._is_posture = [predicate.region == "posture" for predicate in registry.table]
        self._precedence = [registry.position(name) for name in postures(registry)]
        seen = self.rules["visibility"]
        self._visibility = np.array(
            [next(seen[part] for part in seen if part in predicate.region) for predicate in registry.table]
        )
        self._in_posture = self._count_in_postures()

    def _count_in_postures(self) -> dict[int | None, NDArray[np.float32]]:
        """How surprising each predicate is among the poses that each posture names."""
        surprises: dict[int | None, NDArray[np.float32]] = {}
        left = self.bank.everyone
        for which in self._precedence:
            surprises[which] = self.bank.surprise(left & self.bank.holds[which])
            left = left & ~self.bank.holds[which]
        surprises[None] = self.bank.surprise(left)
        return surprises

    def posture(self, truth: NDArray[np.int8]) -> int | None:
        """The posture that names a pose with this ``truth`` [P], if one is clearly true."""
        return next((which for which in self._precedence if truth[which] == 1), None)

    def spoken(self, truth: NDArray[np.int8]) -> list[int]:
        """Indices of the predicates that may be asserted of a pose with this ``truth`` [P].

        Of the postures only the one that names the pose, and what it is a case of.
        """
        true = np.flatnonzero((np.asarray(truth) == 1) & self._spoken).tolist()
        named = self.posture(truth)
        allowed = {named} | (self.registry.implied[named] if named is not None else frozenset())
        return [which for which in true if not self._is_posture[which] or named is None or which in allowed]

    def surprise(self, which: int) -> float:
        """Minus the log of how often a predicate holds."""
        return float(self._surprise[which])

    def surprises(self, posture: int | None) -> NDArray[np.float32]:
        """Float32 [P]: minus the log of how often predicates hold in the poses that a posture (or none) names."""
        return self._in_posture[posture]

    def silences(self, which: int) -> frozenset[int]:
        """What need not be said once ``which`` is."""
        return self.consequences(which, False)[0]

    def consequences(self, which: int, negated: bool) -> tuple[frozenset[int], frozenset[int]]:
        """What need not be said, and what need not be denied, once a predicate is said or (``negated``) denied."""
        if (which, negated) not in self._consequences:
            holds, implied = self.bank.holds, self.registry.implied
            where = self.bank.everyone & ~holds[which] if negated else holds[which]
            usual, alone = np.exp(-self._surprise[self._sayable]), int(count(where))
            given = (count(self._sayable_holds & where) + 2.0 * usual) / (alone + 2.0)
            sure = self.rules["follows"]
            said = set(self._sayable[given > sure].tolist()) | self._alike[which]
            # a denial may follow only from what made it much less likely: most things are unlikely to begin with
            denied = set(self._sayable[given < (1.0 - sure) * usual].tolist()) | self._alike[which]
            if negated:
                denied |= implied[which] | {i for i, others in enumerate(implied) if which in others} | {which}
            else:
                said |= implied[which]
            self._consequences[which, negated] = frozenset(said - {which}), frozenset(denied)
        return self._consequences[which, negated]

    def wholes(self, which: int) -> tuple[int, ...]:
        """Predicates of both sides ("both knees") of which ``which`` is one side."""
        return self._wholes[which]

    def salience(self, claims: Sequence[Statement], posture: int | None, among: Collection[int]) -> NDArray[np.float64]:
        """How much each claim strikes the eye, [K]; ``among`` are the predicates that are true."""
        which = [self.registry.index[claim.predicate] for claim in claims]
        surprise = self._in_posture[posture][which].astype(np.float64)
        negated = np.array([claim.negated for claim in claims], dtype=bool)
        surprise[negated] = -np.log1p(-np.minimum(np.exp(-surprise[negated]), 1.0 - 1e-6))
        alone = [self.registry.mirror[i] not in among for i in which]
        return surprise * self._visibility[which] * np.where(alone, self.rules["asymmetry"], 1.0)

    def choose(
        self, candidates: Iterable[int], rng: random.Random, count: int, posture_first: float | None = None
    ) -> list[int]:
        """At most ``count`` of ``candidates``, in the order they were chosen.

        ``posture_first`` is the chance to begin with what kind of pose it is, however usual that is.
        """
        known = list(candidates)
        telling = Telling(self, [Statement(self.registry.predicates[which]) for which in known], rng)
        chance = self.rules["posture_first"] if posture_first is None else posture_first
        if count > 1 and rng.random() < chance:
            telling.say_best([i for i, which in enumerate(known) if self._is_posture[which]])
        while len(telling.said) < count and telling.say_best():
            pass
        return [self.registry.index[claim.predicate] for claim in telling.said]


class Telling:
    """One text in the making: what was said, what still could be, and which poses of the bank fit.

    Args:
        chooser: judges.
        claims: what could be said of the pose; nothing else will be.
        rng: source of chance; not asked at temperature 0.
        handicap: what each claim's worth is lowered by, nats; none when left out.
        posture: what is usual is counted among the poses it names.
    """

    def __init__(
        self,
        chooser: Chooser,
        claims: Sequence[Statement],
        rng: random.Random,
        handicap: Sequence[float] = (),
        posture: int | None = None,
    ) -> None:
        self._chooser, self._rng, self._claims = chooser, rng, tuple(claims)
        self.said: list[Statement] = []
        index, bank = chooser.registry.index, chooser.bank
        self._which = [index[claim.predicate] for claim in claims]
        self._place = {(which, c.negated): i for i, (which, c) in enumerate(zip(self._which, claims, strict=True))}
        self._rows: Bits = bank.holds[self._which]
        denied = [i for i, claim in enumerate(claims) if claim.negated]
        self._rows[denied] = bank.everyone & ~self._rows[denied]
        self._exact, self._near = bank.everyone, np.zeros_like(bank.everyone)
        self.left: int = bank.poses  # how many poses of the bank fit all that was said
        true = {i for i, claim in zip(self._which, claims, strict=True) if not claim.negated}
        self._worth = chooser.rules["salience"] * chooser.salience(claims, posture, true)
        if len(handicap):
            self._worth -= np.asarray(handicap)
        self._open = np.ones(len(claims), dtype=bool)
        self._regions = np.array([chooser.registry.table[which].region for which in self._which])

    @property
    def open(self) -> list[int]:
        """Which claims may still be said."""
        return np.flatnonzero(self._open).tolist()

    def say_best(self, among: Sequence[int] | None = None) -> bool:
        """Say the most telling of the claims that are still open, or of those ``among`` them, if there is one."""
        places = np.flatnonzero(self._open)
        if among is not None:
            places = places[np.isin(places, among)]
        if not len(places):
            return False
        fit = count(self._rows[places] & self._exact)
        nearly = count(self._rows[places] & self._near) + self.left - fit
        near, temperature = self._chooser.rules["near"], self._chooser.temperature
        worth = self._worth[places] - np.log(fit + near * nearly + near)
        if temperature > 0:
            chance = np.array([self._rng.random() or 1e-12 for _ in places])
            worth -= temperature * np.log(-np.log(chance))
        self._say(self._whole(int(places[worth.argmax()])))
        return True

    def _whole(self, place: int) -> int:
        """Both sides at once where both are true: "both knees" rather than "the left knee"."""
        claim = self._claims[place]
        if claim.negated or claim.hedged:
            return place
        wholes = (self._place.get((whole, False), -1) for whole in self._chooser.wholes(self._which[place]))
        clear = (whole for whole in wholes if whole >= 0 and self._open[whole] and not self._claims[whole].hedged)
        return next(clear, place)

    def _say(self, place: int) -> None:
        claim, which = self._claims[place], self._which[place]
        self.said.append(claim)
        self._open[place] = False
        row = self._rows[place]
        self._near = (self._near & row) | (self._exact & ~row)
        self._exact = self._exact & row
        self.left = int(count(self._exact))
        alive = np.flatnonzero(self._exact | self._near)
        if 2 * len(alive) < len(self._exact):  # later counts need not look where no pose is left
            self._rows, self._exact, self._near = self._rows[:, alive], self._exact[alive], self._near[alive]
        self._close(which, claim.negated)
        again = self._regions == self._regions[place]
        self._worth = self._worth - self._chooser.rules["again"] * again

    def _close(self, which: int, negated: bool) -> None:
        """Nothing that follows from a claim or half repeats it is said after it."""
        said, denied = self._chooser.consequences(which, negated)
        registry = self._chooser.registry
        for place in np.flatnonzero(self._open).tolist():
            other = self._which[place]
            if self._claims[place].negated:
                self._open[place] = other not in denied
                continue
            named_twice = registry.table[which].region == registry.table[other].region == "name"
            self._open[place] &= other not in said and not named_twice
            if which in registry.implied[other] and not negated:
                # a stronger form would repeat what was said; so would each of its sides
                for repeated in (other, *(part.predicate for part in registry.table[other].all)):
                    if (repeated, False) in self._place:
                        self._open[self._place[repeated, False]] = False


def _alike(registry: Registry) -> tuple[frozenset[int], ...]:
    """For each predicate those that grade the same measures ("slightly" and "far"): one of them says enough."""
    graded: dict[frozenset[int], set[int]] = {}
    measures = [frozenset(interval.measure for interval in predicate.intervals) for predicate in registry.table]
    for which, measured in enumerate(measures):
        graded.setdefault(measured, set()).add(which)
    return tuple(
        frozenset(graded[measured] - {which}) if measured else frozenset() for which, measured in enumerate(measures)
    )


def arranged(regions: Sequence[str], order: Sequence[str]) -> list[int]:
    """Where to find what comes first, second and so on when ``regions`` are told in an order; others come last."""
    return sorted(range(len(regions)), key=lambda i: order.index(regions[i]) if regions[i] in order else len(order))


def ordered(chosen: Sequence[int], registry: Registry, rng: random.Random) -> list[int]:
    """The order of telling: from the top, from the ground, or the most telling first; the posture leads."""
    orders: Mapping[str, Sequence[str]] = read_data(_DATA)["orders"]
    order = orders[rng.choice(read_data(_DATA)["choice"]["orders"])]
    return [chosen[i] for i in arranged([registry.table[which].region for which in chosen], order)]

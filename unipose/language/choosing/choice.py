"""What to say: the statement that tells most comes first, and nothing that follows from what has been said."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from unipose.language.choosing.bank import Bank, count
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
        self._closed: dict[tuple[int, bool], NDArray[np.bool_]] = {}
        self._together: dict[int, NDArray[np.int32]] = {}
        self._alike = _alike(registry)
        self._wholes: list[tuple[int, ...]] = [() for _ in registry.table]
        for i, whole in enumerate(registry.table):
            if whole.side == "both":
                for part in whole.all:
                    self._wholes[part.predicate] += (i,)
        self._sayable = np.flatnonzero([not predicate.silent for predicate in registry.table])
        self._sayable_holds = bank.holds[self._sayable]
        self._spoken = np.array([predicate.told for predicate in registry.table])
        self._is_name = np.array([predicate.region == "name" for predicate in registry.table])
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
            implied, counts = self.registry.implied, self.bank.counts
            usual, both, alone = np.exp(-self._surprise), self.together(which), int(counts[which])
            if negated:
                both, alone = counts - both, self.bank.poses - alone
            given = ((both + 2.0 * usual) / (alone + 2.0))[self._sayable]
            usual = usual[self._sayable]
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

    def closed(self, which: int, negated: bool) -> NDArray[np.bool_]:
        """Masks [3, P]: what need not be said, what need not be denied, and stronger forms that would repeat it."""
        if (which, negated) not in self._closed:
            masks = np.zeros((3, len(self.registry.table)), dtype=bool)
            for mask, closed in zip(masks, self.consequences(which, negated), strict=False):
                mask[list(closed)] = True
            if self._is_name[which]:  # one name is enough
                masks[0] |= self._is_name
            if not negated:
                masks[2] = [which in implied for implied in self.registry.implied]
            self._closed[which, negated] = masks
        return self._closed[which, negated]

    def together(self, which: int) -> NDArray[np.int32]:
        """In how many poses of the bank ``which`` holds and each predicate that can be said does, [P]; 0 of others."""
        if which not in self._together:
            both = np.zeros(len(self.registry.table), dtype=np.int32)
            both[self._sayable] = count(self._sayable_holds & self.bank.holds[which])
            self._together[which] = both
        return self._together[which]

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
        self._predicates = np.array(self._which, dtype=np.intp)
        self._negated = np.array([claim.negated for claim in claims], dtype=bool)
        # from the second claim on: the poses of each claim, those that fit, and those that miss one claim
        self._rows, self._exact, self._near = bank.holds[:0], bank.everyone, np.zeros_like(bank.everyone)
        self._first: tuple[int, bool] | None = None
        self._alone = self._counted(bank.counts[self._predicates], bank.poses)
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
            wanted = np.zeros(len(self._open), dtype=bool)
            wanted[list(among)] = True
            places = places[wanted[places]]
        if not len(places):
            return False
        fit, nearly = self._fitting(places)
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

    def _fitting(self, places: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How many poses of the bank fit if each of ``places`` is said, and how many fit all but one claim, [K] each.

        The first two claims need no counting: how often two predicates hold together is remembered.
        """
        if not self.said:
            fit = self._alone[places]
            return fit, self.left - fit
        if self._first is not None:
            fit = self._with_first()[places]
            return fit, self._alone[places] + self.left - 2 * fit
        rows = self._rows[places]
        fit = count(rows & self._exact)
        return fit, count(rows & self._near) + self.left - fit

    def _counted(self, held: NDArray[np.int64], poses: int) -> NDArray[np.int64]:
        """In how many of some ``poses`` each claim is true [K] when its predicate holds in ``held`` [K] of them."""
        return np.where(self._negated, poses - held, held)

    def _with_first(self) -> NDArray[np.int64]:
        """In how many poses each claim is true together with the first that was said, [K]."""
        assert self._first is not None
        first, negated = self._first
        both = self._chooser.together(first)[self._predicates].astype(np.int64)
        if negated:
            both = self._chooser.bank.counts[self._predicates] - both
        return self._counted(both, self.left)

    def _say(self, place: int) -> None:
        claim, which = self._claims[place], self._which[place]
        if not self.said:
            self._first, self.left = (which, claim.negated), int(self._alone[place])
        else:
            if self._first is not None:
                self._begin_counting(*self._first)
                self._first = None
            row = self._rows[place]
            self._near = (self._near & row) | (self._exact & ~row)
            self._exact = self._exact & row
            self.left = int(count(self._exact))
            alive = np.flatnonzero(self._exact | self._near)
            if 2 * len(alive) < len(self._exact):  # later counts need not look where no pose is left
                self._rows, self._exact, self._near = self._rows[:, alive], self._exact[alive], self._near[alive]
        self.said.append(claim)
        self._open[place] = False
        self._close(which, claim.negated)
        again = self._regions == self._regions[place]
        self._worth = self._worth - self._chooser.rules["again"] * again

    def _begin_counting(self, first: int, negated: bool) -> None:
        """The poses in which each claim is true, those that fit the first one, and those that only just do not."""
        holds, everyone = self._chooser.bank.holds, self._chooser.bank.everyone
        self._rows = holds[self._which]
        self._rows[self._negated] = everyone & ~self._rows[self._negated]
        fits, others = holds[first], everyone & ~holds[first]
        self._exact, self._near = (others, fits) if negated else (fits, others)

    def _close(self, which: int, negated: bool) -> None:
        """Nothing that follows from a claim or half repeats it is said after it."""
        said, denied, stronger = self._chooser.closed(which, negated)[:, self._predicates]
        repeating = np.flatnonzero(self._open & ~self._negated & stronger)
        self._open &= ~np.where(self._negated, denied, said)
        table = self._chooser.registry.table
        for other in {self._which[place] for place in repeating.tolist()}:
            # a stronger form would repeat what was said; so would each of its sides
            for repeated in (other, *(part.predicate for part in table[other].all)):
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

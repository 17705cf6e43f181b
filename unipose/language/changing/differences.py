"""What could be said about the difference of two poses, and how much it would tell.

A difference is explained from the root outward. What the body does on the ground comes first (it sinks, it leans), and
of everything further out only what has moved in the frame of the part it hangs from: a hand that came along because
the trunk leaned has not moved, nor has a foot that stayed on the floor while the hips bent.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unipose.language.changing.changes import ChangeBook, Direction, Part, Wordings
from unipose.language.items import Amount, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Interval, Predicate, Registry
from unipose.language.writing.amounts import Amounts
from unipose.language.writing.writer import Writer

FORMS = ("end_state", "degree", "number", "end", "match", "mirror", "keep")
_PAIRS = {"arms": ("left_arm", "right_arm"), "legs": ("left_leg", "right_leg")}
_HALF_TURN = 180.0  # degrees: an angle that changed by more went the other way round


@dataclass(frozen=True)
class Candidate:
    """Something that could be said.

    Attributes:
        items: the claims.
        wordings: the ways to say them.
        region: where on the body.
        weight: how much it tells, nats.
        measures: columns it rests on.
        predicate: which one is an end state, -1 for a change.
        whole: whether it is about all its region does, so that nothing else of that region is news.
        number: the words for the number in the wordings.
        settled: whether it says as exactly as can be where its measures are to go.
    """

    items: tuple[Item, ...]
    wordings: Wordings
    region: str
    weight: float
    measures: frozenset[int]
    predicate: int = -1
    whole: bool = False
    number: str = ""
    settled: bool = False


@dataclass(frozen=True)
class Moved:
    """Two poses: their measures [M], the steps between them in sigmas [M], and the parts that moved on their own."""

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    steps: NDArray[np.float32]
    parts: frozenset[str]

    def size(self, columns: Iterable[int]) -> float:
        """The clearest change of some measures, sigmas."""
        return float(np.abs(self.steps[list(columns)]).max(initial=0.0))


class Differences:
    """Finds what could be said of pairs of poses.

    Args:
        writer: knows the wordings, and what is usual.
        book: the words of change.
        forms: which of ``FORMS`` to use.
    """

    def __init__(self, writer: Writer, book: ChangeBook, forms: Collection[str]) -> None:
        self._writer, self._book, self._forms = writer, book, frozenset(forms)
        self._registry: Registry = writer.registry
        self._amounts: Amounts = writer.amounts
        self._sigma = self._registry.sigma.numpy()
        self._index = self._registry.measure_index
        self._local = [one for one in book.directions if not one.world and one.side != "both"]

    def compare(self, before: NDArray[np.float32], after: NDArray[np.float32]) -> Moved:
        """What moved between two poses with measures [M]."""
        before, after = np.asarray(before), np.asarray(after)
        seen = Moved(before, after, (after - before) / self._sigma, frozenset())
        own = (one for one in self._local if self._stirred(one, seen) and self._fits(one, seen))
        return replace(seen, parts=frozenset(one.region for one in own))

    def found(
        self,
        seen: Moved,
        truth_before: NDArray[np.int8],
        truth_after: NDArray[np.int8],
        kinds: Sequence[str],
        fallback: Sequence[str],
        rng: random.Random,
    ) -> list[Candidate]:
        """All that could be said, in wordings of some ``kinds``, or of ``fallback`` where there are none."""
        states = list(self._end_states(seen, truth_before, truth_after, kinds, fallback))
        # the many names of how a part is now stand for one piece of news
        many = Counter(state.region for state in states)
        shared = [replace(state, weight=state.weight - math.log(many[state.region])) for state in states]
        return [*shared, *self._changes(seen, kinds, rng), *self._wholes(seen, kinds)]

    def exact(self, before: NDArray[np.float32], after: NDArray[np.float32], rng: random.Random) -> Iterator[Candidate]:
        """Every change of a joint's own measures, each as exactly as it can be put into instructions.

        Nothing is taken as explained by something else: this is for setting right what an explanation left open.
        """
        seen = Moved(before, after, (after - before) / self._sigma, frozenset())
        for direction in self._book.directions:
            columns = self._columns(direction)
            sizes = [float(after[i] - before[i]) * direction.sign for i in columns]
            if min(sizes) <= 0 or not all(self._registry.measures[i].own for i in columns):
                continue
            said = {
                form: (items, words, number)
                for form, _, items, words, number in self._said(direction, sizes, seen, rng)
            }
            if found := said.get("number") or said.get("degree"):
                items, wordings, number = found
                words = _of(wordings, ("act",))
                yield Candidate(items, words, direction.region, 0.0, frozenset(columns), number=number, settled=True)

    def kept(
        self, seen: Moved, said: Sequence[Candidate], kinds: Sequence[str], rng: random.Random
    ) -> Candidate | None:
        """Now and then, a part worth saying that it stays: one beside a part that something was said of."""
        if "keep" not in self._forms or rng.random() > self._book.forms["keep"]:
            return None
        parts = self._book.parts
        beside = {name for one in said if one.region in parts for name in parts[one.region].beside}
        still = [
            parts[name]
            for name in sorted(beside)
            if seen.size(parts[name].own) <= self._book.still and not touches(name, seen.parts)
        ]
        if not still:
            return None
        part = rng.choice(still)
        return Candidate((Keep(part.region),), _of(part.keep, kinds), part.region, 0.0, frozenset(part.own), whole=True)

    # ---------------------------------------------------------------- end states

    def _end_states(
        self,
        seen: Moved,
        truth_before: NDArray[np.int8],
        truth_after: NDArray[np.int8],
        kinds: Sequence[str],
        fallback: Sequence[str],
    ) -> Iterator[Candidate]:
        chooser = self._writer.chooser
        for which in chooser.spoken(truth_after) if "end_state" in self._forms else ():
            predicate = self._registry.table[which]
            if truth_before[which] > 0 or not self._is_news(predicate, which, seen):
                continue
            by_kind = self._writer.templates(which)
            wordings = [g for kind in kinds for g in by_kind.get(kind, ())]
            wordings = wordings or [g for kind in fallback for g in by_kind.get(kind, ())]
            if wordings:
                weight = self._worth(self._striking(predicate.region, seen)) + self._book.forms["end_state"]
                weight += self._book.forms["surprise"] * chooser.surprise(which) - (truth_before[which] == 0)
                yield Candidate(
                    (Statement(predicate.id),), wordings, predicate.region, weight, self._measures_of(which), which
                )

    def _is_news(self, predicate: Predicate, which: int, seen: Moved) -> bool:
        if not touches(predicate.region, seen.parts):
            return False
        compared = predicate.side == "both" or bool(self._measures_of(which) & self._book.comparing)
        if compared and not set(_PAIRS.get(predicate.region, ("",))) <= seen.parts:
            return False
        return all(self._comes_from_rest(interval, seen.before) for interval in predicate.intervals)

    def _striking(self, region: str, seen: Moved) -> float:
        if region == "posture":
            return self._book.striking["posture"]
        own = (one for one in self._local if touches(region, {one.region}))
        return max((seen.size(self._columns(one)) for one in own), default=0.0)

    def _comes_from_rest(self, interval: Interval, before: NDArray[np.float32]) -> bool:
        """Whether words like "bend it slightly" fit: an angle between two edges is reached from its resting side."""
        bounded = math.isfinite(interval.lo) and math.isfinite(interval.hi)
        if not bounded or self._registry.measures[interval.measure].unit != "deg":
            return True
        start = float(before[interval.measure])
        if interval.lo < 0 < interval.hi:
            return start < interval.lo
        return abs(start) < min(abs(interval.lo), abs(interval.hi))

    def _measures_of(self, which: int) -> frozenset[int]:
        """Measures a predicate rests on, its parts included."""
        predicate = self._registry.table[which]
        own = frozenset(interval.measure for interval in predicate.intervals)
        return own.union(*(self._measures_of(part.predicate) for part in (*predicate.all, *predicate.any)))

    # ---------------------------------------------------------------- changes

    def _changes(self, seen: Moved, kinds: Sequence[str], rng: random.Random) -> Iterator[Candidate]:
        for direction in self._book.directions:
            columns = self._columns(direction)
            sizes = [float(seen.after[i] - seen.before[i]) * direction.sign for i in columns]
            lo, hi = direction.start
            if (
                min(sizes) <= 0
                or not all(lo <= seen.before[i] <= hi for i in columns)
                or not self._fits(direction, seen)
            ):
                continue
            if any(abs(seen.steps[other]) > np.abs(seen.steps[columns]).min() for other in direction.unless):
                continue
            if direction.world and not touches(direction.region, seen.parts):
                continue
            weight = self._worth(float(np.abs(seen.steps[columns]).min())) + (direction.side == "both")
            for form, preferred, items, wordings, number in self._said(direction, sizes, seen, rng):
                if form in self._forms and (said := _of(wordings, kinds)):
                    worth = weight + direction.worth + preferred + self._book.forms[form]
                    measures = frozenset(columns)
                    yield Candidate(
                        items, said, direction.region, worth, measures, whole=direction.world, number=number
                    )

    def _said(
        self, direction: Direction, sizes: Sequence[float], seen: Moved, rng: random.Random
    ) -> Iterator[tuple[str, float, tuple[Item, ...], Wordings, str]]:
        """The forms in which one direction can be told: form, how it is preferred, claims, wordings, number."""
        book = self._book
        for name, degree in book.degrees.items():
            near, far = (bound * direction.scale for bound in degree.choose[direction.unit])
            if all(near <= size < far for size in sizes):
                items = direction.changes(name, self._registry, degree.means)
                yield "degree", degree.worth, items, direction.templates[name], ""
        lo, hi = direction.reach
        ended = [min(seen.after[i] - lo, hi - seen.after[i]) / self._sigma[i] for i in self._columns(direction)]
        started = [min(seen.before[i] - lo, hi - seen.before[i]) < 0 for i in self._columns(direction)]
        if min(ended) >= self._registry.margin and all(started):
            yield "end", 0.0, direction.changes("end", self._registry, {}), direction.templates["end"], ""
        quantity = book.number(direction.unit, sum(sizes) / len(sizes), rng)
        if quantity is not None:
            claims = [book.by(name, direction.sign, quantity) for name in direction.measures]
            if all(claim.lo <= size * direction.sign <= claim.hi for claim, size in zip(claims, sizes, strict=True)):
                centre = Amount(direction.measures[0], quantity.number, quantity.number)
                words = self._amounts.spelled(centre, rng.choice(("plain", "symbol")), rng)
                yield "number", 0.0, tuple(claims), direction.numbers, words

    def _worth(self, size: float) -> float:
        return 1.0 + 0.5 * min(size, self._book.striking["at_most"])

    def _stirred(self, direction: Direction, seen: Moved) -> bool:
        return bool((seen.steps[self._columns(direction)] * direction.sign > self._book.moved).all())

    def _fits(self, direction: Direction, seen: Moved) -> bool:
        """Whether what the direction's words take for granted is so."""
        for column, (lo, hi) in direction.during.items():
            if not (lo <= seen.before[column] <= hi and lo <= seen.after[column] <= hi):
                return False
        if any(seen.steps[column] * sign < self._book.moved for column, sign in direction.also.items()):
            return False
        floor = self._book.floor
        if any(max(seen.before[column], seen.after[column]) < floor for column in direction.lifted):
            return False
        grounded = list(self._book.grounded)
        if direction.rooted and ((seen.before[grounded] < floor) != (seen.after[grounded] < floor)).any():
            return False
        columns = self._columns(direction)
        return direction.unit != "deg" or bool((np.abs(seen.after - seen.before)[columns] < _HALF_TURN).all())

    def _columns(self, direction: Direction) -> list[int]:
        return [self._index[name] for name in direction.measures]

    # ---------------------------------------------------------------- parts as a whole

    def _wholes(self, seen: Moved, kinds: Sequence[str]) -> Iterator[Candidate]:
        """A part that is now like the other side, or that is now what the other side was."""
        for part in self._book.parts.values():
            own, worth = frozenset(part.own), self._worth(seen.size(part.own))
            if "match" in self._forms and touches(part.region, seen.parts) and (said := _of(part.match, kinds)):
                became = self._alike(part, seen.after, seen.after) and not self._alike(part, seen.before, seen.before)
                if became and seen.size(part.mirror) <= self._book.still:
                    weight = worth + self._book.forms["match"]
                    yield Candidate((Match(part.region),), said, part.region, weight, own, whole=True)
            exchanged = seen.size(part.own) > self._book.moved and self._alike(part, seen.after, seen.before)
            if "mirror" in self._forms and exchanged and (said := _of(part.swap, kinds)):
                weight, claim = worth + self._book.forms["mirror"], Match(part.region, of_before=True)
                yield Candidate((claim,), said, part.region, weight, own, whole=True)

    def _alike(self, part: Part, values: NDArray[np.float32], model: NDArray[np.float32]) -> bool:
        """Whether a part in one pose is the mirror image of its counterpart in another (or the same) pose."""
        own = list(part.own)
        apart = values[own] - model[list(part.mirror)] * np.array(part.signs, np.float32)
        return bool((np.abs(apart) / self._sigma[own]).max() <= self._book.still)


def touches(region: str, parts: Collection[str]) -> bool:
    """Whether a region is, contains or is part of one of ``parts``; a posture may change with any of them."""
    return region in ("posture", "body") or any(
        part == "body"
        or region == part
        or (region.endswith("s") and part.endswith(region[:-1]))
        or (part.endswith("s") and region.endswith(part[:-1]))
        for part in parts
    )


def _of(wordings: Wordings, kinds: Sequence[str]) -> Wordings:
    return [group for group in wordings if group[0].kind in kinds]

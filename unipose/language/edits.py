"""From one pose to another in words: instructions ("straighten your left arm") and comparisons ("it is lower").

What is said is an end state (a predicate true of B and not of A) or a change of a measure by a degree. Changes are
measured in the frame of the part they hang from, so that a hand that moved because the trunk leaned is not mentioned;
what is measured against the world is said only of a limb that has moved in its own joints.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unipose.language.captions import Caption, Page
from unipose.language.changes import ChangeBook
from unipose.language.items import Item, Statement
from unipose.language.patterns import Template
from unipose.language.registry import Interval
from unipose.language.writer import Writer

_LIMBS = ("left_arm", "right_arm", "left_leg", "right_leg", "trunk", "head", "posture")


@dataclass(frozen=True)
class _Candidate:
    """Something that could be said: the claims, the wordings, where on the body and how much it tells."""

    items: tuple[Item, ...]
    wordings: tuple[tuple[Template, ...], ...]
    region: str
    weight: float
    measures: frozenset[int]
    predicate: int = -1
    world: bool = False


class EditWriter:
    """Writes about the difference of two poses, with the wordings and the taste of a ``Writer``."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._registry = writer.registry
        self._book = ChangeBook(writer.registry, writer.grammar)
        self._sigma = writer.registry.sigma.numpy()
        index = {measure.id: i for i, measure in enumerate(self._registry.measures)}
        local: dict[str, set[int]] = {limb: set() for limb in _LIMBS}
        for direction in self._book.directions:
            if not direction.world and direction.side != "both":
                local.setdefault(direction.region, set()).update(index[name] for name in direction.measures)
        self._local = {limb: sorted(columns) for limb, columns in local.items()}
        self._index = index

    @property
    def book(self) -> ChangeBook:
        """The directions and degrees of change that have words."""
        return self._book

    def edit(
        self,
        before: NDArray[np.float32],
        truth_before: NDArray[np.int8],
        after: NDArray[np.float32],
        truth_after: NDArray[np.int8],
        rng: random.Random,
        count: int,
    ) -> Caption:
        """Instructions that lead from pose A to pose B.

        Args:
            before, after: float32 [M] measures of A and B.
            truth_before, truth_after: int8 [P] truths of A and B.
            rng: source of all randomness.
            count: at most this many instructions.

        Returns:
            Imperative text and its items: statements true of B, and changes between A and B. Empty if nothing that
            can be said differs.
        """
        chosen = self._choose(before, truth_before, after, truth_after, rng, count, ("act", "tell"))
        if not chosen:
            return Caption("", ())
        grammar, voice, page = self._writer.grammar, self._writer.grammar.voice("imperative", rng), Page()
        page.write(rng.choice(self._book.openings["edit"]))
        for position, candidate in enumerate(chosen):
            if position:
                page.write(self._writer.connector("then", rng))
            page.write(grammar.command(_pick(candidate, rng), voice, rng), candidate.items)
        casual = rng.random() < 0.5
        return page.finish("" if casual else ".", capitals=not casual)

    def difference(
        self,
        before: NDArray[np.float32],
        truth_before: NDArray[np.int8],
        after: NDArray[np.float32],
        truth_after: NDArray[np.int8],
        rng: random.Random,
        count: int,
    ) -> Caption:
        """What is different in pose B compared with pose A, as statements. Arguments and result as for ``edit``."""
        chosen = self._choose(before, truth_before, after, truth_after, rng, count, ("state", "be"), ("act",))
        if not chosen:
            return Caption("", ())
        grammar, voice, page = self._writer.grammar, self._writer.grammar.voice("declarative", rng), Page()
        page.write(rng.choice(self._book.openings["difference"]))
        for position, candidate in enumerate(chosen):
            if position:
                page.write(self._writer.connector("full", rng))
            now = rng.choice(self._book.now) if candidate.predicate >= 0 else ""
            subject = voice.again if position else voice.first
            page.write(grammar.clause(_pick(candidate, rng), voice, subject, rng, now), candidate.items)
        return page.finish(".", capitals=True)

    # ---------------------------------------------------------------- what to say

    def _choose(
        self,
        before: NDArray[np.float32],
        truth_before: NDArray[np.int8],
        after: NDArray[np.float32],
        truth_after: NDArray[np.int8],
        rng: random.Random,
        count: int,
        kinds: Sequence[str],
        fallback: Sequence[str] = (),
    ) -> list[_Candidate]:
        steps = (np.asarray(after) - np.asarray(before)) / self._sigma
        moved = {limb for limb, columns in self._local.items() if (np.abs(steps[columns]) > self._book.moved).any()}
        candidates = [
            *self._end_states(np.asarray(before), truth_before, truth_after, moved, kinds, fallback),
            *self._steps(np.asarray(before), steps, moved, kinds),
        ]
        chosen: list[_Candidate] = []
        while candidates and len(chosen) < count:
            best = max(candidates, key=lambda candidate: candidate.weight - math.log(-math.log(rng.random() or 1e-12)))
            chosen.append(best)
            candidates = [other for other in candidates if other is not best and not self._redundant(other, best)]
        order = ("name", "posture", "trunk", "head", "arm", "leg")
        return sorted(chosen, key=lambda one: next(i for i, part in enumerate(order) if part in one.region))

    def _end_states(
        self,
        before: NDArray[np.float32],
        truth_before: NDArray[np.int8],
        truth_after: NDArray[np.int8],
        moved: set[str],
        kinds: Sequence[str],
        fallback: Sequence[str],
    ) -> Iterable[_Candidate]:
        chooser = self._writer.chooser
        for which in chooser.spoken(truth_after):
            predicate = self._registry.table[which]
            if truth_before[which] > 0 or not _touches(predicate.region, moved):
                continue
            if not all(self._comes_from_rest(interval, before) for interval in predicate.intervals):
                continue
            by_kind = self._writer.templates(which)
            wordings = [g for kind in kinds for g in by_kind.get(kind, ())]
            wordings = wordings or [g for kind in fallback for g in by_kind.get(kind, ())]
            if wordings:
                said = (Statement(predicate.id),)
                measures = self._measures_of(which)
                weight = 1.0 + 0.9 * chooser.surprise(which) - (1.0 if truth_before[which] == 0 else 0.0)
                yield _Candidate(said, tuple(map(tuple, wordings)), predicate.region, weight, measures, which)

    def _steps(
        self, before: NDArray[np.float32], steps: NDArray[np.float32], moved: set[str], kinds: Sequence[str]
    ) -> Iterable[_Candidate]:
        for direction in self._book.directions:
            columns = [self._index[name] for name in direction.measures]
            sizes = [float(steps[column]) * direction.sign for column in columns]
            starts = [float(before[column]) for column in columns]
            lo, hi = direction.start
            if not all(lo <= start <= hi for start in starts) or (
                direction.world and not _touches(direction.region, moved)
            ):
                continue
            if any(abs(float(steps[other])) > min(map(abs, sizes)) for other in direction.unless):
                continue
            for name, degree in self._book.degrees.items():
                if all(degree.choose[0] <= size < degree.choose[1] for size in sizes):
                    wordings = tuple(tuple(g) for g in direction.templates[name] if g[0].kind in kinds)
                    weight = 1.0 + 0.5 * min(min(sizes), 8.0) + (1.0 if direction.side == "both" else 0.0)
                    items = direction.changes(name, self._registry, degree.means)
                    if wordings:
                        yield _Candidate(
                            items, wordings, direction.region, weight, frozenset(columns), world=direction.world
                        )

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

    def _redundant(self, other: _Candidate, said: _Candidate) -> bool:
        if other.predicate >= 0 and said.predicate >= 0:
            implied = self._registry.implied
            return (
                other.predicate in self._writer.chooser.silences(said.predicate)
                or said.predicate in implied[other.predicate]
            )
        if other.predicate < 0 and said.predicate < 0 and not other.world and not said.world:
            return bool(other.measures & said.measures)
        # an end state explains the changes of its limb, a change half-says the end states of its measure, and the
        # distance of two limbs follows from how they moved
        return bool(other.measures & said.measures) or _touches(other.region, {said.region})


def _pick(candidate: _Candidate, rng: random.Random) -> Template:
    return rng.choice(rng.choice(candidate.wordings))


def _touches(region: str, limbs: set[str]) -> bool:
    """Whether a region is, contains or is part of one of ``limbs``; a posture may change with any of them."""
    return region == "posture" or any(
        region == limb
        or (region.endswith("s") and limb.endswith(region[:-1]))
        or (limb.endswith("s") and region.endswith(limb[:-1]))
        for limb in limbs
    )

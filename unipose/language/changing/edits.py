"""From one pose to another in words: instructions ("straighten your left arm") and comparisons ("it is lower").

What is said is an end state (a predicate true of B and not of A), a change of a measure by a degree or a number, or a
part taken as a whole ("the same as the other arm"). What could be said is found by :mod:`differences`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from unipose.language.captions import Caption, Page
from unipose.language.changing.changes import ChangeBook
from unipose.language.changing.differences import FORMS, Candidate, Differences, touches
from unipose.language.items import Keep
from unipose.language.writing.grammar import Phrase
from unipose.language.writing.writer import Writer

PLAIN = ("end_state", "degree")
"""The forms that claim nothing but statements and changes by a degree."""

_ORDER = ("body", "posture", "trunk", "head", "arm", "leg")  # from the root outward


class EditWriter:
    """Writes about the difference of two poses, with the wordings and the taste of a ``Writer``.

    Args:
        writer: gives the words.
        forms: what may be said: some of ``differences.FORMS``.

    Raises:
        ValueError: on an unknown form.
    """

    def __init__(self, writer: Writer, forms: Collection[str] = PLAIN) -> None:
        if unknown := set(forms) - set(FORMS):
            raise ValueError(f"unknown forms {sorted(unknown)}; expected some of {FORMS}")
        self._writer = writer
        self._registry = writer.registry
        self._book = ChangeBook(writer.registry, writer.grammar)
        self._differences = Differences(writer, self._book, forms)

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
        chosen = self.choose(before, truth_before, after, truth_after, rng, count, ("act", "tell"))
        return self.order(chosen, rng)

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
        chosen = self.choose(before, truth_before, after, truth_after, rng, count, ("state", "be"), ("act",))
        return self._compared(chosen, rng)

    def choose(
        self,
        before: NDArray[np.float32],
        truth_before: NDArray[np.int8],
        after: NDArray[np.float32],
        truth_after: NDArray[np.int8],
        rng: random.Random,
        count: int,
        kinds: Sequence[str] = ("act", "tell"),
        fallback: Sequence[str] = (),
    ) -> list[Candidate]:
        """What to say, from the root outward; arguments as for ``edit``, and the kinds of wordings to say it in."""
        seen = self._differences.compare(before, after)
        candidates = self._differences.found(seen, truth_before, truth_after, kinds, fallback, rng)
        chosen: list[Candidate] = []
        while candidates and len(chosen) < count:
            best = max(candidates, key=lambda candidate: candidate.weight - math.log(-math.log(rng.random() or 1e-12)))
            chosen.append(best)
            candidates = [other for other in candidates if other is not best and not self._redundant(other, best)]
        kept = self._differences.kept(seen, chosen, kinds, rng)
        return sorted([*chosen, kept] if kept else chosen, key=_from_root)

    def correction(
        self,
        before: NDArray[np.float32],
        after: NDArray[np.float32],
        missing: NDArray[np.float32],
        wrong: Collection[int],
        said: Sequence[Candidate],
        rng: random.Random,
    ) -> Candidate | None:
        """The change to say next, in a number, when what was said leads to the wrong pose.

        Args:
            before, after: float32 [M] measures of the two poses.
            missing: float32 [M], by how many sigmas the pose that the words lead to is short of the second one.
            wrong: the columns that are to be set right.
            said: what was said; a measure that was spoken of exactly is not mentioned again.
            rng: source of all randomness.

        Returns:
            The change that mends most, both sides at once where that is so; None when there are no words for any.
        """
        settled = {which for one in said if one.settled or one.number for which in one.measures}
        exact = self._differences.exact(before, after, rng)
        found = [one for one in exact if one.measures <= set(wrong) - settled]
        return max(found, key=lambda one: float(np.abs(missing[list(one.measures)]).sum()), default=None)

    def order(self, chosen: Sequence[Candidate], rng: random.Random) -> Caption:
        """Instructions that say what was chosen, from the root outward; empty for nothing."""
        if not chosen:
            return Caption("", ())
        grammar, voice, page = self._writer.grammar, self._writer.grammar.voice("imperative", rng), Page()
        page.write(rng.choice(self._book.openings["edit"]))
        for position, candidate in enumerate(sorted(chosen, key=_from_root)):
            if position:
                page.write(self._writer.connector("then", rng))
            page.write(grammar.command(_phrase(candidate, rng), voice, rng), candidate.items)
        casual = rng.random() < 0.5
        return page.finish("" if casual else ".", capitals=not casual)

    def _compared(self, chosen: Sequence[Candidate], rng: random.Random) -> Caption:
        if not chosen:
            return Caption("", ())
        grammar, voice, page = self._writer.grammar, self._writer.grammar.voice("declarative", rng), Page()
        page.write(rng.choice(self._book.openings["difference"]))
        for position, candidate in enumerate(chosen):
            if position:
                page.write(self._writer.connector("full", rng))
            now = rng.choice(self._book.now) if candidate.predicate >= 0 else ""
            subject = voice.again if position else voice.first
            page.write(grammar.clause(_phrase(candidate, rng), voice, subject, rng, now), candidate.items)
        return page.finish(".", capitals=True)

    def _redundant(self, other: Candidate, said: Candidate) -> bool:
        if other.predicate >= 0 and said.predicate >= 0:
            implied = self._registry.implied
            return (
                other.predicate in self._writer.chooser.silences(said.predicate)
                or said.predicate in implied[other.predicate]
            )
        if other.predicate < 0 and said.predicate < 0 and not other.whole and not said.whole:
            return bool(other.measures & said.measures)
        # an end state explains the changes of its limb, a change half-says the end states of its measure, and the
        # distance of two limbs follows from how they moved
        return bool(other.measures & said.measures) or touches(other.region, {said.region})


def _from_root(candidate: Candidate) -> tuple[bool, int]:
    """Where something is said: from the root outward, and what stays after what moves."""
    stays = any(isinstance(item, Keep) for item in candidate.items)
    return stays, next(i for i, part in enumerate(_ORDER) if part in candidate.region)


def _phrase(candidate: Candidate, rng: random.Random) -> Phrase:
    return replace(Phrase.of(rng.choice(rng.choice(candidate.wordings))), number=candidate.number)

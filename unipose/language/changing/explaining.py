"""Edits that are known to work: words that, carried out on the first pose, lead to the second one.

An explanation begins as people do, with the clearest changes. It is then carried out by the solver, and what is still
missing is added as numbers, the largest first and from the root outward, until no measure of any joint is off by more
than a just noticeable difference or there were enough clauses. What is left is reported.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from unipose.language.captions import Caption
from unipose.language.changing.differences import Candidate, touches
from unipose.language.changing.edits import EditWriter
from unipose.language.changing.orders import Editor
from unipose.language.items import Item
from unipose.language.measuring.registry import Registry

_NOTICED = 1.0  # sigmas


@dataclass(frozen=True, eq=False)
class Explanation:
    """Words from one pose to another, and where they lead.

    Attributes:
        caption: the instructions, with what each claims.
        replayed: float32 [22, 3, 3], the pose that they make of the first one.
        residual: measures of single joints that are still off, to how many sigmas.
        share: of the measures of single joints, how many are within a sigma of the second pose.
    """

    caption: Caption
    replayed: Tensor
    residual: dict[str, float]
    share: float

    @property
    def complete(self) -> bool:
        """Whether nothing noticeable is missing."""
        return not self.residual


class Explainer:
    """Explains pairs of poses.

    Args:
        writer: chooses and says.
        editor: carries out.
        gist: at most this many clauses are chosen for what they tell; the rest for what is missing.
        budget: at most this many clauses in all.
    """

    def __init__(self, writer: EditWriter, editor: Editor, gist: int = 2, budget: int = 8) -> None:
        self._writer, self._editor = writer, editor
        self._gist, self._budget = gist, budget
        self._registry: Registry = editor.solver.registry
        self._own = list(self._registry.own("body"))

    def explain(self, before: Tensor, after: Tensor, rng: random.Random) -> list[Explanation]:
        """Explain how to get from each pose of ``before`` to that of ``after``, both [B, 22, 3, 3] local rotations."""
        start, goal = self._registry.measure_poses(before), self._registry.measure_poses(after)
        truths = (self._registry.truth(values).numpy() for values in (start, goal))
        rows = zip(start.numpy(), next(truths), goal.numpy(), next(truths), strict=True)
        said = [self._writer.choose(*row, rng, self._gist) for row in rows]
        reached = self._replay(said, before, list(range(len(said))), before)
        open_ = list(range(len(said)))
        for _ in range(self._budget):
            missing = goal - self._registry.measure_poses(reached)
            open_ = [row for row in open_ if self._correct(said, row, start, goal, missing[row], rng)]
            if not open_:
                break
            reached = self._replay(said, before, open_, reached)
        return [self._report(*each, rng) for each in zip(said, reached, goal, strict=True)]

    def _correct(
        self,
        said: list[list[Candidate]],
        row: int,
        start: Tensor,
        goal: Tensor,
        missing: Tensor,
        rng: random.Random,
    ) -> bool:
        """Say one thing more, or another one, about what is missing; whether there was one, and room for it."""
        off = (missing / self._registry.sigma).numpy()
        wrong = [which for which in self._own if abs(off[which]) > _NOTICED]
        correction = self._writer.correction(start[row].numpy(), goal[row].numpy(), off, wrong, said[row], rng)
        if correction is None:
            return self._retract(said, row, wrong)
        kept = [one for one in said[row] if one.predicate >= 0 or not one.measures <= correction.measures]
        if len(kept) >= self._budget:
            return False
        said[row] = [*kept, correction]
        return True

    def _retract(self, said: list[list[Candidate]], row: int, wrong: Sequence[int]) -> bool:
        """Take back something that left too much open: the solver did it with what should have stayed."""
        regions = {self._registry.measures[which].region for which in wrong}
        vague = [one for one in said[row] if not one.settled and touches(one.region, regions)]
        if vague:
            said[row].remove(vague[-1])
        return bool(vague)

    def _replay(self, said: Sequence[Sequence[Candidate]], before: Tensor, rows: list[int], reached: Tensor) -> Tensor:
        problems: list[list[Item]] = [[item for one in said[row] for item in one.items] for row in rows]
        poses = reached.clone()
        poses[rows] = self._editor.apply(problems, before[rows]).rotations
        return poses

    def _report(self, said: Sequence[Candidate], reached: Tensor, goal: Tensor, rng: random.Random) -> Explanation:
        off = ((goal - self._registry.measure_poses(reached)) / self._registry.sigma).abs()
        residual = {self._registry.measures[i].id: float(off[i]) for i in self._own if off[i] > _NOTICED}
        share = 1.0 - len(residual) / len(self._own)
        return Explanation(self._writer.order(said, rng), reached, residual, share)

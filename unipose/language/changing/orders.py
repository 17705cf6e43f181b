"""Orders carried out by the solver alone, without a network: from items or words, and a pose, to the changed pose."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from unipose.language.changing.changes import ChangeBook
from unipose.language.items import Amount, Change, Item, Keep
from unipose.language.measuring.registry import read_data
from unipose.language.reading.parser import Parse, Parser
from unipose.language.solving.conflicts import Conflict
from unipose.language.solving.goals import Bound, Tree, claim
from unipose.language.solving.judge import Judge
from unipose.language.solving.solver import Solutions, Solver

_SIDES = ("left", "right")


class Editor:
    """Changes poses as told; what nobody speaks of stays as it is.

    Args:
        solver: finds the poses.
        book: how far a degree goes.
    """

    def __init__(self, solver: Solver, book: ChangeBook) -> None:
        self.solver = solver
        self._book = book
        self._judge = Judge(solver.registry, read_data("solver.yaml"))
        data = read_data("orders.yaml")
        index = solver.registry.measure_index
        self._still = float(data["still"])
        self._carried: Mapping[str, Sequence[str]] = data["carried"]
        self._own = set(solver.registry.own("body"))
        self._aside = {index[name.replace("{side}", side)] for name in data["aside"] for side in _SIDES}
        groups = [
            {index[name.replace("{side}", side)] for name in group} for group in data["together"] for side in _SIDES
        ]
        self._together = {which: group for group in groups for which in group}

    @staticmethod
    @functools.cache
    def load() -> Editor:
        """The editor of this package. Built once, then shared."""
        return Editor(Solver.load(), ChangeBook.load())

    def apply(
        self, orders: Sequence[Sequence[Item]], rotations: Tensor, generator: torch.Generator | None = None
    ) -> Solutions:
        """Carry out one order on each pose, going as far as its words have in mind where that can be.

        Args:
            orders: the items of each.
            rotations: [B, 22, 3, 3] local rotations of the poses to change.
            generator: as for :meth:`Solver.solve`.

        Returns:
            The poses, and how clearly the items hold. The local rotations of joints that no item speaks of are those
            of the start, unless the items cannot be had without them.

        Raises:
            ValueError: as for :meth:`Solver.solve`.
        """
        told = [tuple(items) for items in orders]
        before = self.solver.registry.measure_poses(rotations)
        # one search without giving anything up; where it fails, a limb has no room to go so far or something at rest
        # is in the way, and then what the words allow will do
        meant = [self._meant(items, values) for items, values in zip(told, before, strict=True)]
        poses = self.solver.solve(meant, rotations, generator).rotations
        held = self._judge.margins(meant, poses, before)
        short = [row for row, margins in enumerate(held) if (margins < 0).any()]
        dropped: list[tuple[int, ...]] = [()] * len(told)
        conflicts: list[tuple[Conflict, ...]] = [()] * len(told)
        if short:
            again = self.solver.solve([told[row] for row in short], rotations[short], generator)
            poses[short] = again.rotations
            for row, gone, why in zip(short, again.dropped, again.conflicts, strict=True):
                dropped[row], conflicts[row] = gone, why
        poses = self._at_rest(told, poses, rotations, before)
        return Solutions(poses, self._judge.margins(told, poses, before), tuple(dropped), tuple(conflicts))

    def follow(
        self, texts: Sequence[str], rotations: Tensor, generator: torch.Generator | None = None
    ) -> tuple[list[Parse], Solutions]:
        """Carry out one order in words on each pose; see :meth:`apply`.

        Returns:
            What was read in each text, and the poses; that of a text in which nothing was read is unchanged.
        """
        read = [Parser.load().parse(text) for text in texts]
        return read, self.apply([parse.items for parse in read], rotations, generator)

    def _meant(self, items: tuple[Item, ...], before: Tensor) -> tuple[Item, ...]:
        """The items, going as far as people have in mind, and that the rest of each limb spoken of stays."""
        registry = self.solver.registry
        moving: set[int] = set()
        regions: set[str] = set()
        for item in items:
            if isinstance(item, Keep):
                continue
            columns = bounded(claim(registry, item, before))
            own = columns & self._own
            regions |= {registry.measures[which].region for which in columns}
            moving |= own.union(*(self._together.get(which, frozenset()) for which in own))
            if not columns <= self._own:
                moving |= self._limbs({registry.measures[which].region for which in columns}) - self._aside
        resting = (registry.measures[which] for which in sorted(self._limbs(regions) - moving))
        meant: list[Item] = [self._book.typical(item) if isinstance(item, Change) else item for item in items]
        for measure in resting:
            value, room = float(before[registry.measure_index[measure.id]]), self._still * measure.sigma
            meant.append(Amount(measure.id, value - room, value + room))
        return tuple(meant)

    def _limbs(self, regions: Iterable[str]) -> set[int]:
        """The own measures of regions."""
        parts = {part for region in regions for part in self._carried.get(region, (region,))}
        return {which for part in parts for which in self.solver.registry.own(part)}

    def _at_rest(self, told: Sequence[tuple[Item, ...]], poses: Tensor, starts: Tensor, before: Tensor) -> Tensor:
        """Joints that nobody speaks of as they were, where that costs nothing.

        The solver brings all joints within their limits; those that were beyond them, as captured ones may be, are not
        what it was asked to change.
        """
        spoken = self._judge.mentioned(told)
        rested = torch.where(spoken[..., None, None], poses, starts)
        margins = (self._judge.margins(told, each, before) for each in (poses, rested))
        held = [bool((new >= old.clamp(max=0.0)).all()) for old, new in zip(*margins, strict=True)]
        return torch.where(torch.tensor(held)[:, None, None, None], rested, poses)


def bounded(tree: Tree | Bound) -> set[int]:
    """The columns of all measures that a claim bounds."""
    return {tree.measure} if isinstance(tree, Bound) else set().union(*map(bounded, tree.parts))


def scaled(changes: Sequence[Change], factor: float) -> tuple[Change, ...]:
    """The same changes ``factor`` times as far, the other way where it is negative.

    A number keeps its tolerance; a degree loses its word.

    Raises:
        ValueError: when there is nothing to scale.
    """
    if not changes or not factor:
        raise ValueError(f"expected changes and a factor other than 0, found {len(changes)} changes and {factor:g}")
    found = []
    for change in changes:
        direction = change.direction if factor > 0 else -change.direction
        if change.degree:
            lo, hi = sorted((change.lo * factor, change.hi * factor))
        else:
            centre, reach = factor * (change.lo + change.hi) / 2, (change.hi - change.lo) / 2
            lo, hi = centre - reach, centre + reach
        found.append(replace(change, direction=direction, degree="", lo=lo, hi=hi))
    return tuple(found)

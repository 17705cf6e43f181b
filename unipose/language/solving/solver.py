"""From claims to a pose: what a text says, on a body that could be a person's.

The search starts from poses a prior over real poses knows, goes downhill in its latents, then joint by joint within the
limits of joints, keeping parts of the body out of each other and the body from falling. Claims that cannot hold
together are found, the least weighty of them is given up, and which they were is reported.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import roma
import torch
from torch import Tensor

from unipose.body.capsules import capsules
from unipose.body.limits import clamp
from unipose.body.pose import face_forward
from unipose.body.postures import standing
from unipose.body.prior import PosePrior
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.language.items import Item
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.solving.conflicts import Conflict, contradictions, lightest
from unipose.language.solving.descent import Descent
from unipose.language.solving.goals import Goals
from unipose.language.solving.judge import Judge, Problem

_SETTLING = 3  # rounds of giving up what cannot hold
_CHUNK = 64  # problems compared with the whole pool at a time, to bound the memory it takes


@dataclass(frozen=True, eq=False)
class Solutions:
    """Poses found for B problems.

    Attributes:
        rotations: float32 [B, 22, 3, 3], within the limits of joints.
        margins: for each problem float32 [items], sigmas inside (+) or outside (-) of what was claimed.
        dropped: for each problem the places of the items given up because they cannot hold with others.
        conflicts: for each problem the groups of items that no pose was found to hold together.
    """

    rotations: Tensor
    margins: tuple[Tensor, ...]
    dropped: tuple[tuple[int, ...], ...]
    conflicts: tuple[tuple[Conflict, ...], ...]

    @property
    def satisfied(self) -> list[list[bool]]:
        """For each problem, which of its items hold (by their nominal intervals)."""
        return [(each >= 0).tolist() for each in self.margins]

    @property
    def solved(self) -> list[bool]:
        """For each problem, whether all of its items hold."""
        return [all(each) for each in self.satisfied]


class Solver:
    """Finds poses that do what items say.

    Args:
        registry: the predicates.
        prior: what real poses look like.
        settings: the parsed ``solver.yaml``.
    """

    def __init__(self, registry: Registry, prior: PosePrior, settings: Mapping[str, Any]) -> None:
        self.registry = registry
        self.prior = prior
        self._settings = settings
        self._judge = Judge(registry, settings)
        self._descent = Descent(self._judge, prior, settings)

    @staticmethod
    @functools.cache
    def load() -> Solver:
        """The solver of this package, with its shipped registry and prior. Read once, then shared."""
        return Solver(Registry.load(), PosePrior.load(), read_data("solver.yaml"))

    def solve(
        self,
        problems: Sequence[Sequence[Item]],
        starts: Tensor | None = None,
        generator: torch.Generator | None = None,
        drafts: Tensor | None = None,
    ) -> Solutions:
        """Find a pose for each problem.

        Args:
            problems: the items of each; statements, amounts, changes, kept and matched parts.
            starts: [B, 22, 3, 3] poses to change, if these are edits. Joints that no item speaks of are kept as they
                are, as long as the rest can be had without them.
            generator: where variety comes from: another seed finds another pose. The same one when left out.
            drafts: [B, 22, 3, 3] first tries, such as a model's, that the search begins from besides its own; what
                edits begin from is their start.

        Raises:
            ValueError: on an unknown predicate or measure, an item that needs a start pose and has none, or another
                number of starts or drafts than problems.
        """
        told = [tuple(items) for items in problems]
        _check(told, starts)
        _check(told, drafts)
        task = _Task(told, starts, None if starts is None else self.registry.measure_poses(starts), drafts)
        generator = generator or torch.Generator().manual_seed(0)
        poses, conflicts, kept = self._settle(task, generator)
        if starts is None:
            poses = face_forward(poses)
        dropped = tuple(tuple(sorted(set(range(len(items))) - set(k))) for items, k in zip(told, kept, strict=True))
        return Solutions(poses, self._judge.margins(told, poses, task.before), dropped, conflicts)

    def refine(self, problems: Sequence[Sequence[Item]], rotations: Tensor, starts: Tensor | None = None) -> Solutions:
        """Bring given poses to satisfy items, moving as little as possible.

        Args:
            problems: the items of each pose.
            rotations: [B, 22, 3, 3] poses to mend, such as a model's.
            starts: [B, 22, 3, 3] the poses that changes and kept parts are counted from, where items speak of them.

        Raises:
            ValueError: as for :meth:`solve`.
        """
        told = [tuple(items) for items in problems]
        _check(told, rotations)
        _check(told, starts)
        task = _Task(told, starts, None if starts is None else self.registry.measure_poses(starts))
        poses = self._improve(task, clamp(rotations), self._judge.stiffness(told))
        nothing = ((),) * len(told)
        return Solutions(poses, self._judge.margins(told, poses, task.before), nothing, nothing)

    # -- attempts -------------------------------------------------------------------------------------------------

    def _attempt(self, task: _Task, generator: torch.Generator, again: bool = True) -> Tensor:
        """The best pose found for each problem, all of its items taken together; hopeless ones are tried ``again``."""
        stiffness = self._judge.stiffness(task.problems)
        if task.starts is None:
            poses = self._from_prior(task, generator, self._settings["search" if task.drafts is None else "drafted"])
        else:
            fixed = torch.where(self._judge.mentioned(task.problems), stiffness, torch.inf)
            poses = self._improve(task, clamp(task.starts), fixed, self._settings["local"])
        poses = self._improve(task, poses, stiffness)
        if again:
            poses = self._again(task, poses, generator)
        return poses if task.starts is None else self._judge.restore(task.problems, poses, task.starts, task.before)

    def _again(self, task: _Task, poses: Tensor, generator: torch.Generator) -> Tensor:
        """Other starting points for the problems that still miss something; the better of both poses."""
        settings = self._settings["again"]
        open_ = torch.nonzero(self._judge.missing(task.problems, poses, task.before)).flatten().tolist()
        if not open_:
            return poses
        part = replace(task.at(open_), drafts=None)  # they led nowhere
        fresh = self._from_prior(part, generator, settings["search"])
        fresh = self._improve(part, fresh, self._judge.stiffness(part.problems), settings["rounds"])
        missing = [self._judge.missing(part.problems, each, part.before) for each in (poses[open_], fresh)]
        mended = poses.clone()
        mended[open_] = torch.where((missing[1] < missing[0])[:, None, None, None], fresh, poses[open_])
        return mended

    def _from_prior(self, task: _Task, generator: torch.Generator, search: Mapping[str, Any]) -> Tensor:
        """The best of several poses of the prior for each problem, brought closer within the prior."""
        goals = Goals(self.registry, task.problems, task.before)
        latents = self._starting_points(task, int(search["starts"]), generator)
        if task.drafts is not None:
            latents = torch.cat((self.prior.encode(task.drafts)[:, None], latents), dim=1)
        found, costs = self._descent.search(goals, latents, int(search["steps"]))
        best = self._lucky(costs, 1, generator)[:, 0]
        return clamp(self.prior.decode(found[torch.arange(len(found)), best]))

    def _starting_points(self, task: _Task, count: int, generator: torch.Generator) -> Tensor:
        """Latents [B, count, D] of the pool whose poses are near to what each problem asks."""
        latents, values, odd, unrest = self._pool
        rest = self._settings["rest"]
        chosen = []
        for rows in torch.arange(len(task.problems)).split(_CHUNK):
            part = task.at(rows.tolist())
            goals = Goals(self.registry, part.problems, part.before)
            costs = (
                goals.total(goals.costs(values.expand(len(rows), -1, -1), self._settings["inner"]["searched"])) + odd
            )
            said = self._judge.mentioned(part.problems)
            costs = costs + torch.where(said, rest["mentioned"], rest["unmentioned"]) @ unrest.T
            costs, near = costs.topk(int(self._settings["shortlist"]), largest=False)
            chosen.append(near.gather(1, self._lucky(costs, count, generator)))
        starts = latents[torch.cat(chosen)]
        blur = self._settings["blur"] * self.prior.spread
        return starts + blur * torch.randn(starts.shape, generator=generator)

    def _lucky(self, costs: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """The places [B, count] of low costs [B, K], where chance counts for as much as ``variety`` says."""
        luck = -torch.rand(costs.shape, generator=generator).clamp_min(1e-12).log()
        return (costs + self._settings["variety"] * luck).topk(count, largest=False).indices

    @functools.cached_property
    def _pool(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Poses to start from.

        Returns:
            Their latents [N, D], measures [N, M], what their oddity costs [N], and how far each of their joints is
            from where it rests [N, 22], 1 at a right angle and beyond.
        """
        count = int(self._settings["pool"]) - len(self.prior.anchors)
        drawn = torch.cat([self.prior.anchors, self.prior.latents(count, torch.Generator().manual_seed(0))])
        poses = clamp(self.prior.decode(drawn))
        joints, turned = forward_kinematics(poses)
        odd = self._settings["search"]["surprise"] * self.prior.surprise(drawn) + self._descent.falling(
            capsules(joints, turned)
        )
        unrest = roma.rotmat_geodesic_distance(poses, standing().rotations) / (0.5 * math.pi)
        unrest[:, 0] = 0.0  # which way up the body is, is no matter of rest
        return drawn, self.registry.measure(joints, poses), odd, unrest.clamp_max(1.0) ** 2

    def _improve(
        self, task: _Task, poses: Tensor, stiffness: Tensor, rounds: Sequence[Mapping[str, Any]] | None = None
    ) -> Tensor:
        """Go on joint by joint with the poses that are still open."""
        poses = poses.clone()
        for each in rounds or self._settings["rounds"]:
            open_ = self._judge.open(task.problems, poses, task.before).tolist()
            if not open_:
                break
            part = task.at(open_)
            goals = Goals(self.registry, part.problems, part.before)
            pull = float(each["pull"]) * stiffness[open_]
            poses[open_] = self._descent.refine(goals, poses[open_], pull, int(each["steps"]), float(each["rate"]))
        return poses

    # -- conflicts ------------------------------------------------------------------------------------------------

    def _settle(
        self, task: _Task, generator: torch.Generator
    ) -> tuple[Tensor, tuple[tuple[Conflict, ...], ...], list[list[int]]]:
        """Solve, give up what cannot hold, and solve the rest.

        Returns:
            Poses, the conflicts of each problem, and the places of the items each kept.
        """
        kept = [list(range(len(items))) for items in task.problems]
        conflicts: list[list[Conflict]] = [[] for _ in kept]

        def give_up(row: int, groups: list[tuple[int, ...]]) -> None:
            items = task.problems[row]
            for places in groups:
                conflicts[row].append(Conflict(tuple(items[i] for i in places), places))
                if set(places) <= set(kept[row]):
                    kept[row].remove(lightest(places, items, self._settings["weights"]))

        for row, items in enumerate(task.problems):
            give_up(row, contradictions(self.registry, items, None if task.before is None else task.before[row]))
        poses = self._attempt(task.keeping(kept), generator)
        for _ in range(_SETTLING):
            left = task.keeping(kept)
            margins = self._judge.margins(left.problems, poses, left.before)
            rows = [row for row, each in enumerate(margins) if (each < 0).any()]
            if not rows:
                break
            groups = self._disputes(left.at(rows), [int(margins[row].argmin()) for row in rows], generator)
            for row, found in zip(rows, groups, strict=True):
                give_up(row, [tuple(kept[row][i] for i in group) for group in found])
            poses[rows] = self._attempt(task.keeping(kept).at(rows), generator)
        return poses, tuple(map(tuple, conflicts)), kept

    def _disputes(self, task: _Task, worst: list[int], generator: torch.Generator) -> list[list[tuple[int, ...]]]:
        """For each problem the groups of places that cannot hold: its worst miss, tried alone and beside each other.

        Where each pair can be had, all items together are the group.
        """
        trials: list[tuple[int, tuple[int, ...]]] = []
        for row, items in enumerate(task.problems):
            beside = {tuple(sorted({worst[row], place})) for place in range(len(items))}
            trials += [(row, places) for places in sorted(beside, key=lambda places: (len(places), places))]
        rows = [row for row, _ in trials]
        part = task.at(rows).keeping([list(places) for _, places in trials])
        margins = self._judge.margins(part.problems, self._attempt(part, generator, again=False), part.before)
        found: list[list[tuple[int, ...]]] = [[] for _ in task.problems]
        for (row, places), each in zip(trials, margins, strict=True):
            if (each < 0).any() and (worst[row],) not in found[row]:
                found[row].append(places)
        return [groups or [tuple(range(len(items)))] for groups, items in zip(found, task.problems, strict=True)]


@dataclass(frozen=True, eq=False)
class _Task:
    """Problems with the poses they start from [B, 22, 3, 3], the measures of these [B, M], and drafts of what they
    come to [B, 22, 3, 3], where there are any."""

    problems: list[Problem]
    starts: Tensor | None
    before: Tensor | None
    drafts: Tensor | None = None

    def at(self, rows: list[int]) -> _Task:
        """Some of the problems."""
        others = (None if each is None else each[rows] for each in (self.starts, self.before, self.drafts))
        return _Task([self.problems[row] for row in rows], *others)

    def keeping(self, places: list[list[int]]) -> _Task:
        """The same problems with only some of their items."""
        problems = [tuple(items[i] for i in kept) for items, kept in zip(self.problems, places, strict=True)]
        return replace(self, problems=problems)


def _check(problems: Sequence[Problem], poses: Tensor | None) -> None:
    if poses is not None and tuple(poses.shape) != (len(problems), len(JOINT_NAMES), 3, 3):
        raise ValueError(
            f"expected a pose [22, 3, 3] for each of {len(problems)} problems, found rotations {list(poses.shape)}"
        )

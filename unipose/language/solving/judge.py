"""How good a pose is as an answer: what it misses, what it stands in, and which joints it moved without need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from unipose.body.capsules import self_penetration
from unipose.body.limits import violations
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.language.items import Item, Keep, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.solving.bones import place
from unipose.language.solving.goals import Bound, Goals, Tree, claim
from unipose.language.solving.wanted import measuring

Problem = tuple[Item, ...]


class Judge:
    """Judges poses as answers to problems.

    Args:
        registry: the predicates.
        settings: the parsed ``solver.yaml``.

    Raises:
        ValueError: when measures speak of a part of the body whose joints the settings do not name.
    """

    def __init__(self, registry: Registry, settings: Mapping[str, Any]) -> None:
        self.registry = registry
        self._enough, self._deep = float(settings["enough"]), float(settings["penetration"]["done"])
        self._unmentioned = float(settings["unmentioned"])
        self._stiffness = torch.tensor([float(settings["stiffness"].get(name, 1.0)) for name in JOINT_NAMES])
        self._regions: dict[str, Tensor] = {}
        for region, joints in settings["regions"].items():
            self._regions[region] = torch.tensor([name in joints for name in JOINT_NAMES])
        unknown = {measure.region for measure in registry.measures} - set(self._regions)
        if unknown:
            raise ValueError(f"measures speak of {sorted(unknown)}; name the joints of these regions in solver.yaml")

    def margins(self, problems: Sequence[Problem], poses: Tensor, before: Tensor | None) -> tuple[Tensor, ...]:
        """For each problem the margins [items] of its pose, of ``poses`` [B, 22, 3, 3]."""
        goals = Goals(self.registry, problems, before)
        margins = goals.margins(self._measure(goals, poses[:, None]))[:, 0]
        return margins.split([len(items) for items in problems])

    def missing(self, problems: Sequence[Problem], poses: Tensor, before: Tensor | None) -> Tensor:
        """[B]: by how many sigmas items are missed in all."""
        goals = Goals(self.registry, problems, before)
        return goals.total(-goals.margins(self._measure(goals, poses[:, None])).clamp_max(0.0))[:, 0]

    def open(self, problems: Sequence[Problem], poses: Tensor, before: Tensor | None) -> Tensor:
        """Indices of the poses that miss an item, hold one only just, or stand in themselves."""
        goals = Goals(self.registry, problems, before)
        depth = self_penetration(*forward_kinematics(poses))
        return torch.nonzero(~self.done(goals, self._measure(goals, poses[:, None]), depth)).flatten()

    def done(self, goals: Goals, values: Tensor, depth: Tensor) -> Tensor:
        """Bool [B]: whether poses with measures [B, 1, M] and penetrations [B, pairs] need no more work."""
        return (_least(goals, values)[:, 0] > self._enough) & (depth.amax(-1) < self._deep)

    def mentioned(self, problems: Sequence[Problem]) -> Tensor:
        """Bool [B, 22]: the joints that carry what the items of each problem speak of; what is kept is not meant."""
        mentioned = torch.zeros(len(problems), len(JOINT_NAMES), dtype=torch.bool)
        for row, items in enumerate(problems):
            for item in items:
                if not isinstance(item, Keep):
                    for joints in self._carriers(item):
                        mentioned[row] |= joints
        return mentioned

    def stiffness(self, problems: Sequence[Problem]) -> Tensor:
        """[B, 22]: how dear it is to move each joint, beside the cheapest."""
        return torch.where(self.mentioned(problems), 1.0, self._unmentioned) * self._stiffness

    def restore(self, problems: Sequence[Problem], poses: Tensor, starts: Tensor, before: Tensor | None) -> Tensor:
        """Put joints that no item speaks of back to where they started, as many as the items allow.

        Those that moved least go first. ``poses`` and ``starts`` are [B, 22, 3, 3].
        """
        goals = Goals(self.registry, problems, before)
        movable = ~self.mentioned(problems) & (violations(starts) == 0)
        moved = torch.where(movable, (poses - starts).flatten(-2).norm(dim=-1), math.inf)
        rank = moved.argsort(dim=1).argsort(dim=1)
        # candidate k has the first k joints put back
        back = (rank[:, None] < torch.arange(len(JOINT_NAMES) + 1)[:, None]) & movable[:, None]
        tried = torch.where(back[..., None, None], starts[:, None], poses[:, None])
        least = _least(goals, self._measure(goals, tried))
        depth = self_penetration(*forward_kinematics(tried)).amax(-1)
        good = (least >= least[:, :1].clamp_max(self._enough)) & (depth <= depth[:, :1].clamp_min(self._deep))
        last = torch.where(good, torch.arange(good.shape[1]), 0).argmax(dim=1)
        return tried[torch.arange(len(tried)), last]

    def _carriers(self, item: Item) -> list[Tensor]:
        """The joints of the parts of the body that an item speaks of."""
        if isinstance(item, Statement) and self.registry[item.predicate].region in self._regions:
            return [self._regions[self.registry[item.predicate].region]]
        before = torch.zeros(len(self.registry.measures))  # where claims lie does not matter here
        return [
            self._regions[self.registry.measures[which].region]
            for which in _measures(claim(self.registry, item, before))
        ]

    def _measure(self, goals: Goals, poses: Tensor) -> Tensor:
        joints, turned = place(poses)
        return measuring(self.registry, goals.needed)(joints, poses, turned)


def _least(goals: Goals, values: Tensor) -> Tensor:
    """The least margin of each problem [B, K] for measures [B, K, M]."""
    margins = goals.margins(values)
    rows = goals.owner[:, None].expand_as(margins)
    return margins.new_full((goals.problems, margins.shape[1]), math.inf).scatter_reduce(0, rows, margins, "amin")


def _measures(tree: Tree | Bound) -> set[int]:
    return {tree.measure} if isinstance(tree, Bound) else set().union(*map(_measures, tree.parts))

"""Going downhill from starting poses to poses that meet their goals: in the prior's latents, then joint by joint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unipose.body.balance import support_margin
from unipose.body.capsules import Capsules, capsules, overlaps
from unipose.body.limits import clamp_angles, joint_angles, violations
from unipose.body.prior import PosePrior
from unipose.language.solving.bones import bend, place
from unipose.language.solving.goals import Goals
from unipose.language.solving.judge import Judge
from unipose.language.solving.wanted import measuring

_LOOK = 10  # steps between two looks at whether all is done


@dataclass(frozen=True)
class Descent:
    """How to go downhill; ``settings`` are those of ``solver.yaml``."""

    judge: Judge
    prior: PosePrior
    settings: Mapping[str, Any]

    def search(self, goals: Goals, latents: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Move latents [B, K, D] toward their problem's goals and toward where real poses are.

        Returns:
            The latents, and what they still cost [B, K].
        """
        measure = measuring(self.judge.registry, goals.needed)
        search, inner = self.settings["search"], self.settings["inner"]["searched"]
        latents = latents.clone().requires_grad_()
        optimizer = torch.optim.Adam([latents], lr=search["rate"])
        for step in range(steps + 1):
            poses = self.prior.decode(latents)
            joints, turned = place(poses)
            costs = goals.total(goals.costs(measure(joints, poses, turned), inner))
            costs = costs + search["surprise"] * self.prior.surprise(latents)
            if step < steps:
                _step(optimizer, costs.sum(), search["rate"], step / steps)
        return latents.detach(), costs.detach()

    def refine(self, goals: Goals, rotations: Tensor, stiffness: Tensor, steps: int, rate: float) -> Tensor:
        """Move poses [B, 22, 3, 3] to where their goals hold, as little as possible and within the limits of joints.

        Args:
            stiffness: [B, 22] the cost of moving each joint by one unit; infinite for joints that must not move.

        Returns:
            Poses [B, 22, 3, 3]; a joint that has not moved has the very rotation it had.
        """
        measure = measuring(self.judge.registry, goals.needed)
        unit, inner = self.settings["unit"], self.settings["inner"]["moved"]
        start, pelvis = clamp_angles(joint_angles(rotations)), rotations[:, 0]
        start[:, 0] = 0.0  # the pelvis turns from where it is
        free = torch.isfinite(stiffness)
        pull = torch.where(free, stiffness, 0.0)
        moved = torch.zeros_like(start, requires_grad=True)
        optimizer = torch.optim.Adam([moved], lr=rate)
        for step in range(steps):
            pose = bend(start + unit * moved, pelvis)
            joints, turned = place(pose)
            body = capsules(joints, turned)
            values, depth = measure(joints, pose, turned)[:, None], overlaps(body)
            if step % _LOOK == 0 and self.judge.done(goals, values, depth).all():
                break
            # the pull lets go toward the end, so that it never keeps a claim from holding
            loss = goals.costs(values, inner).sum() + _pace(step / steps) * (pull * (moved**2).sum(-1)).sum()
            loss = loss + self._overlap(depth) + self.falling(body).sum()
            _step(optimizer, loss, rate, step / steps)
            with torch.no_grad():
                inside = (clamp_angles(start + unit * moved) - start) / unit
                moved.copy_(torch.where(free[..., None], inside, 0.0))
        with torch.no_grad():
            found = bend(clamp_angles(start + unit * moved), pelvis)
        still = (moved == 0).all(-1) & (violations(rotations) == 0)
        return torch.where(still[..., None, None], rotations, found)

    def falling(self, body: Capsules) -> Tensor:
        """What it costs [...] that a body would fall over.

        It levels off: people leap and sit on chairs, and the farther a body is from standing the less is it meant to.
        """
        lack = (-support_margin(body)).clamp_min(0.0)
        return self.settings["balance"] * lack / (1.0 + lack)

    def _overlap(self, depth: Tensor) -> Tensor:
        deep = depth / self.settings["penetration"]["depth"]
        return self.settings["penetration"]["weight"] * torch.where(deep < 1.0, 0.5 * deep * deep, deep - 0.5).sum()


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, rate: float, done: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * _pace(done)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _pace(done: float) -> float:
    """Full at first, then along a cosine down to a tenth."""
    return 0.1 + 0.45 * (1.0 + math.cos(math.pi * done))

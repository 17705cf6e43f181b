"""Going downhill from starting poses to poses that meet their goals: in the prior's latents, then joint by joint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unipose.body.balance import support_margin
from unipose.body.capsules import capsules, self_penetration
from unipose.body.limits import clamp_angles, joint_angles, joint_rotations, violations
from unipose.body.prior import PosePrior
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import forward_kinematics
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
        search, inner = self.settings["search"], self.settings["inner"]
        latents = latents.clone().requires_grad_()
        optimizer = torch.optim.Adam([latents], lr=search["rate"])
        for step in range(steps + 1):
            poses = self.prior.decode(latents)
            costs = goals.total(goals.costs(measure(forward_kinematics(poses)[0], poses), inner))
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
        unit, inner = self.settings["unit"], self.settings["inner"]
        start, root = clamp_angles(joint_angles(rotations)), rotations[:, :1]
        start[:, 0] = 0.0  # the pelvis turns from where it is
        free = torch.isfinite(stiffness)
        pull = torch.where(free, stiffness, 0.0)
        moved = torch.zeros_like(start, requires_grad=True)
        optimizer = torch.optim.Adam([moved], lr=rate)
        for step in range(steps):
            pose = _pose(start + unit * moved, root)
            joints, turned = forward_kinematics(pose)
            values, depth = measure(joints, pose)[:, None], self_penetration(joints, turned)
            if step % _LOOK == 0 and self.judge.done(goals, values, depth).all():
                break
            # the pull lets go toward the end, so that it never keeps a claim from holding
            loss = goals.costs(values, inner).sum() + _pace(step / steps) * (pull * (moved**2).sum(-1)).sum()
            loss = loss + self._overlap(depth) + self.falling(joints, turned).sum()
            _step(optimizer, loss, rate, step / steps)
            with torch.no_grad():
                inside = (clamp_angles(start + unit * moved) - start) / unit
                moved.copy_(torch.where(free[..., None], inside, 0.0))
        with torch.no_grad():
            found = _pose(clamp_angles(start + unit * moved), root)
        still = (moved == 0).all(-1) & (violations(rotations) == 0)
        return torch.where(still[..., None, None], rotations, found)

    def falling(self, joints: Tensor, turned: Tensor) -> Tensor:
        """What it costs [...] that a body [..., 22, 3] with global rotations [..., 22, 3, 3] would fall over.

        It levels off: people leap and sit on chairs, and the farther a body is from standing the less is it meant to.
        """
        lack = (-support_margin(capsules(joints, turned))).clamp_min(0.0)
        return self.settings["balance"] * lack / (1.0 + lack)

    def _overlap(self, depth: Tensor) -> Tensor:
        deep = depth / self.settings["penetration"]["depth"]
        return self.settings["penetration"]["weight"] * torch.where(deep < 1.0, 0.5 * deep * deep, deep - 0.5).sum()


def _pose(angles: Tensor, root: Tensor) -> Tensor:
    turn = axis_angle_to_matrix(torch.deg2rad(angles[:, :1]))
    return torch.cat([turn @ root, joint_rotations(angles)[:, 1:]], dim=1)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, rate: float, done: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * _pace(done)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _pace(done: float) -> float:
    """Full at first, then along a cosine down to a tenth."""
    return 0.1 + 0.45 * (1.0 + math.cos(math.pi * done))

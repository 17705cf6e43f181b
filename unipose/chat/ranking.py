"""Which of several poses does best what was asked: the pose language reads the request and checks every pose."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from unipose.body.pose import Pose
from unipose.body.skeleton import forward_kinematics
from unipose.language import Checker, Parser, Registry


class Judge:
    """Checks poses against one request.

    Args:
        text: what was asked. Words the parser does not know are no claim and count neither way.
        before: the pose an edit starts from; without one, claims of change cannot be checked and are left out.
    """

    def __init__(self, text: str, before: Pose | None = None) -> None:
        self._registry = Registry.load()
        self._checker = Checker(self._registry)
        items = Parser.load().parse(text).items
        self.claims = tuple(item for item in items if before is not None or not self._checker.needs_before(item))
        self._before = None if before is None else self._measure([before])

    def shares(self, poses: Sequence[Pose]) -> list[float]:
        """The share of the claims that each pose satisfies; 1 where nothing is claimed."""
        return self._checker.score(self.claims, self._measure(poses), self._before).tolist()

    def _measure(self, poses: Sequence[Pose]) -> torch.Tensor:
        rotations = torch.stack([pose.rotations for pose in poses])
        return self._registry.measure(forward_kinematics(rotations)[0], rotations)

"""Which of several answers is best: the pose language reads the words and checks them on the poses."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from unipose.body.pose import Pose
from unipose.language import Checker, Parser, Registry, Solver


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
        self._before_pose = before
        self._before = None if before is None else self._measure([before])

    def shares(self, poses: Sequence[Pose]) -> list[float]:
        """The share of the claims that each pose satisfies; 1 where nothing is claimed."""
        return self._checker.score(self.claims, self._measure(poses), self._before).tolist()

    def mend(self, pose: Pose) -> Pose:
        """The pose moved as little as it takes to do all that was asked; as it is where that brings no more of it."""
        starts = None if self._before_pose is None else self._before_pose.rotations[None]
        found = Solver.load().refine([self.claims], pose.rotations[None], starts).rotations[0]
        mended = Pose.from_rotations(found)
        before, after = self.shares([pose, mended])
        return mended if after > before else pose

    def _measure(self, poses: Sequence[Pose]) -> torch.Tensor:
        return _measured(self._registry, poses)


class Witness:
    """Checks words about one pose, or about what changed since another.

    Args:
        pose: what is spoken of.
        before: the pose it changed from, if change is spoken of.
    """

    def __init__(self, pose: Pose, before: Pose | None = None) -> None:
        registry = Registry.load()
        self._checker = Checker(registry)
        self._values = _measured(registry, [pose])[0]
        self._before = None if before is None else _measured(registry, [before])[0]

    def share(self, text: str) -> float:
        """How much of what ``text`` claims is true, 0 to 1; claiming nothing is 0, unread words are one false claim."""
        parse = Parser.load().parse(text)
        items = [item for item in parse.items if self._before is not None or not self._checker.needs_before(item)]
        return truth(self._checker.holds(items, self._values, self._before), bool(parse.unparsed))


def truth(verdicts: Sequence[bool], unread: bool) -> float:
    """See :meth:`Witness.share`."""
    return sum(verdicts) / max(1, len(verdicts) + unread)


def _measured(registry: Registry, poses: Sequence[Pose]) -> torch.Tensor:
    return registry.measure_poses(torch.stack([pose.rotations for pose in poses]))

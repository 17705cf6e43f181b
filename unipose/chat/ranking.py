"""Which of several answers is best: the pose language reads the words and checks them on the poses."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.body.pose import Pose
from unipose.body.skeleton import forward_kinematics
from unipose.chat.understanding import meant
from unipose.language import Checker, Judgement, Registry, Solver, Verdict


class Judge:
    """Checks poses against one request.

    Args:
        text: what was asked. Words the parser does not know are no claim and count neither way.
        before: the pose an edit starts from; without one, claims of change cannot be checked and are left out.
    """

    def __init__(self, text: str, before: Pose | None = None) -> None:
        self._registry = Registry.load()
        self._checker = Checker(self._registry)
        parse = meant(text)
        self.claims = tuple(item for item in parse.items if before is not None or not self._checker.needs_before(item))
        self._understood = bool(self.claims) and not parse.unread
        self._start = before
        self._before = None if before is None else self._measure([before])

    def shares(self, poses: Sequence[Pose]) -> list[float]:
        """The share of the claims that each pose satisfies; 1 where nothing is claimed."""
        return self._checker.score(self.claims, self._measure(poses), self._before).tolist()

    def mend(self, poses: Sequence[Pose], seed: int | None = None) -> list[Pose]:
        """The poses, in place of those that do not do all that was asked ones that do more of it.

        Two ways are tried: the pose is moved as little as it takes, and one is found from the words alone, after an
        edit by changing the pose it starts from. Of two that do as much, the one more like real poses is taken; with
        a seed the moved one, which is as different from others as what was drawn.

        An edit leaves alone what it does not speak of. So where all its words were understood, the first answer
        without a seed is the one of those that do as much that is nearest to the pose it starts from.
        """
        made = list(poses)
        if made and seed is None and self._start is not None and self._understood:
            made[0] = self._nearest(made[0], self._start)
        return [
            pose if share == 1 else self._mended(pose, share, None if seed is None else seed + place)
            for place, (pose, share) in enumerate(zip(made, self.shares(made), strict=True))
        ]

    def _nearest(self, pose: Pose, start: Pose) -> Pose:
        """The pose, or what the solver makes of ``start``: what does more, and then what moves joints less."""
        changed = Solver.load().solve([self.claims], start.rotations[None], torch.Generator().manual_seed(0))
        both = [pose, Pose.from_rotations(changed.rotations[0])]
        joints, _ = forward_kinematics(torch.stack([start.rotations, *(each.rotations for each in both)]))
        moved = (joints[1:] - joints[0]).norm(dim=-1).mean(-1).tolist()
        shares = self.shares(both)
        return both[min((0, 1), key=lambda which: (-shares[which], moved[which]))]

    def _mended(self, pose: Pose, share: float, seed: int | None) -> Pose:
        solver, problem = Solver.load(), [self.claims]
        start = None if self._start is None else self._start.rotations[None]
        dice = torch.Generator().manual_seed(abs(seed or 0) % 2**63)
        refined = solver.refine(problem, pose.rotations[None], start).rotations
        found = torch.cat((refined, solver.solve(problem, start, dice).rotations))
        odd = solver.prior.surprise(solver.prior.encode(found)).tolist() if seed is None else [0.0, 1.0]
        others = [Pose.from_rotations(each) for each in found]
        shares = self.shares(others)
        best = max(range(len(others)), key=lambda which: (shares[which], -odd[which]))
        return others[best] if shares[best] > share else pose

    def _measure(self, poses: Sequence[Pose]) -> Tensor:
        return measured(self._registry, poses)


def judged(text: str, pose: Pose, before: Pose | None = None) -> tuple[Verdict, ...]:
    """What of a request a pose does: a verdict for each thing that was read in it, and for what was not understood."""
    registry = Registry.load()
    values = measured(registry, [pose])[0]
    started = None if before is None else measured(registry, [before])[0]
    return tuple(Judgement(registry).verdicts(text, meant(text), values, started))


def measured(registry: Registry, poses: Sequence[Pose]) -> Tensor:
    """N poses to their measures [N, M]."""
    return registry.measure_poses(torch.stack([pose.rotations for pose in poses]))

"""Which of several answers is best: the pose language reads the words and checks them on the poses."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.chat.assuming import assumed, staying
from unipose.chat.gestures import exchanged, gestured
from unipose.chat.limbs_stay import limbs_stay
from unipose.chat.off_feet import off_feet
from unipose.chat.typical import typical
from unipose.chat.understanding import meant
from unipose.language import Checker, Item, Judgement, Registry, Solver, Statement, Verdict

_ARMS_AND_HEAD = [
    place
    for place, name in enumerate(JOINT_NAMES)
    if name.removeprefix("left_").removeprefix("right_") in ("collar", "shoulder", "elbow", "wrist", "neck", "head")
]
_ALL_BUT_NAMED = 0.8  # how much of a name is left when a limb is moved as its rule forbids: "child's pose, arms ahead"
_AS_A_WHOLE = 3.0  # who sits with a leg stretched wrongly does more of "sitting, legs straight" than who stands so

# Metres that joints may move more, in the mean, so that a foot stays down: "the right leg further back" is not to bring
# somebody to his feet whom the camera caught in a leap.
_STEADIED = 0.04


class Judge:
    """Checks poses against one request.

    Args:
        text: what was asked. Words the parser does not know are no claim and count neither way.
        before: the pose an edit starts from; without one, claims of change cannot be checked and are left out.
    """

    def __init__(self, text: str, before: Pose | None = None) -> None:
        self._registry = Registry.load()
        self._checker = Checker(self._registry)
        self._before = None if before is None else self._measure([before])
        parse = meant(text) if self._before is None else off_feet(meant(text), self._before[0], self._registry)
        self.claims = tuple(item for item in parse.items if before is not None or not self._checker.needs_before(item))
        self._sure = [
            sure * (_AS_A_WHOLE if self._whole(item) else 1.0)
            for item, sure in zip(parse.items, parse.confidences, strict=True)
            if item in self.claims
        ]
        self._assumed = assumed(self.claims, self._registry) if before is None else ()
        self._stays = () if self._before is None else staying(self.claims, self._before[0], self._registry)
        self._start = before

    def shares(self, poses: Sequence[Pose]) -> list[float]:
        """The share of the claims that each pose satisfies, weighed by how surely they were read and by how much of the
        body they are about; 1 where nothing is claimed.

        Statements must plainly hold: a pose at the edge of what was asked for is not yet what was meant.
        """
        if not self.claims or not poses:
            return [1.0] * len(poses)
        return self._weighed(self._held(poses))

    def _held(self, poses: Sequence[Pose]) -> Tensor:
        """Whether each claim plainly holds of each of N poses, [N, claims], as 0 and 1."""
        margins = self._checker.margins(self.claims, self._measure(poses), self._before)
        plainly = [self._registry.margin if isinstance(claim, Statement) else 0.0 for claim in self.claims]
        return (margins >= margins.new_tensor(plainly)).float()

    def _weighed(self, held: Tensor) -> list[float]:
        """The share of the request that is done where so much of each claim is, [N, claims]."""
        sure = held.new_tensor(self._sure)
        shares: list[float] = torch.where(held.ge(1).all(-1), 1.0, held @ sure / sure.sum()).tolist()
        return shares

    def mend(self, poses: Sequence[Pose], seed: int | None = None) -> list[Pose]:
        """The poses, in place of those that do not do all that was asked ones that do more of it.

        A pose made from words alone is where the solver begins to look for a better one, among poses like real ones.
        An edited pose is moved as little as it takes; where that is not enough, the solver changes the pose that the
        edit starts from.

        An edit leaves alone what it does not speak of. So where anything in it was understood, the first answer
        without a seed is the one of those that do as much that is nearest to the pose it starts from; but to another
        posture or gesture it goes by what that usually looks like, and a foot that stood may cost some movement. What
        moves the trunk leaves behind the limbs that hang and stand.
        """
        made, shares = list(poses), self.shares(poses)
        if made and seed is None and self._start is not None and self.claims:
            posed = next((pose for pose, share in self._posed(self._start) if share == 1), None)
            made[0], shares[0] = (posed, 1.0) if posed else self._nearest(made[0], shares[0], self._start)
        named = False
        if made and self._start is None:
            alone = len(self.claims) == 1
            usual = typical(self.claims, seed, self._registry, Solver.load().prior, alone)
            named = len(usual) > 0 and any(map(self._whole, self.claims))
            made, shares = self._as_usual(made, shares, usual) if len(usual) else (made, shares)
        if self._assumed:
            made, shares = self._as_assumed(made, shares, seed, named)
        ways = (self._searched, self._searched_surely) if self._start is None else (self._moved, self._changed)
        for way in ways:
            missing = [place for place, share in enumerate(shares) if share < 1]
            others = way([made[place] for place in missing], seed) if missing else []
            for place, pose, share in zip(missing, others, self.shares(others), strict=True):
                if share > shares[place]:
                    made[place], shares[place] = pose, share
        return made if self._start is None else self._left(made, shares, self._start)

    def _left(self, poses: Sequence[Pose], shares: Sequence[float], start: Pose) -> list[Pose]:
        """The edited poses with limbs where they were that the trunk need not take along, where they do no less so."""
        made = [pose.rotations for pose in poses]
        left = [limbs_stay(start.rotations, each, self.claims, self._registry) for each in made]
        if all(one is other for one, other in zip(made, left, strict=True)):
            return list(poses)
        others = [Pose.from_rotations(each) for each in left]
        found = zip(poses, others, shares, self.shares(others), self._stay(poses), self._stay(others), strict=True)
        return [other if so >= share and staying >= stays else pose for pose, other, share, so, stays, staying in found]

    def _whole(self, item: Item) -> bool:
        """Whether a claim says how somebody is held as a whole."""
        return isinstance(item, Statement) and self._registry[item.predicate].whole

    def _as_usual(
        self, poses: Sequence[Pose], shares: Sequence[float], usual: Tensor
    ) -> tuple[list[Pose], list[float]]:
        """The poses, in place of the first ones what those who were named usually look like [N, 22, 3, 3], as they are
        or brought to do the rest of the request, where they do no less; and their shares."""
        made, shares = list(poses), list(shares)
        as_they_are = [Pose.from_rotations(each) for each in usual]
        found = list(zip(as_they_are, self.shares(as_they_are), strict=True))
        limbs = [item for item in self.claims if not self._whole(item)]
        ways = (
            lambda: self._changed_in(as_they_are),
            lambda: self._brought((*self.claims, *self._assumed), usual, 0.0),
            lambda: self._brought(limbs, usual, _ALL_BUT_NAMED) if 0 < len(limbs) < len(self.claims) else [],
        )
        for way in ways:  # each moves more than the one before
            if max(share for _, share in found) < 1:
                found += way()
        found.sort(key=lambda each: -each[1])
        for place, (pose, share) in enumerate(found[: len(made)]):
            if share >= shares[place]:
                made[place], shares[place] = pose, share
        return made, shares

    def _posed(self, start: Pose) -> Iterator[tuple[Pose, float]]:
        """What an edit to another posture or gesture makes of a pose, and what share of the request: arms, or arms and
        head, as they usually are; the posture as it usually is, arms and head as they were; or both."""
        margins = self._checker.margins(self.claims, self._measure([start]), self._before)[0].tolist()
        wanted = [item for item, so in zip(self.claims, margins, strict=True) if so < 0]
        whole = [item for item in wanted if self._whole(item)]
        usual = typical(whole, None, self._registry, Solver.load().prior, alone=len(self.claims) == 1)
        ways = [start.rotations[None]]
        if len(usual):
            held, mixed = start.rotations.repeat(len(usual), 1, 1, 1), usual.clone()
            held[:, _ARMS_AND_HEAD] = usual[:, _ARMS_AND_HEAD]
            mixed[:, _ARMS_AND_HEAD] = start.rotations[_ARMS_AND_HEAD]
            ways = [held, mixed, usual]
        made = [gestured(each, wanted, self._registry) for each in ways]
        if not len(usual) and torch.equal(made[0], ways[0]):
            made = []  # no gesture that is known
        if (other := exchanged(start.rotations, wanted, self._registry)) is not None:
            made.append(other[None])
        poses = [[Pose.from_rotations(each) for each in rotations] for rotations in made]
        for some in poses:
            yield from zip(some, self.shares(some), strict=True)
        if not any(map(self._checker.needs_before, self.claims)):  # from before, not from these
            for some in poses[bool(len(usual)) :]:
                yield from self._changed_in(some)

    def _changed_in(self, poses: Sequence[Pose]) -> list[tuple[Pose, float]]:
        """The poses, changed where they miss a claim as an edit would be, and what share of the request each does."""
        starts = _stacked(poses)
        missing = [
            tuple(claim for claim, holds in zip(self.claims, row, strict=True) if holds < 1)
            for row in self._held(poses).tolist()
        ]
        made = [Pose.from_rotations(each) for each in Solver.load().solve(missing, starts).rotations]
        return list(zip(made, self.shares(made), strict=True))

    def _brought(self, wanted: Sequence[Item], usual: Tensor, allowed: float) -> list[tuple[Pose, float]]:
        """What names usually look like, [N, 22, 3, 3], changed as little as it takes to do what is wanted, and what
        share of the request each does then; so much of a name is ``allowed`` for having come from it.
        """
        poses = [Pose.from_rotations(each) for each in Solver.load().refine([wanted] * len(usual), usual).rotations]
        named = torch.tensor([allowed * self._whole(item) for item in self.claims])
        return list(zip(poses, self._weighed(self._held(poses).maximum(named)), strict=True))

    def _as_assumed(
        self, poses: Sequence[Pose], shares: Sequence[float], seed: int | None, named: bool
    ) -> tuple[list[Pose], list[float]]:
        """The poses, in place of those that miss a claim, or are not as anybody would assume, ones that are and do no
        less; and their shares. Of what was ``named`` nothing is assumed: somebody has looked at what it looks like."""
        made, shares = list(poses), list(shares)
        taken = self._registry.holds(self._measure(made), [item.predicate for item in self._assumed]).all(-1).tolist()
        missing = [place for place, share in enumerate(shares) if share < 1 or not (named or taken[place])]
        if not missing:
            return made, shares
        wanted = (*self.claims, *self._assumed)
        others = self._solved(len(missing), seed, _stacked([made[place] for place in missing]), wanted)
        for place, pose, share in zip(missing, others, self.shares(others), strict=True):
            if share >= shares[place]:
                made[place], shares[place] = pose, share
        return made, shares

    def _nearest(self, pose: Pose, share: float, start: Pose) -> tuple[Pose, float]:
        """The pose, or what the solver makes of ``start``: what does more, then what lets the posture be, then what
        lets feet and hands stand that stood, if that moves joints little more, then what moves them less."""
        poses = (pose, *self._own)
        shares = (share, *self.shares(self._own))
        joints, _ = forward_kinematics(torch.stack([each.rotations for each in (start, *poses)]))
        moved = (joints[1:] - joints[0]).norm(dim=-1).mean(-1).tolist()
        postures, stay = self._stay(poses, "posture"), self._stay(poses)
        best = max(zip(shares, postures, strict=True))
        among = [place for place, each in enumerate(zip(shares, postures, strict=True)) if each == best]
        least = min(moved[place] for place in among)
        found = min(among, key=lambda place: (moved[place] > least + _STEADIED, -stay[place], moved[place]))
        return poses[found], shares[found]

    def _stay(self, poses: Sequence[Pose], region: str = "") -> list[int]:
        """How much of what nobody asked to change is still so, for each pose; only of a region where one is named."""
        said = (each.predicate for each in self._stays)
        names = [name for name in said if region in ("", self._registry[name].region)]
        stay: list[int] = self._registry.holds(self._measure(poses), names).sum(-1).tolist()
        return stay

    @functools.cached_property
    def _own(self) -> tuple[Pose, ...]:
        """What the solver makes of the pose an edit starts from, without a seed; where something that was so is not any
        more, once more so that it stays so if it can."""
        own = self._solved(1, None)[0]
        if not self._stays or self._stay([own]) == [len(self._stays)]:
            return (own,)
        kept = Solver.load().refine([(*self.claims, *self._stays)], _stacked([own]), self._starts(1)).rotations
        return own, Pose.from_rotations(kept[0])

    def _searched(self, poses: Sequence[Pose], seed: int | None) -> list[Pose]:
        return self._solved(len(poses), seed, _stacked(poses))

    def _searched_surely(self, poses: Sequence[Pose], seed: int | None) -> list[Pose]:
        """As :meth:`_searched`, without what was read least surely: the rest may not be had with it."""
        least = min(self._sure)
        claims = [claim for claim, sure in zip(self.claims, self._sure, strict=True) if sure > least]
        return self._solved(len(poses), seed, _stacked(poses), claims) if claims else list(poses)

    def _moved(self, poses: Sequence[Pose], seed: int | None) -> list[Pose]:
        moved = Solver.load().refine([self.claims] * len(poses), _stacked(poses), self._starts(len(poses)))
        return [Pose.from_rotations(each) for each in moved.rotations]

    def _changed(self, poses: Sequence[Pose], seed: int | None) -> list[Pose]:
        return [self._own[0]] if len(poses) == 1 and seed is None else self._solved(len(poses), seed)

    def _solved(
        self, count: int, seed: int | None, drafts: Tensor | None = None, claims: Sequence[Item] | None = None
    ) -> list[Pose]:
        dice = torch.Generator().manual_seed(abs(seed or 0) % 2**63)
        found = Solver.load().solve([claims or self.claims] * count, self._starts(count), dice, drafts)
        return [Pose.from_rotations(each) for each in found.rotations]

    def _starts(self, count: int) -> Tensor | None:
        return None if self._start is None else self._start.rotations.expand(count, -1, -1, -1)

    def _measure(self, poses: Sequence[Pose]) -> Tensor:
        return measured(self._registry, poses)


def judged(text: str, pose: Pose, before: Pose | None = None) -> tuple[Verdict, ...]:
    """What of a request a pose does: a verdict for each thing that was read in it, and for what was not understood."""
    registry = Registry.load()
    values = measured(registry, [pose])[0]
    started = None if before is None else measured(registry, [before])[0]
    parse = meant(text) if started is None else off_feet(meant(text), started, registry)
    return tuple(Judgement(registry).verdicts(text, parse, values, started))


def measured(registry: Registry, poses: Sequence[Pose]) -> Tensor:
    """N poses to their measures [N, M]."""
    return registry.measure_poses(_stacked(poses))


def _stacked(poses: Sequence[Pose]) -> Tensor:
    return torch.stack([pose.rotations for pose in poses])

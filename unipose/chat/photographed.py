"""A photo and a hint: what somebody says of the person settles what a single view leaves open.

The estimate of a pose moves so that what is said holds and the keypoints are still drawn where they were seen. Whether
an arm is before or behind the body, a view hardly tells, so limbs that are spoken of are also tried the other way in
depth. What cannot hold without leaving what is plainly seen is not believed, and the remark says what is seen instead.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from unipose.body.ambiguity import LIMBS, depth_flips
from unipose.body.cameras import STATURE, find_camera
from unipose.body.fitting import Weights, fit
from unipose.body.keypoints import keypoints
from unipose.body.pose import Pose
from unipose.body.prior import PosePrior
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.chat.understanding import stated
from unipose.language import Answerer, Checker, Item, Registry, Statement
from unipose.language.asking.facts import Facts
from unipose.language.asking.tongue import Tongue
from unipose.language.items import deny
from unipose.language.measuring.registry import read_data
from unipose.language.solving.goals import Goals
from unipose.language.solving.judge import Judge
from unipose.language.solving.wanted import measuring
from unipose.photos.detections import Person

_PLAIN = 0.5  # confidence from which on a keypoint is plainly seen
_WORST = 4  # keypoints, of those plainly seen, that left their place most: a limb, not the whole body, is spoken of
_NOISE = 0.015  # share of the person's standing height by which detectors are off anyway
_LEFT = 0.010  # share of the person's standing height by which these may leave, in the mean, where a hint is believed
_INNER = 0.3  # sigmas inside what is claimed that is aimed at
# Of several poses that do, the best: root mean square of shares of height by which plainly seen points are missed, plus
_NEAR = 0.1  # for a metre of moving away from the estimate, mean over joints
_ODD = 0.0003  # for a nat of implausibility
# The estimate is good where nothing is said of it, so it is held to; what cannot be so then is tried more freely.
_HELD, _FREE = Weights(draft=7.0, root=4.0, steps=10), Weights(draft=25.0, steps=10)

Group = tuple[Item, ...]


@dataclass(frozen=True)
class HintedPose:
    """An estimate after a hint.

    Attributes:
        pose: the estimate, changed or not.
        accepted: what was said and is now so.
        refused: what was said and the photo contradicts.
        remark: what is to be told about the latter; else empty.
    """

    pose: Pose
    accepted: tuple[Item, ...]
    refused: tuple[Item, ...]
    remark: str = ""


def with_hint(pose: Pose, person: Person, hint: str) -> HintedPose:
    """Change an estimate by what is said of the person.

    Args:
        pose: the estimate, its root as the camera sees it.
        person: what was detected.
        hint: free text. What it says of changes ("raise the arm"), or what is not understood, counts for nothing.

    Returns:
        The pose. It is the given one, to the bit, where the hint says nothing, or nothing that is not so already, or
        nothing that the photo does not contradict.
    """
    checker = Checker(Registry.load())
    items = tuple(dict.fromkeys(item for item in stated(hint).items if not checker.needs_before(item)))
    if not items:
        return HintedPose(pose, (), ())
    found = _Believing(pose, person).settle(items)
    return replace(found, remark=_remark(found, hint)) if found.refused else found


class _Believing:
    """Decides claim by claim."""

    def __init__(self, pose: Pose, person: Person) -> None:
        self._registry = Registry.load()
        self._judge = Judge(self._registry, read_data("solver.yaml"))
        self._prior = PosePrior.load()
        self._pose, self._points = pose, torch.from_numpy(person.keypoints)
        self._plain = self._points[:, 2] >= _PLAIN
        self._before = self._misses(pose.rotations[None])[0]

    def settle(self, items: Group) -> HintedPose:
        """All claims together where that can be; else one after the other, each beside those believed before."""
        so = self._so(items, self._pose)
        held = tuple(item for item in items if item in so)
        open_ = [item for item in items if item not in so]
        if not open_:
            return HintedPose(self._pose, items, ())
        believed = self._changed(self._pose, (*held, *open_))
        if believed is not None:
            return HintedPose(believed, items, ())
        pose, accepted = self._pose, list(held)
        for item in open_ if len(open_) > 1 else ():
            changed = self._changed(pose, (*accepted, item))
            if changed is not None:
                pose = changed
                accepted.append(item)
        # what was refused may have come about with what was believed after it
        so = self._so(items, pose)
        return HintedPose(
            pose, tuple(item for item in items if item in so), tuple(item for item in items if item not in so)
        )

    def _changed(self, pose: Pose, items: Group) -> Pose | None:
        """A pose near to one that does what is said and is drawn where the keypoints are; None without one."""
        return self._fitted(pose, items, _HELD) or self._fitted(pose, items, _FREE)

    def _fitted(self, pose: Pose, items: Group, weights: Weights) -> Pose | None:
        spoken = self._judge.mentioned([tuple(item for item in items if item not in self._so(items, pose))])[0]
        drafts = depth_flips(pose.rotations, [limb for limb in LIMBS if spoken[_joints_of(limb)].any()])
        problems = [items] * len(drafts)
        goals = Goals(self._registry, problems)
        measure = measuring(self._registry, goals.needed)

        def claims(rotations: Tensor) -> Tensor:
            values = measure(forward_kinematics(rotations)[0], rotations)[:, None]
            return goals.costs(values, _INNER).view(len(problems), len(items))

        seen = self._points.expand(len(drafts), -1, -1)
        found = fit(drafts, seen, weights=weights, claims=claims).rotations
        holds = torch.stack([(each >= 0).all() for each in self._judge.margins(problems, found, None)])
        left = self._left(found)
        fits = holds & (left <= _LEFT)
        if not fits.any():
            return None
        moved = (forward_kinematics(found)[0] - forward_kinematics(pose.rotations)[0]).norm(dim=-1).mean(-1)
        odd = self._prior.surprise(self._prior.encode(found))
        cost = self._misses(found).square().sum(-1).div(max(1, int(self._plain.sum()))).sqrt()
        cost = torch.where(fits, cost + _NEAR * moved + _ODD * odd, torch.inf)
        return Pose.from_rotations(found[cost.argmin()])

    def _left(self, rotations: Tensor) -> Tensor:
        """[N] how far what is plainly seen has left its place, as a share of the person's height."""
        if not self._plain.any():
            return rotations.new_zeros(len(rotations))
        rise = (self._misses(rotations) - self._before.clamp_min(_NOISE)).clamp_min(0.0)
        return rise.topk(min(_WORST, rise.shape[-1])).values.mean(-1)

    def _misses(self, rotations: Tensor) -> Tensor:
        """[N, plain points] how far points are drawn from where they were seen, as shares of the person's height."""
        body = keypoints(rotations)
        seen = self._points.expand(len(body), -1, -1)
        camera = find_camera(body, seen)
        miss = (camera.project(body) - seen[..., :2]).norm(dim=-1) / (STATURE * camera.scale[:, None])
        return miss[:, self._plain]

    def _so(self, items: Group, pose: Pose) -> set[Item]:
        """Which of the claims hold."""
        if not items:
            return set()
        margins = self._judge.margins([items], pose.rotations[None], None)[0]
        return {item for item, margin in zip(items, margins.tolist(), strict=True) if margin >= 0}


def _joints_of(limb: str) -> list[int]:
    side, _, kind = limb.partition("_")
    names = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}[kind]
    return [JOINT_NAMES.index(f"{side}_{name}") for name in names]


# -- words -------------------------------------------------------------------------------------------------------------


def _remark(found: HintedPose, hint: str) -> str:
    registry, tongue = Registry.load(), _tongue()
    facts = Facts(registry, registry.measure_poses(found.pose.rotations))
    voice = tongue.voice(hint.lower())
    shown = list(dict.fromkeys(_instead(item, facts, tongue) for item in found.refused))
    said = [item for item in shown if tongue.says(item)]
    words = tongue.clauses(said, voice, random.Random(0)) if said else _sayings()["otherwise"]
    return str(_sayings()["in_part" if found.accepted else "contradicted"]).format(x=words)


def _instead(item: Item, facts: Facts, tongue: Tongue) -> Item:
    """What is seen where an item was claimed: another degree of the same measure, or that it is not so."""
    measure = facts.measure_of(item)
    graded = facts.graded(measure) if measure else ""
    return Statement(graded) if graded and tongue.says(Statement(graded)) else deny(item)


@functools.cache
def _tongue() -> Tongue:
    return Tongue(Answerer.load().writer, read_data("answers.yaml"))


@functools.cache
def _sayings() -> Any:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))

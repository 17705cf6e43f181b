"""What one pose changed of another: how far each vertex has moved, and the moved parts in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES_24
from unipose.ui.bodies import Body

VISIBLE_MOVE = 0.04
"""Metres a body part has moved, on average over its vertices, when the caption names it."""

VISIBLE_TURN = math.radians(10)

_REGIONS = {"neck": "head", "head": "head"} | dict.fromkeys(("hip", "knee", "ankle", "foot"), "leg")
_REGIONS |= dict.fromkeys(("shoulder", "elbow", "wrist", "hand"), "arm")


@dataclass(frozen=True)
class Difference:
    """What one pose changed of another, with the turn of the whole body taken out.

    Attributes:
        moved: float32 [V], metres each vertex has moved when both bodies face forward, pelvis on pelvis.
        regions: the moved parts in words, such as "both arms"; empty when nothing moved visibly.
        turn: radians the body has turned about the vertical, positive to its left.
    """

    moved: np.ndarray
    regions: tuple[str, ...]
    turn: float

    def __str__(self) -> str:
        said = []
        if self.regions:
            said.append(f"{listed(self.regions)} changed")
        if abs(self.turn) > VISIBLE_TURN:
            side = "left" if self.turn > 0 else "right"
            said.append(f"the body turned {abs(math.degrees(self.turn)):.0f} degrees to its {side}")
        return ", ".join(said) or "nothing moved visibly"


def difference(body: Body, before: Pose, after: Pose) -> Difference:
    """What changed from ``before`` to ``after``, measured on the body's vertices."""
    old, new = (np.asarray(body.vertices(pose.facing_forward().rotations)) for pose in (before, after))
    moved = np.linalg.norm(new - old, axis=-1).astype(np.float32)
    parts = np.asarray(body.parts)
    names = [name for part, name in enumerate(JOINT_NAMES_24) if _mean(moved[parts == part]) > VISIBLE_MOVE]
    turn = math.remainder(after.heading - before.heading, math.tau)
    return Difference(moved, _regions(names), turn)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0


def _regions(part_names: list[str]) -> tuple[str, ...]:
    """Names of moved joints to the parts a person would name, top to bottom."""
    found = set()
    for name in part_names:
        side, _, joint = name.rpartition("_")
        region = _REGIONS.get(joint, "trunk")
        found.add(f"the {side} {region}" if region in ("arm", "leg") else f"the {region}")
    for limb in ("arm", "leg"):
        if {f"the left {limb}", f"the right {limb}"} <= found:
            found = found - {f"the left {limb}", f"the right {limb}"} | {f"both {limb}s"}
    if {"the head", "the trunk", "both arms", "both legs"} <= found:
        return ("the whole body",)
    order = ("head", "trunk", "arm", "leg")
    return tuple(sorted(found, key=lambda name: (next(i for i, word in enumerate(order) if word in name), name)))


def listed(words: tuple[str, ...]) -> str:
    """Words as one enumeration: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

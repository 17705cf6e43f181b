"""The body as capsules: a surface without a mesh, for touching, for penetration and for the floor.

A capsule is a segment with a radius. Its ends hang on joints and turn with them, so everything here is a batched,
differentiable function of joints and global rotations (``forward_kinematics``). Lengths are metres; the table below is
for the rest skeleton and grows with the legs of the body at hand.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES, REST_OFFSETS

Offset = tuple[float, float, float]

# Name: (joint, offset of the first end, joint, offset of the second end, radius), for the left side and the midline.
_TABLE: dict[str, tuple[str, Offset, str, Offset, float]] = {
    "head": ("head", (0.0, 0.070, 0.010), "head", (0.0, 0.070, 0.010), 0.10),
    "neck": ("neck", (0.0, 0.0, 0.0), "head", (0.0, 0.0, 0.0), 0.055),
    "chest": ("spine3", (0.0, -0.020, 0.0), "spine3", (0.0, 0.090, 0.0), 0.13),
    "belly": ("spine1", (0.0, 0.0, 0.010), "spine2", (0.0, 0.0, 0.010), 0.12),
    "pelvis": ("pelvis", (-0.050, -0.030, 0.0), "pelvis", (0.050, -0.030, 0.0), 0.12),
    "left_upper_arm": ("left_shoulder", (0.0, 0.0, 0.0), "left_elbow", (0.0, 0.0, 0.0), 0.05),
    "left_forearm": ("left_elbow", (0.0, 0.0, 0.0), "left_wrist", (0.0, 0.0, 0.0), 0.04),
    "left_hand": ("left_wrist", (0.084, -0.008, -0.005), "left_wrist", (0.084, -0.008, -0.005), 0.045),
    "left_thigh": ("left_hip", (0.0, 0.0, 0.0), "left_knee", (0.0, 0.0, 0.0), 0.08),
    "left_shin": ("left_knee", (0.0, 0.0, 0.0), "left_ankle", (0.0, 0.0, 0.0), 0.055),
    "left_foot": ("left_ankle", (0.0, -0.025, -0.010), "left_foot", (0.0, 0.022, 0.030), 0.045),
}

# Parts that overlap by the way a body is built: each hangs on the other, or flesh gives way between them.
_NEIGHBOURS: frozenset[frozenset[str]] = frozenset(
    frozenset(pair)
    for pair in (
        ("head", "neck"), ("head", "chest"), ("neck", "chest"), ("chest", "belly"), ("chest", "pelvis"),
        ("belly", "pelvis"), ("neck", "upper_arm"), ("chest", "upper_arm"), ("upper_arm", "forearm"),
        ("forearm", "hand"), ("pelvis", "thigh"), ("belly", "thigh"), ("thigh", "shin"), ("shin", "foot"),
    )
)  # fmt: skip

# How far two parts may overlap, metres, before it counts: flesh gives way, captured bodies were slimmer here and
# thicker there, and capsules are rounder than bodies. From the closest few in a thousand captured poses.
_GIVES: dict[frozenset[str], float] = {
    frozenset(pair): depth
    for *pair, depth in (
        ("chest", "forearm", 0.085), ("chest", "hand", 0.040), ("belly", "upper_arm", 0.060),
        ("belly", "forearm", 0.090), ("belly", "hand", 0.040), ("pelvis", "forearm", 0.055),
        ("pelvis", "hand", 0.050), ("forearm", "forearm", 0.035), ("forearm", "hand", 0.030),
        ("hand", "hand", 0.050), ("hand", "thigh", 0.030), ("hand", "head", 0.020), ("forearm", "thigh", 0.020),
        ("forearm", "head", 0.010), ("thigh", "thigh", 0.095), ("shin", "thigh", 0.080),
        ("shin", "shin", 0.080), ("foot", "shin", 0.070), ("foot", "foot", 0.065),
    )
}  # fmt: skip

_LEG = float(REST_OFFSETS[4].norm() + REST_OFFSETS[7].norm())
_LEG_STARTS, _LEG_ENDS = (
    [JOINT_NAMES.index(f"{side}_{joint}") for joint in joints for side in ("left", "right")]
    for joints in (("hip", "knee"), ("knee", "ankle"))
)
_TINY = 1e-9


@dataclass(frozen=True)
class Capsules:
    """``starts`` and ``ends`` [..., C, 3], ``radii`` [..., C], metres, in the order of :data:`CAPSULE_NAMES`.

    ``scale`` [...] is how large the body is beside the rest skeleton.
    """

    starts: Tensor
    ends: Tensor
    radii: Tensor
    scale: Tensor


def _names() -> tuple[str, ...]:
    sides = [name for name in _TABLE if name.startswith("left_")]
    return (*(n for n in _TABLE if n not in sides), *sides, *(n.replace("left_", "right_") for n in sides))


CAPSULE_NAMES: tuple[str, ...] = _names()
"""The parts of the body, each one capsule (a sphere where both ends fall together)."""


def _part(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")


def _pairs() -> tuple[tuple[str, str], ...]:
    found = []
    for i, first in enumerate(CAPSULE_NAMES):
        for second in CAPSULE_NAMES[i + 1 :]:
            opposite = {first.split("_")[0], second.split("_")[0]} == {"left", "right"}
            if opposite or frozenset((_part(first), _part(second))) not in _NEIGHBOURS:
                found.append((first, second))
    return tuple(found)


PAIRS: tuple[tuple[str, str], ...] = _pairs()
"""The pairs of parts that can run into each other: all but neighbours along the body."""


@functools.cache
@torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
def _layout() -> tuple[list[int], Tensor, list[int], Tensor, Tensor]:
    rows = []
    for name in CAPSULE_NAMES:
        start, near, end, far, radius = _TABLE[name.replace("right_", "left_")]
        mirror = name.startswith("right_")
        side = (-1.0 if mirror else 1.0, 1.0, 1.0)
        joints = [j.replace("left_", "right_") if mirror else j for j in (start, end)]
        ends = [[value * sign for value, sign in zip(offset, side, strict=True)] for offset in (near, far)]
        rows.append((JOINT_NAMES.index(joints[0]), ends[0], JOINT_NAMES.index(joints[1]), ends[1], radius))
    starts, near_ends, stops, far_ends, radii = (list(column) for column in zip(*rows, strict=True))
    return starts, torch.tensor(near_ends), stops, torch.tensor(far_ends), torch.tensor(radii)


@functools.cache
@torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
def _allowances() -> Tensor:
    return torch.tensor([_GIVES.get(frozenset(map(_part, pair)), 0.0) for pair in PAIRS])


def body_scale(joints: Tensor) -> Tensor:
    """How large a body is beside the rest skeleton, by its legs: [..., 22, 3] joints to [...]."""
    bones = joints[..., _LEG_ENDS, :] - joints[..., _LEG_STARTS, :]
    return bones.norm(dim=-1).sum(-1) / (2.0 * _LEG)


def capsules(joints: Tensor, turned: Tensor) -> Capsules:
    """The body's surface.

    Args:
        joints: [..., 22, 3] positions in metres.
        turned: [..., 22, 3, 3] global rotations.

    Returns:
        Capsules with the leading dimensions of ``joints``.
    """
    scale = body_scale(joints)
    starts, near, stops, far, radii = _layout()

    def ends(which: list[int], offset: Tensor) -> Tensor:
        turn = (turned[..., which, :, :] @ offset.to(joints)[..., None])[..., 0]
        return joints[..., which, :] + turn * scale[..., None, None]

    return Capsules(ends(starts, near), ends(stops, far), radii.to(joints) * scale[..., None], scale)


def gaps(body: Capsules, pairs: Sequence[tuple[str, str]]) -> Tensor:
    """Distances between the surfaces of named parts.

    Args:
        body: capsules with leading dimensions [...].
        pairs: K pairs of :data:`CAPSULE_NAMES`.

    Returns:
        [..., K] metres; negative where the parts overlap.

    Raises:
        ValueError: on an unknown part.
    """
    unknown = sorted({name for pair in pairs for name in pair} - set(CAPSULE_NAMES))
    if unknown:
        raise ValueError(f"no part of the body is called {unknown}; the parts are {list(CAPSULE_NAMES)}")
    one, other = ([CAPSULE_NAMES.index(pair[i]) for pair in pairs] for i in (0, 1))
    between = segment_distance(
        body.starts[..., one, :], body.ends[..., one, :], body.starts[..., other, :], body.ends[..., other, :]
    )
    return between - body.radii[..., one] - body.radii[..., other]


def segment_distance(start: Tensor, end: Tensor, other_start: Tensor, other_end: Tensor) -> Tensor:
    """Distance between segments, any of which may be a point.

    Args:
        start, end, other_start, other_end: [..., 3].

    Returns:
        [...]; its gradient is the one of the distance between the two nearest points, zero where they coincide.
    """
    with torch.no_grad():  # moving the nearest points along their segments does not change the distance
        d1, d2, between = end - start, other_end - other_start, start - other_start
        a, e = (d1 * d1).sum(-1), (d2 * d2).sum(-1)
        b, c, f = (d1 * d2).sum(-1), (d1 * between).sum(-1), (d2 * between).sum(-1)
        s = ((b * f - c * e) / (a * e - b * b).clamp_min(_TINY)).clamp(0.0, 1.0)
        t = ((b * s + f) / e.clamp_min(_TINY)).clamp(0.0, 1.0)
        s = ((b * t - c) / a.clamp_min(_TINY)).clamp(0.0, 1.0)
    nearest = start + s[..., None] * (end - start)
    return (nearest - other_start - t[..., None] * (other_end - other_start)).norm(dim=-1)


def self_penetration(joints: Tensor, turned: Tensor) -> Tensor:
    """How deep parts of the body stand in each other.

    Args:
        joints: [..., 22, 3] positions in metres.
        turned: [..., 22, 3, 3] global rotations.

    Returns:
        [..., len(PAIRS)] metres, 0 where two parts are apart or overlap no more than flesh allows.
    """
    return overlaps(capsules(joints, turned))


def overlaps(body: Capsules) -> Tensor:
    """The same as :func:`self_penetration` of a body whose capsules are known: [..., len(PAIRS)] metres."""
    return (-gaps(body, PAIRS) - _allowances().to(body.radii) * body.scale[..., None]).clamp_min(0.0)


def lowest(body: Capsules) -> Tensor:
    """Height of the lowest surface point of every part: [..., C] metres, up is +Y."""
    return torch.minimum(body.starts[..., 1], body.ends[..., 1]) - body.radii

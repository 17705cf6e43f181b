"""Balance and load on the feet once more, for the second opinion: body parts as weights with flesh, in plain numpy.

Written from the words of ``unipose.body.balance`` and its tables, part by part and heading by heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from unipose.body.skeleton import JOINT_NAMES, REST_OFFSETS
from unipose.evaluation.words.second_body import OTHER, OUT, Array, Body, size

Point = tuple[str, tuple[float, float, float]]

# Part: what it hangs on at either end (metres from that joint, on the left), its flesh in metres, its share of the
# body's mass in percent, and how far along it that mass is centred.
_PAIRED: Mapping[str, tuple[Point, Point, float, float, float]] = {
    "upper_arm": (("shoulder", (0, 0, 0)), ("elbow", (0, 0, 0)), 0.05, 2.71, 0.577),
    "forearm": (("elbow", (0, 0, 0)), ("wrist", (0, 0, 0)), 0.04, 1.62, 0.457),
    "hand": (("wrist", (0.084, -0.008, -0.005)), ("wrist", (0.084, -0.008, -0.005)), 0.045, 0.61, 0.0),
    "thigh": (("hip", (0, 0, 0)), ("knee", (0, 0, 0)), 0.08, 14.16, 0.410),
    "shin": (("knee", (0, 0, 0)), ("ankle", (0, 0, 0)), 0.055, 4.33, 0.446),
    "foot": (("ankle", (0, -0.025, -0.010)), ("foot", (0, 0.022, 0.030)), 0.045, 1.37, 0.442),
}
_MIDDLE: Mapping[str, tuple[Point, Point, float, float, float]] = {
    "head": (("head", (0, 0.070, 0.010)), ("head", (0, 0.070, 0.010)), 0.10, 6.94, 0.0),
    "neck": (("neck", (0, 0, 0)), ("head", (0, 0, 0)), 0.055, 0.0, 0.0),
    "chest": (("spine3", (0, -0.020, 0)), ("spine3", (0, 0.090, 0)), 0.13, 15.96, 0.5),
    "belly": (("spine1", (0, 0, 0.010)), ("spine2", (0, 0, 0.010)), 0.12, 16.33, 0.5),
    "pelvis": (("pelvis", (-0.050, -0.030, 0)), ("pelvis", (0.050, -0.030, 0)), 0.12, 11.17, 0.5),
}
_NEAR = 0.05  # metres: what is so near the floor carries
_HEADINGS = 64


@dataclass(frozen=True)
class _Part:
    """Ends [N, 3], flesh [N] and share of the mass."""

    name: str
    near: Array
    far: Array
    flesh: Array
    mass: float
    centre: Array


def balance(body: Body) -> Array:
    """[N]: how far inside its support the centre of mass is; 1 in the middle, 0 at the edge."""
    parts, scale = list(_parts(body)), _scale(body)
    hips = body.bone("right_hip", "left_hip")
    start, centre = np.arctan2(hips[:, 2], hips[:, 0]), _centre(parts)
    floor = _floor(parts)
    edges, reaches = [], []
    for heading in range(_HEADINGS):
        turn = start + 2 * np.pi * heading / _HEADINGS
        x, z = np.cos(turn), np.sin(turn)
        reach = np.full(len(start), -np.inf)
        for part in parts:
            for end in (part.near, part.far):
                above = end[:, 1] - part.flesh - floor - _NEAR * scale
                spread = 0.7 * part.flesh - 20 * np.maximum(above, 0)
                reach = np.maximum(reach, x * end[:, 0] + z * end[:, 2] + spread)
        edges.append(reach - x * centre[:, 0] - z * centre[:, 2])
        reaches.append(reach)
    return np.min(edges, axis=0) / np.maximum(np.mean(reaches, axis=0), 0.08 * scale)


def weight_to_left(body: Body) -> Array:
    """[N] from -1, all on the right foot, to 1, all on the left."""
    parts, scale = {part.name: part for part in _parts(body)}, _scale(body)
    floor, centre = _floor(list(parts.values())), _centre(list(parts.values()))
    feet = {side: parts[f"{side}_foot"] for side in OTHER}
    middle = {side: (foot.near + foot.far)[:, [0, 2]] / 2 for side, foot in feet.items()}
    down = {side: np.clip(2 - (_low(foot) - floor) / (_NEAR * scale), 0, 1) for side, foot in feet.items()}
    step = middle["left"] - middle["right"]
    off = centre[:, [0, 2]] - (middle["left"] + middle["right"]) / 2
    share = np.clip(0.5 + (off * step).sum(1) / (size(step) ** 2 + (0.05 * scale) ** 2), 0, 1)
    both = np.minimum(down["left"], down["right"])
    return (down["left"] - down["right"]) * (1 - both) + both * (2 * share - 1)


def _scale(body: Body) -> Array:
    """How large a body is beside the rest skeleton, by its legs; measures are told against a rounded length."""
    rest = sum(float(REST_OFFSETS[JOINT_NAMES.index(f"left_{joint}")].norm()) for joint in ("knee", "ankle"))
    legs = [size(body.bone(f"{s}_hip", f"{s}_knee")) + size(body.bone(f"{s}_knee", f"{s}_ankle")) for s in OTHER]
    return np.mean(legs, axis=0) / rest


def _parts(body: Body) -> Iterator[_Part]:
    scale = _scale(body)
    for side, out in (("", 1.0), *OUT.items()):
        for name, (near, far, flesh, mass, along) in (_PAIRED if side else _MIDDLE).items():
            ends = []
            for joint, offset in (near, far):
                where = f"{side}_{joint}" if side else joint
                moved = np.array(offset) * np.array([out, 1, 1])
                ends.append(body.at[where] + body.turned[where] @ moved * scale[:, None])
            centre = (1 - along) * ends[0] + along * ends[1]
            yield _Part(f"{side}_{name}" if side else name, ends[0], ends[1], flesh * scale, mass, centre)


def _centre(parts: list[_Part]) -> Array:
    return np.average([part.centre for part in parts], axis=0, weights=[part.mass for part in parts])


def _low(part: _Part) -> Array:
    return np.minimum(part.near[:, 1], part.far[:, 1]) - part.flesh


def _floor(parts: list[_Part]) -> Array:
    return np.min([_low(part) for part in parts], axis=0)

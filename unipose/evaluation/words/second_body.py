"""Poses placed in space, for the second opinion: joints, landmarks, facing and floor, in plain numpy.

Written from the words of ``measures.yaml``; it shares nothing with ``unipose.language.measuring.measures`` and
``unipose.language.measuring.frames``, so that a mistake there is seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from unipose.body.skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS

Array = NDArray[np.float64]

OTHER = {"left": "right", "right": "left"}
OUT = {"left": 1.0, "right": -1.0}
"""The sign of x on a side."""
UP = np.array([0.0, 1.0, 0.0])
_REFERENCE_LEG = 0.777  # metres; lengths are told as on a body whose leg has this length
# Points of the body: the joint they turn with, and where they are from it on the left or in the middle (metres).
_LANDMARKS: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "hand": ("wrist", (0.084, -0.008, -0.005)),
    "heel": ("ankle", (0.0, -0.065, -0.045)),
    "sole": ("foot", (0.0, -0.022, 0.0)),
    "toe": ("foot", (0.0, -0.015, 0.065)),
    "waist": ("pelvis", (0.160, 0.055, 0.01)),
    "hip_side": ("pelvis", (0.165, -0.060, 0.0)),
    "ear": ("head", (0.080, 0.065, -0.010)),
}
_MIDDLE_LANDMARKS: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "chin": ("head", (0.0, -0.010, 0.075)),
    "crown": ("head", (0.0, 0.165, 0.0)),
    "skull": ("head", (0.0, 0.085, 0.01)),
    "head_middle": ("head", (0.0, 0.070, 0.010)),
    "face": ("head", (0.0, 0.035, 0.085)),
    "nape": ("head", (0.0, 0.045, -0.10)),
    "breast": ("spine3", (0.0, 0.055, 0.115)),
    "belly": ("spine1", (0.0, 0.030, 0.125)),
    "small_of_back": ("spine1", (0.0, 0.020, -0.115)),
    "upper_back": ("spine3", (0.0, 0.060, -0.120)),
    "seat": ("pelvis", (0.0, -0.115, -0.085)),
}
_FLOOR = {"heel": 0.0, "sole": 0.0, "toe": 0.0, "knee": 0.055, "elbow": 0.045, "hand": 0.02, "shoulder": 0.06}
_MIDDLE_FLOOR = {"crown": 0.02, "face": 0.02, "nape": 0.0, "seat": 0.0, "breast": 0.0, "belly": 0.0, "upper_back": 0.0}


class Body:
    """Poses placed in space: where points are, which way parts are turned, and which way is front.

    Args:
        rotations: float64 [N, 22, 3, 3], local.
    """

    def __init__(self, rotations: Array) -> None:
        self.local = dict(zip(JOINT_NAMES, rotations.transpose(1, 0, 2, 3), strict=True))
        self.turned: dict[str, Array] = {}
        self.at: dict[str, Array] = {}
        for joint, name in enumerate(JOINT_NAMES):
            if joint == 0:
                self.turned[name], self.at[name] = self.local[name], np.zeros((len(rotations), 3))
                continue
            parent = JOINT_NAMES[PARENTS[joint]]
            self.turned[name] = self.turned[parent] @ self.local[name]
            self.at[name] = self.at[parent] + self.turned[parent] @ REST_OFFSETS[joint].double().numpy()
        self.scale = self._leg() / _REFERENCE_LEG
        self._place_landmarks()
        self.front, self.left = self._facing()
        heights = [self.at[f"{s}_{name}"][:, 1] - flesh * self.scale for name, flesh in _FLOOR.items() for s in OTHER]
        heights += [self.at[name][:, 1] - flesh * self.scale for name, flesh in _MIDDLE_FLOOR.items()]
        self.floor = np.min(heights, axis=0)

    def bone(self, start: str, end: str) -> Array:
        """[N, 3] from one point to another."""
        return self.at[end] - self.at[start]

    def apart(self, one: str, other: str) -> Array:
        """[N] distance of two points, as on the reference body."""
        return size(self.bone(one, other)) / self.scale

    def higher(self, low: str, high: str) -> Array:
        """[N] by how much one point is higher than another, as on the reference body."""
        return self.bone(low, high)[:, 1] / self.scale

    def _leg(self) -> Array:
        legs = [size(self.bone(f"{s}_hip", f"{s}_knee")) + size(self.bone(f"{s}_knee", f"{s}_ankle")) for s in OTHER]
        return np.mean(legs, axis=0)

    def _place_landmarks(self) -> None:
        length = self.scale[:, None]
        for side, out in OUT.items():
            for name, (joint, offset) in _LANDMARKS.items():
                origin = joint if joint in self.at else f"{side}_{joint}"
                outward = np.array(offset) * np.array([out, 1.0, 1.0])
                self.at[f"{side}_{name}"] = self.at[origin] + self.turned[origin] @ outward * length
            for name, (a, b) in {
                "thigh": ("hip", "knee"),
                "shin": ("knee", "ankle"),
                "forearm": ("elbow", "wrist"),
            }.items():
                self.at[f"{side}_{name}"] = (self.at[f"{side}_{a}"] + self.at[f"{side}_{b}"]) / 2
        for name, (joint, offset) in _MIDDLE_LANDMARKS.items():
            self.at[name] = self.at[joint] + self.turned[joint] @ np.array(offset) * length

    def _facing(self) -> tuple[Array, Array]:
        """Level directions to the body's front and left."""
        trunk = self.bone("pelvis", "neck")
        hips = self.bone("right_hip", "left_hip")
        upright = np.abs(trunk[:, 1]) / size(trunk) >= 0.5
        level = np.hypot(hips[:, 0], hips[:, 2]) / size(hips) >= 0.5
        ahead = np.stack([trunk[:, 2], np.zeros(len(trunk)), -trunk[:, 0]], axis=1)  # facing where the head points
        across = np.where(level[:, None], hips, ahead)
        across = np.where(upright[:, None], hips + self.bone("right_shoulder", "left_shoulder"), across)
        yaw = np.arctan2(-across[:, 2], across[:, 0])  # a turn by yaw about +Y takes +X to (cos, 0, -sin)
        zero = np.zeros_like(yaw)
        return (
            np.stack([np.sin(yaw), zero, np.cos(yaw)], axis=1),
            np.stack([np.cos(yaw), zero, -np.sin(yaw)], axis=1),
        )

    def off_bone(self, point: str, start: str, end: str) -> Array:
        """[N] distance of a point to the line between two others, as on the reference body."""
        bone, reach = self.bone(start, end), self.bone(start, point)
        share = np.clip(along(reach, bone) / along(bone, bone), 0.0, 1.0)
        return size(reach - share[:, None] * bone) / self.scale


def twist(turns: Array) -> Array:
    """Degrees that rotations [N, 3, 3] turn about the vertical once they are split into a swing and that twist."""
    sine, cosine = turns[:, 0, 2] - turns[:, 2, 0], 1 + np.trace(turns, axis1=1, axis2=2)
    return np.degrees(2 * np.arctan2(sine, cosine))


def size(vectors: Array) -> Array:
    """Lengths."""
    return np.sqrt((vectors**2).sum(axis=-1))


def along(vectors: Array, directions: Array) -> Array:
    """The parts of vectors along directions of unit length."""
    return (vectors * directions).sum(axis=-1)


def within(frames: Array, vectors: Array) -> Array:
    """Vectors as seen from turned parts."""
    return np.einsum("nji,nj->ni", frames, vectors)


def angle(a: Array, b: Array) -> Array:
    """Degrees between vectors; 90 where one of them has no length."""
    lengths = np.maximum(size(a) * size(b), 1e-12)
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1) / lengths, -1.0, 1.0)))

"""Someone else's skeleton to SMPL's: which joint is which, and how its rotations read on ours.

Joints are found by name for the limbs and the head (``bvh_names.yaml``), and by place in the tree for the rest: the
pelvis is where the legs meet, the chest where the arms do, and the spine lies between. The file's unit does not
matter. Its axes are told from its rest pose, the skeleton with every rotation zero, which must stand upright: what is
up, and which side is left.

A BVH rotation counts from the rest pose, so bodies with other rest poses than SMPL's T need a turn in between. For
arms and legs it is the shortest that lays SMPL's rest bone onto the file's; trunk, neck, collars and feet are taken to
rest as SMPL's do. What a limb's rest pose has turned about its own axis cannot be known from bones and is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from unipose.body.files.bvh_parsing import Bvh
from unipose.body.skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS

LIMBS: tuple[str, ...] = ("collar", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot")
_NEEDED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_NEXT = {"shoulder": "elbow", "elbow": "wrist", "hip": "knee", "knee": "ankle"}
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right"}
_SIDED = (
    re.compile(r"(?P<side>left|right|l|r)[ _.\-]+(?P<stem>.+)", re.I),
    re.compile(r"(?P<stem>.+?)[ _.\-]+(?P<side>left|right|l|r)", re.I),
    re.compile(r"(?P<side>left|right)(?P<stem>.+)", re.I),
    re.compile(r"(?P<side>[lrLR])(?P<stem>[A-Z].*|humerus|radius|wrist|hand|femur|tibia|foot|toes|clavicle)"),
)
_SAME = np.deg2rad(0.5)  # bones nearer than this rest alike
_AT_ONCE = 2048  # frames


@dataclass(frozen=True, eq=False)
class Retargeted:
    """A movement on SMPL's skeleton: rotations float64 [T, 22, 3, 3], local, in our axes; what was done, in words; the
    rate in frames a second, if the file has one."""

    rotations: np.ndarray
    stated: str
    remarks: tuple[str, ...]
    rate: float | None


def retarget(bvh: Bvh) -> Retargeted:
    """Put a movement on SMPL's skeleton.

    Raises:
        ValueError: joints are missing, or the rest pose is not that of someone upright.
    """
    scheme, joints = find_joints(bvh)
    axes, facing = _axes(bvh, joints)
    aligned, largest = _alignments(bvh, joints, axes)
    segments = {name: _segment(bvh, joints, name) for name in joints}
    parts = []
    for start in range(0, len(bvh.frames), _AT_ONCE):
        turned = _global_turns(bvh, segments.values(), slice(start, start + _AT_ONCE))
        parts.append(_local(turned, segments, aligned, axes))
    remarks = []
    unused = len(bvh.names) - len(set(joints.values()))
    travels = any(channel.endswith("position") for channel in bvh.channels[0])
    left_out = ["the travel of the root"] * travels + [f"{unused} other joints"] * bool(unused)
    if left_out:
        remarks.append(f"Left out: {' and '.join(left_out)}")
    missing = [name for name in JOINT_NAMES if name not in joints]
    if missing:
        remarks.append(f"Without a counterpart, so unbent: {', '.join(missing)}")
    if largest[0] > _SAME:
        remarks.append(
            f"Approximated: its rest pose is not SMPL's (by up to {np.rad2deg(largest[0]):.0f} degrees, {largest[1]}), "
            "so limbs were turned bone onto bone and may be off about their own axis"
        )
    rate = 1 / bvh.frame_time if bvh.frame_time > 0 else None
    stated = f"BVH, joints named as in {scheme}, {facing} at rest"
    return Retargeted(np.concatenate(parts), stated, tuple(remarks), None if rate is None else round(rate, 3))


# -- which joint is which ----------------------------------------------------------------------------------------------


def find_joints(bvh: Bvh) -> tuple[str, dict[str, int]]:
    """The naming scheme, and the file's joint for each of SMPL's that it has.

    Raises:
        ValueError: a joint that arms and legs need is not there; the message names it and lists what is.
    """
    tables = _tables()
    named: dict[tuple[str, str], int] = {}
    for index, name in reversed(list(enumerate(bvh.names))):  # of several, the one highest in the tree stays
        named[_side_and_stem(name)] = index
    found = {scheme["name"]: _limbs(scheme, named) for scheme in tables["schemes"]}
    scheme = max(found, key=lambda name: len(found[name]))
    joints = found[scheme]
    missing = [f"{side}_{limb}" for limb in _NEEDED for side in ("left", "right") if f"{side}_{limb}" not in joints]
    if missing:
        raise ValueError(
            f"its joints cannot all be told by name: no {', '.join(missing[:4])}; rename them as in Mixamo or SMPL. "
            f"It has {', '.join(name[:24] for name in bvh.names[:8])}, ..."
        )
    pelvis = _meeting(bvh, joints["left_hip"], joints["right_hip"])
    chest = _meeting(bvh, joints["left_shoulder"], joints["right_shoulder"])
    spine = _between(bvh, _meeting(bvh, pelvis, chest), chest)
    joints["pelvis"] = pelvis
    picked = {1: {"spine1": 0}, 2: {"spine1": 0, "spine3": 1}}.get(
        len(spine), {"spine1": 0, "spine2": len(spine) // 2, "spine3": len(spine) - 1}
    )
    joints |= {name: spine[place] for name, place in picked.items() if spine}
    head = next((named["", stem] for stem in tables["head"] if ("", stem) in named), None)
    if head is not None and chest in _ancestors(bvh, head):
        neck = _between(bvh, chest, head)[:-1]
        joints |= {"head": head} | ({"neck": neck[-1]} if neck else {})
    return scheme, joints


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("bvh_names.yaml").read_text(encoding="utf-8"))


def _side_and_stem(name: str) -> tuple[str, str]:
    """``mixamorig:LeftUpLeg`` to ("left", "upleg"); the side is empty where there is none."""
    name = re.split(r"[:|]", name)[-1]
    name = re.sub(f"^(?:{'|'.join(_tables()['prefixes'])})", "", name, flags=re.I)
    for pattern in _SIDED:
        match = pattern.fullmatch(name)
        if match:
            return _SIDES[match["side"].lower()], _plain(match["stem"])
    return "", _plain(name)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _limbs(scheme: dict[str, Any], named: dict[tuple[str, str], int]) -> dict[str, int]:
    joints: dict[str, int] = {}
    for side in ("left", "right"):
        for limb in LIMBS:
            for stem in scheme[limb]:
                index = named.get((side, stem))
                if index is not None and index not in joints.values():
                    joints[f"{side}_{limb}"] = index
                    break
    return joints


def _ancestors(bvh: Bvh, joint: int) -> Iterator[int]:
    """The joint itself, its parent, and so on to the root."""
    while joint >= 0:
        yield joint
        joint = bvh.parents[joint]


def _meeting(bvh: Bvh, first: int, second: int) -> int:
    others = set(_ancestors(bvh, second))
    return next(joint for joint in _ancestors(bvh, first) if joint in others)


def _between(bvh: Bvh, above: int, below: int) -> list[int]:
    """The joints on the way down, without ``above`` and with ``below``."""
    way = []
    for joint in _ancestors(bvh, below):
        if joint == above:
            break
        way.append(joint)
    return way[::-1]


def _segment(bvh: Bvh, joints: dict[str, int], name: str) -> int:
    """The joint that turns the whole of a bone: the last before the next one, behind any that only twist it."""
    side, _, limb = name.partition("_")
    following = joints.get(f"{side}_{_NEXT[limb]}") if limb in _NEXT else None
    if following is None:
        return joints[name]
    last = bvh.parents[following]
    return last if last >= 0 and joints[name] in _ancestors(bvh, last) else joints[name]


# -- how its rotations read on ours ------------------------------------------------------------------------------------


def _axes(bvh: Bvh, joints: dict[str, int]) -> tuple[np.ndarray, str]:
    """[3, 3] from the file's axes to ours, and what those are in words."""
    place = {name: bvh.rest[joint] for name, joint in joints.items()}
    hips, shoulders = ((place[f"left_{limb}"] + place[f"right_{limb}"]) / 2 for limb in ("hip", "shoulder"))
    up = _nearest_axis(shoulders - hips)
    left = _nearest_axis(place["left_hip"] - place["right_hip"])
    if up is None or left is None or abs(up @ left) > 0:
        raise ValueError(
            "its rest pose (all rotations zero) is not that of someone upright, so its axes cannot be told; save it "
            "with a T-pose as rest pose"
        )
    facing = np.cross(left, up)
    return np.stack((left, up, facing)), f"{_axis_name(up)} up and facing {_axis_name(facing)}"


def _nearest_axis(direction: np.ndarray) -> np.ndarray | None:
    """The signed axis that a direction lies along, if it is within some 40 degrees of one."""
    length = np.linalg.norm(direction)
    strongest = int(np.abs(direction).argmax())
    if length < 1e-9 or abs(direction[strongest]) < 0.77 * length:
        return None
    return np.eye(3)[strongest] * np.sign(direction[strongest])


def _axis_name(axis: np.ndarray) -> str:
    strongest = int(np.abs(axis).argmax())
    return ("-" if axis[strongest] < 0 else "+") + "XYZ"[strongest]


def _alignments(bvh: Bvh, joints: dict[str, int], axes: np.ndarray) -> tuple[dict[str, np.ndarray], tuple[float, str]]:
    """What turns SMPL's rest bones onto the file's, [3, 3] by joint, and the largest such angle with its joint."""
    aligned: dict[str, np.ndarray] = {}
    largest = (0.0, "")
    for side in ("left", "right"):
        for limb, following in _NEXT.items():
            start, end = f"{side}_{limb}", f"{side}_{following}"
            theirs = axes @ (bvh.rest[joints[end]] - bvh.rest[joints[start]])
            ours = REST_OFFSETS[JOINT_NAMES.index(end)].double().numpy()
            if np.linalg.norm(theirs) < 1e-9:
                raise ValueError(f"its bone from {start} to {end} has no length")
            aligned[start], angle = _shortest_turn(ours, theirs)
            largest = max(largest, (angle, start))
        aligned[f"{side}_wrist"] = aligned[f"{side}_elbow"]  # hands rest along their forearms
    return aligned, largest


def _shortest_turn(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, float]:
    """[3, 3] that takes one direction to another, and its angle; none at all where they are the same."""
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis, cosine = np.cross(start, end), float(start @ end)
    angle = float(np.arctan2(np.linalg.norm(axis), cosine))
    if angle < np.deg2rad(0.01):
        return np.eye(3), 0.0
    if angle > np.pi - 1e-3:  # straight back: any axis across will do
        axis = np.cross(start, np.eye(3)[int(np.abs(start).argmin())])
    axis = axis / np.linalg.norm(axis)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross, angle


def _global_turns(bvh: Bvh, wanted: Any, frames: slice) -> dict[int, np.ndarray]:
    """[t, 3, 3] of each joint wanted and all above them, from the file's world."""
    needed = {joint for each in wanted for joint in _ancestors(bvh, each)}
    turned: dict[int, np.ndarray] = {}
    for joint in sorted(needed):  # parents come before their children
        own, parent = bvh.turns(joint, frames), bvh.parents[joint]
        turned[joint] = own if parent < 0 else turned[parent] @ own
    return turned


def _local(
    turned: dict[int, np.ndarray], segments: dict[str, int], aligned: dict[str, np.ndarray], axes: np.ndarray
) -> np.ndarray:
    """[t, 22, 3, 3]: SMPL's local rotations; a joint without a counterpart does not bend."""
    placed: list[np.ndarray] = []
    local = []
    for joint, (name, parent) in enumerate(zip(JOINT_NAMES, PARENTS, strict=True)):
        above = placed[parent] if joint else np.eye(3)
        own = axes @ turned[segments[name]] @ axes.T @ aligned.get(name, np.eye(3)) if name in segments else above
        placed.append(own)
        local.append(np.swapaxes(above, -1, -2) @ own)
    return np.stack(local, axis=1)

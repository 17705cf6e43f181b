"""BVH, Biovision's motion files: the skeleton as text, then a line of numbers a frame.

Ours are in **centimetres** and degrees, Y up, facing +Z, the custom of most programs that read the format (it has no
place to say so). The 22 joints carry SMPL's names, depth first as in SMPL's tree, with End Sites at the crown, the
toes and the hands. Every joint has the channels ``Zrotation Xrotation Yrotation``, that is R = Rz Rx Ry on column
vectors; the pelvis has ``Xposition Yposition Zposition`` before them, its place, with the lowest point of the skeleton
at Y = 0. The rest pose, all rotations zero, is SMPL's T-pose in the proportions of
:mod:`unipose.body.skeleton`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import roma

from unipose.body.files.timeline import Timeline
from unipose.body.skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS, forward_kinematics

CENTIMETRES = 100.0

# Metres from the last joint of a chain to its End Site: the crown, the tips of the toes, and SMPL's hands.
_ENDS = {
    JOINT_NAMES.index("head"): (0.0, 0.17, 0.0),
    JOINT_NAMES.index("left_foot"): (-0.015, -0.010, 0.060),
    JOINT_NAMES.index("right_foot"): (0.015, -0.010, 0.060),
    JOINT_NAMES.index("left_wrist"): tuple(REST_OFFSETS[22].tolist()),
    JOINT_NAMES.index("right_wrist"): tuple(REST_OFFSETS[23].tolist()),
}
_TURNS = "CHANNELS 3 Zrotation Xrotation Yrotation"
_ROOT = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"


def bvh_text(movement: Timeline) -> str:
    """The file's content."""
    order = list(_depth_first(0))
    angles = roma.rotmat_to_euler("ZXY", movement.rotations[:, order].double(), degrees=True).numpy()
    # Without jumps by full turns, so that a program may resample the channels.
    angles = np.unwrap(angles, axis=0, period=360.0)
    places = _pelvis(movement) * CENTIMETRES
    numbers = np.concatenate((places, angles.reshape(len(angles), -1)), axis=1)
    lines = ["HIERARCHY", *_joint(0, "ROOT", ""), "MOTION", f"Frames: {len(numbers)}"]
    lines.append(f"Frame Time: {1.0 / movement.fps:.8f}")
    lines += [" ".join(f"{number:.5f}" for number in row) for row in numbers]
    return "\n".join(lines) + "\n"


def _depth_first(joint: int) -> Iterator[int]:
    yield joint
    for child, parent in enumerate(PARENTS):
        if parent == joint:
            yield from _depth_first(child)


def _joint(joint: int, kind: str, indent: str) -> list[str]:
    within = indent + "\t"
    lines = [f"{indent}{kind} {JOINT_NAMES[joint]}", indent + "{"]
    lines += [within + _offset(REST_OFFSETS[joint].tolist()), within + (_ROOT if kind == "ROOT" else _TURNS)]
    for child, parent in enumerate(PARENTS):
        if parent == joint:
            lines += _joint(child, "JOINT", within)
    if joint in _ENDS:
        lines += [within + "End Site", within + "{", f"{within}\t{_offset(_ENDS[joint])}", within + "}"]
    return [*lines, indent + "}"]


def _offset(metres: tuple[float, ...] | list[float]) -> str:
    return "OFFSET " + " ".join(f"{CENTIMETRES * value:.5f}" for value in metres)


def _pelvis(movement: Timeline) -> np.ndarray:
    """[T, 3] metres: where the pelvis is when the lowest joint or End Site is at Y = 0."""
    joints, turned = forward_kinematics(movement.rotations)
    index, away = list(_ENDS), movement.rotations.new_tensor(list(_ENDS.values()))
    ends = joints[:, index] + (turned[:, index] @ away[..., None])[..., 0]
    lowest = np.minimum(joints[..., 1].min(1).values.numpy(), ends[..., 1].min(1).values.numpy())
    return np.stack((np.zeros_like(lowest), -lowest, np.zeros_like(lowest)), axis=1)

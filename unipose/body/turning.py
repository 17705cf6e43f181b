"""Joints as a person turns them: dials with names, in degrees, that stop where bodies stop.

A dial is one of the swing and twist angles of :mod:`unipose.body.limits`, counted so that more means what its name
says on either side of the body; it has the range that is found there. Two things are not such an angle:

- The whole body has a heading, and tips forward and sideways of it (the swing of a swing-twist split whose twist is
  about the vertical). It has no limits.
- An arm is hung: its angles count from the T-pose, where "forward" takes an arm that hangs across the belly. So a
  shoulder has one dial more, which swings the arm like a pendulum about the axis from side to side.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from unipose.body.limits import clamp, joint_angles, joint_rotations, limits
from unipose.body.pose import Pose, heading_of, yaw_matrix
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES, MIRROR, mirror_rotations

_HEADING, _PENDULUM = "heading", "pendulum"
_UNSURE = 0.25  # of an arm's length: an arm nearer to the axis of the pendulum does not show how far it swung
_FREE = 180.0
_SWING = (-60.0, 180.0)  # extension and flexion (American Academy of Orthopaedic Surgeons 1965)
_MIDDLE = sum(_SWING) / 2


@dataclass(frozen=True)
class Dial:
    """One way to turn a joint.

    Attributes:
        name: what more of it is, in a word or two.
        less, more: where its two ends lead.
        low, high: degrees, its range.
        offset: degrees, what the dial shows where the angle is 0.
        axis: of the angle: 0, 1 or 2, or the name of what is no angle of the joint.
        sign: of the angle when the dial goes up.
    """

    name: str
    less: str
    more: str
    low: float
    high: float
    offset: float
    axis: int | str
    sign: int

    @property
    def compound(self) -> bool:
        """Whether the joint's other dials move with it."""
        return self.axis == _PENDULUM


# Name, ends, axis and sign of the left side; angle at which the dial shows 0.
_Row = tuple[str, str, str, int | str, int, float]
_SPINE: tuple[_Row, ...] = (
    ("Bend", "back", "forward", 0, 1, 0),
    ("Lean", "left", "right", 2, 1, 0),
    ("Twist", "right", "left", 1, 1, 0),
)
_ROWS: dict[str, tuple[_Row, ...]] = {
    "pelvis": (
        ("Turn", "right", "left", _HEADING, 1, 0),
        ("Tip", "back", "forward", 0, 1, 0),
        ("Roll", "left", "right", 2, 1, 0),
    ),
    "spine1": _SPINE,
    "spine2": _SPINE,
    "spine3": _SPINE,
    "neck": _SPINE,
    "head": (
        ("Nod", "up", "down", 0, 1, 0),
        ("Tilt", "left", "right", 2, 1, 0),
        ("Turn", "right", "left", 1, 1, 0),
    ),
    "left_collar": (("Shrug", "down", "up", 2, 1, 0), ("Reach", "back", "forward", 1, -1, 0)),
    "left_shoulder": (
        ("Swing", "back", "forward", _PENDULUM, 1, 0),
        ("Raise sideways", "down", "up", 2, 1, -90),
        ("Reach across", "back", "across", 1, -1, 0),
        ("Twist", "out", "in", 0, 1, 0),
    ),
    "left_elbow": (("Bend", "straight", "bent", 1, -1, 0), ("Twist", "palm up", "palm down", 0, 1, 0)),
    "left_wrist": (
        ("Bend", "back", "palm", 2, -1, 0),
        ("Sideways", "little finger", "thumb", 1, -1, 0),
        ("Twist", "palm up", "palm down", 0, 1, 0),
    ),
    "left_hip": (
        ("Bend", "back", "forward", 0, -1, 0),
        ("Raise sideways", "in", "out", 2, 1, 0),
        ("Twist", "in", "out", 1, 1, 0),
    ),
    "left_knee": (("Bend", "straight", "bent", 0, 1, 0), ("Twist", "in", "out", 1, 1, 0)),
    "left_ankle": (
        ("Point", "toes up", "toes down", 0, 1, 0),
        ("Tilt", "outer edge down", "inner edge down", 2, 1, 0),
        ("Twist", "in", "out", 1, 1, 0),
    ),
    "left_foot": (("Curl", "toes up", "toes down", 0, 1, 0),),
}

_ALONE = {
    "pelvis": "whole body",
    "spine1": "lower back",
    "spine2": "middle back",
    "spine3": "upper back",
    "collar": "collarbone",
    "foot": "toes",
}


def spoken(joint: str) -> str:
    """A joint's name as people say it, such as "left collarbone"."""
    side, _, part = joint.rpartition("_")
    return f"{side} {_ALONE.get(part, part)}".strip()


@functools.cache
def dials() -> dict[str, tuple[Dial, ...]]:
    """The dials of all 22 joints, in their order; on either side more is the same for the body."""
    low, high = (bound.tolist() for bound in limits())
    found: dict[str, tuple[Dial, ...]] = {}
    for index, joint in enumerate(JOINT_NAMES):
        rows = _ROWS[joint.replace("right_", "left_")]
        found[joint] = tuple(_dial(row, joint, low[index], high[index]) for row in rows)
    return found


def _dial(row: _Row, joint: str, low: list[float], high: list[float]) -> Dial:
    name, less, more, axis, sign, zero = row
    if joint.startswith("right_") and axis in (1, 2):  # the mirror image turns the other way about these
        sign, zero = -sign, -zero
    if axis == _PENDULUM:
        bounds = _SWING
    elif joint == "pelvis":
        bounds = (-_FREE, _FREE)
    else:
        ends = sorted(sign * (each[int(axis)] - zero) for each in (low, high))
        bounds = (ends[0], ends[1])
    return Dial(name, less, more, *bounds, -sign * zero, axis, sign)


def readings(pose: Pose) -> dict[str, tuple[float, ...]]:
    """What the dials of every joint show for a pose, degrees; beyond a dial's range where the pose is."""
    angles = joint_angles(pose.rotations.double())
    angles[0] = _tipped(pose)
    return {
        joint: tuple(_reading(pose, index, dial, angles[index]) for dial in dials()[joint])
        for index, joint in enumerate(JOINT_NAMES)
    }


def _reading(pose: Pose, joint: int, dial: Dial, angles: Tensor) -> float:
    if dial.axis == _HEADING:
        return math.degrees(pose.heading)
    if dial.axis == _PENDULUM:
        return _swung(pose.rotations, joint)
    return dial.sign * float(angles[int(dial.axis)]) + dial.offset


def turn(pose: Pose, joint: str, number: int, degrees: float, both: bool = False) -> Pose:
    """Set one dial of a joint; all that the dial does not mean stays as it is.

    Args:
        joint: of :data:`unipose.body.skeleton.JOINT_NAMES`.
        number: of the joint's dial, the first is 0.
        degrees: what it is to show; moved into its range.
        both: whether the joint of the other side is to be the mirror image afterwards.

    Raises:
        ValueError: no such joint or dial, or not a finite number.
    """
    dial = _find(joint, number)
    if not math.isfinite(degrees):
        raise ValueError(f"a joint is turned by a finite number of degrees, found {degrees}")
    degrees, index = min(max(degrees, dial.low), dial.high), JOINT_NAMES.index(joint)
    turned = pose.rotations.clone()
    if joint == "pelvis":
        tipped, heading = _tipped(pose), pose.heading
        if dial.axis == _HEADING:
            heading = math.radians(degrees)
        else:
            tipped[int(dial.axis)] = dial.sign * degrees
        turned[0] = (_yaw(heading) @ roma.rotvec_to_rotmat(tipped.deg2rad())).float()
    elif dial.axis == _PENDULUM:
        about = torch.tensor([-math.radians(degrees - _swung(turned, index)), 0.0, 0.0])
        turned[index] = roma.rotvec_to_rotmat(about) @ turned[index]
        turned[index] = clamp(turned)[index]
    else:
        angles = joint_angles(turned.double())
        angles[index, int(dial.axis)] = dial.sign * (degrees - dial.offset)
        turned[index] = joint_rotations(angles)[index].float()
    return _placed(pose, index, turned[index], both)


def reset(pose: Pose, joint: str, both: bool = False) -> Pose:
    """A joint as in somebody who stands at ease; the whole body upright and facing forward.

    Raises:
        ValueError: no such joint.
    """
    _find(joint, 0)
    index = JOINT_NAMES.index(joint)
    return _placed(pose, index, standing().rotations[index], both)


def _find(joint: str, number: int) -> Dial:
    if joint not in dials():
        raise ValueError(f"there is no joint {joint[:40]!r}; they are {', '.join(JOINT_NAMES)}")
    if not 0 <= number < len(dials()[joint]):
        raise ValueError(f"the {spoken(joint)} has {len(dials()[joint])} dials, number {number} was asked for")
    return dials()[joint][number]


def _placed(pose: Pose, index: int, rotation: Tensor, both: bool) -> Pose:
    rotations = pose.rotations.clone()
    rotations[index] = rotation
    if both and MIRROR[index] != index:
        rotations[MIRROR[index]] = mirror_rotations(rotations)[MIRROR[index]]
    return Pose.from_rotations(rotations)


def _tipped(pose: Pose) -> Tensor:
    """Float64 [3] degrees: the orientation of a body that is turned to face forward, as a rotation vector."""
    root = pose.rotations[0].double()
    return roma.rotmat_to_rotvec(_yaw(-float(heading_of(root))) @ root).rad2deg()


def _yaw(radians: float) -> Tensor:
    return yaw_matrix(torch.tensor(radians, dtype=torch.float64))


def _swung(rotations: Tensor, shoulder: int) -> float:
    """Degrees by which an upper arm is forward of hanging, seen from the side."""
    outward = 1.0 if JOINT_NAMES[shoulder].startswith("left_") else -1.0
    _, up, forward = (outward * rotations[shoulder, :, 0].double()).tolist()
    if math.hypot(up, forward) < _UNSURE:
        return 0.0
    swung = math.degrees(math.atan2(forward, -up))
    return math.remainder(swung - _MIDDLE, 360.0) + _MIDDLE  # an arm straight up came there from the front

"""Poses as JSON values: what :meth:`unipose.body.pose.Pose.to_dict` gives, or the bare numbers, back to a pose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unipose.body.pose import NUM_JOINTS, Pose
from unipose.body.skeleton import JOINT_NAMES

FORMAT = "unipose.pose"


def pose_of(value: Any, name: str = "pose") -> Pose:
    """A pose out of a JSON value.

    Args:
        value: an object with ``axis_angle`` [22, 3] in radians, as :meth:`Pose.to_dict` makes it; its other keys may
            be left out, but must not say that it is something else. Or the 22 x 3 or 66 numbers alone.
        name: of the value, told in errors.

    Raises:
        ValueError: in one line: no such value, other joints, another number of values, not finite.
    """
    if isinstance(value, Mapping):
        if "axis_angle" not in value:
            found = ", ".join(sorted(map(str, value)))[:200] or "nothing"
            raise ValueError(f"{name}: a pose object has 'axis_angle', {NUM_JOINTS} x 3 radians; found {found}")
        if value.get("format", FORMAT) != FORMAT:
            raise ValueError(f"{name}: one pose has the format '{FORMAT}', found {str(value['format'])[:40]!r}")
        if list(value.get("joint_names", JOINT_NAMES)) != list(JOINT_NAMES):
            first, last = JOINT_NAMES[0], JOINT_NAMES[-1]
            raise ValueError(f"{name}: its 'joint_names' are not SMPL's {NUM_JOINTS} in their order, {first} to {last}")
        value = value["axis_angle"]
    if not isinstance(value, list | tuple):
        kind = type(value).__name__
        raise ValueError(f"{name}: a pose is an object with 'axis_angle', {NUM_JOINTS} x 3 radians; found {kind}")
    try:
        return Pose.from_axis_angle(value)
    except ValueError as error:
        raise ValueError(f"{name}: {' '.join(str(error).split())[:300]}") from None

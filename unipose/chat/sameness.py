"""Two poses between which there is nothing to tell: a model that is asked what changed would make something up."""

from __future__ import annotations

import math

import roma

from unipose.body.pose import Pose
from unipose.chat.references import says

_SEEN = math.radians(1.0)  # a joint that turned by less has not visibly moved
_TURNED = math.radians(5.0)  # and so it is with the whole body


def unchanged(before: Pose, after: Pose) -> str:
    """What to say where no joint of ``after`` differs from ``before``: so much, and how far the whole body has turned.

    Empty where there is a change to be told.
    """
    old, new = (pose.facing_forward().rotations for pose in (before, after))
    if roma.rotmat_geodesic_distance(old, new).max() > _SEEN:
        return ""
    turn = math.remainder(after.heading - before.heading, math.tau)
    if abs(turn) < _TURNED:
        return says("unchanged")
    return says("only_turned", degrees=round(math.degrees(abs(turn))), side="left" if turn > 0 else "right")

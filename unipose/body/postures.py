"""Poses that the program itself starts from."""

from __future__ import annotations

import math

import numpy as np

from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES

# From the horizontal arms of the T-pose; short of 90 so that the hands hang beside the hips, not inside them.
_ARM_DROP = math.radians(75.0)


def standing() -> Pose:
    """Upright, facing +Z, arms hanging at the sides."""
    axis_angle = np.zeros((len(JOINT_NAMES), 3), np.float32)
    axis_angle[JOINT_NAMES.index("left_shoulder"), 2] = -_ARM_DROP
    axis_angle[JOINT_NAMES.index("right_shoulder"), 2] = _ARM_DROP
    return Pose.from_axis_angle(axis_angle)

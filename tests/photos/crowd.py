"""People in photos without a detector: poses seen by a known camera, and who is found in which picture."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from unipose.body.cameras import Camera
from unipose.body.keypoints import keypoints
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.photos import Detections, Person


def posed(**joints) -> Pose:
    """Standing, with some joints set, axis-angle in radians."""
    axis_angle = standing().axis_angle.copy()
    for name, vector in joints.items():
        axis_angle[JOINT_NAMES.index(name)] = vector
    return Pose.from_axis_angle(axis_angle)


STRIDING = posed(left_hip=(-0.6, 0, 0), left_knee=(0.3, 0, 0), right_hip=(0.3, 0, 0))
ARMS_UP = posed(left_shoulder=(0, 0, 1.2), right_shoulder=(0, 0, -1.2))


def seen(pose: Pose, x: float, y: float, scale: float = 180.0) -> Person:
    """A person whose pelvis is at pixel ``x``, ``y``, with ``scale`` pixels a metre."""
    points = Camera(*torch.tensor([scale, x, y])).project(keypoints(pose.rotations)).numpy()
    surely = np.full((len(points), 1), 0.95)
    (left, top), (right, bottom) = points.min(axis=0) - 8, points.max(axis=0) + 8
    return Person((left, top, right, bottom), np.concatenate((points, surely), axis=1).astype(np.float32))


SIZE = (900, 420)
THREE = Detections(SIZE, (seen(standing(), 150, 190), seen(STRIDING, 450, 190), seen(ARMS_UP, 760, 190)), "given")
ONE = Detections((300, 420), (seen(STRIDING, 150, 190),), "given")


class Given:
    """Finds who is known to be in a picture of some size, and nobody in others."""

    name = "given"

    def __init__(self, *known: Detections) -> None:
        self.known = {found.size: found for found in known}
        self.asked = 0

    def detect(self, image: Image.Image) -> Detections:
        self.asked += 1
        return self.known.get(image.size, Detections(image.size, (), self.name))


def photo_of(found: Detections) -> Image.Image:
    """A picture in which :class:`Given` finds them."""
    return Image.new("RGB", found.size, "grey")

"""A photo to rehearse with, so that nobody waits for what the first one sets going."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from unipose.body.cameras import Camera
from unipose.body.keypoints import keypoints
from unipose.body.postures import standing
from unipose.photos import Detections, Person

_SIDE = 320
_SCALE = 150.0  # pixels a metre


def rehearsal() -> tuple[Image.Image, Detections]:
    """A grey picture, and somebody who stands in it, as a detector would have found them."""
    scale, x, y = torch.tensor([_SCALE, _SIDE / 2, 0.45 * _SIDE])
    points = Camera(scale, x, y).project(keypoints(standing().rotations)).numpy()
    seen = np.concatenate((points, np.ones((len(points), 1))), axis=1).astype(np.float32)
    box = (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    return Image.new("RGB", (_SIDE, _SIDE), "grey"), Detections((_SIDE, _SIDE), (Person(box, seen),), "rehearsal")

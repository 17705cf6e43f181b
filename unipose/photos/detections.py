"""What a detector finds in a photo: people, each with a box, 2D keypoints and, from some detectors, 3D landmarks.

Pixels are counted from the upper left corner of the upright photo, x to the right and y down. World landmarks are in
metres around the middle of the hips, in the project's axes as the camera sees them: x to the right of the photo, Y up,
z toward the camera; a person who faces the camera faces +Z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image

from unipose.body.keypoints import KEYPOINT_NAMES

_COUNT = len(KEYPOINT_NAMES)


@dataclass(frozen=True, eq=False)
class Person:
    """One person in a photo.

    Attributes:
        box: left, top, right, bottom in pixels.
        keypoints: float32 [27, 3], x, y in pixels and confidence 0 to 1, in the order of
            :data:`unipose.body.keypoints.KEYPOINT_NAMES`; zeros where the detector has none.
        world: float32 [27, 3] metres, or None without 3D landmarks; meaningful where the confidence is not zero.
        score: 0 to 1, how sure the detector is that this is a person.

    Raises:
        ValueError: for another shape, or a number that is not finite.
    """

    box: tuple[float, float, float, float]
    keypoints: np.ndarray
    world: np.ndarray | None = None
    score: float = 1.0

    def __post_init__(self) -> None:
        points = _checked("keypoints", self.keypoints)
        points[:, 2] = points[:, 2].clip(0, 1)
        points[points[:, 2] == 0] = 0
        object.__setattr__(self, "keypoints", points)
        if self.world is not None:
            object.__setattr__(self, "world", _checked("world", self.world))
        left, top, right, bottom = (float(side) for side in self.box)
        if not (np.isfinite([left, top, right, bottom]).all() and left < right and top < bottom):
            raise ValueError(f"expected a box of left < right and top < bottom in pixels, found {self.box}")
        object.__setattr__(self, "box", (left, top, right, bottom))

    @property
    def height(self) -> float:
        """Pixels from top to bottom of the box."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Detections:
    """The people of one photo, from left to right.

    Attributes:
        size: width and height of the photo in pixels.
        people: maybe none.
        detector: which detector found them.
    """

    size: tuple[int, int]
    people: tuple[Person, ...]
    detector: str = ""

    def __post_init__(self) -> None:
        ordered = sorted(self.people, key=lambda person: person.box[0] + person.box[2])
        object.__setattr__(self, "people", tuple(ordered))


class KeypointDetector(Protocol):
    """Finds people and their keypoints; loads its weights on first use."""

    @property
    def name(self) -> str:
        """Told to users."""

    def detect(self, image: Image.Image) -> Detections:
        """The people in an upright RGB picture."""


def _checked(name: str, values: Any) -> np.ndarray:
    array = np.array(values, dtype=np.float32)
    if array.shape != (_COUNT, 3):
        raise ValueError(f"expected {name} [{_COUNT}, 3], found {list(array.shape)}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} have numbers that are not finite; give zero confidence to what is unknown")
    return array

"""Perspective views of a body: where the eye stands, and where points are seen.

A view is what a WebGL camera is: a place, a point it looks at, a vertical field of view and a picture size, with Y up.
Axes and units are those of :mod:`unipose.body.skeleton`. The cameras of photos, which see at one scale, are
:mod:`unipose.body.cameras`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Vector = tuple[float, float, float]
Size = tuple[int, int]

MAX_SIDE = 1536
"""Pixels; a picture is no wider or higher."""

_FRAMED = 24.0  # degrees of the narrower side, for views that frame a subject
_MARGIN = 1.03
_NEAR = 0.05  # metres in front of the eye: what is seen may not lie nearer


@dataclass(frozen=True)
class View:
    """A camera that is upright: the vertical is seen as a vertical.

    Attributes:
        position: metres, where the eye is.
        target: metres, the point in the middle of the picture.
        field_of_view: degrees from the lower to the upper edge.
        size: width and height in pixels.

    Raises:
        ValueError: numbers that are not finite, an eye at its target, or sizes and angles out of range.
    """

    position: Vector
    target: Vector
    field_of_view: float
    size: Size

    def __post_init__(self) -> None:
        numbers = (*self.position, *self.target, self.field_of_view)
        if len(numbers) != 7 or not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"a view needs two points of three finite numbers and an angle, found {numbers}")
        if math.dist(self.position, self.target) < 1e-6:
            raise ValueError(f"a view needs a target away from its position, found both at {self.position}")
        if not 1.0 <= self.field_of_view <= 150.0:
            raise ValueError(f"a view needs a field of view of 1 to 150 degrees, found {self.field_of_view:g}")
        if len(self.size) != 2 or not all(isinstance(n, int) and 1 <= n <= MAX_SIDE for n in self.size):
            raise ValueError(f"a view needs a width and a height of 1 to {MAX_SIDE} pixels, found {self.size}")

    @classmethod
    def around(cls, subject: Any, azimuth: float = 20.0, elevation: float = 12.0, size: int | Size = 384) -> View:
        """The view that frames a subject.

        Args:
            subject: [V, 3] metres.
            azimuth: degrees the eye stands towards +X (the left of a body facing +Z); 0 looks at its front.
            elevation: degrees the eye stands above the horizon.
            size: pixels, one number for a square or (width, height).
        """
        points = np.asarray(subject, np.float64)
        width, height = (size, size) if isinstance(size, int) else size
        # The ball around the subject, not its outline, decides the scale: it stays the same from every side.
        centre = (points.min(0) + points.max(0)) / 2
        radius = max(float(np.linalg.norm(points - centre, axis=1).max()), 1e-6)
        a, e = math.radians(azimuth), math.radians(elevation)
        towards = np.array([math.sin(a) * math.cos(e), math.sin(e), math.cos(a) * math.cos(e)])
        half = math.radians(_FRAMED) / 2
        eye = centre + towards * (_MARGIN * radius / math.sin(half))
        upright = math.degrees(2 * math.atan(math.tan(half) * height / min(width, height)))
        return cls(_vector(eye), _vector(centre), min(upright, 150.0), (width, height))

    @property
    def axes(self) -> np.ndarray:
        """[3, 3]: rows are the directions right, up and towards the eye."""
        towards = np.subtract(self.position, self.target, dtype=np.float64)
        towards /= np.linalg.norm(towards)
        right = np.array([towards[2], 0.0, -towards[0]])  # the vertical crossed with it
        length = np.linalg.norm(right)
        right = right / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])  # straight from above or below
        return np.stack((right, np.cross(towards, right), towards))

    def project(self, points: Any, supersampling: int = 1) -> np.ndarray:
        """Where points are seen.

        Args:
            points: [V, 3] metres.
            supersampling: how many pixels a side are counted for each of the picture's.

        Returns:
            [V, 3]: x and y in pixels (y down), and nearness, one over the depth in metres.

        Raises:
            ValueError: a point lies behind the eye or closer than 5 cm before it.
        """
        width, height = (side * supersampling for side in self.size)
        seen = (np.asarray(points, np.float64) - self.position) @ self.axes.T
        depth = -seen[:, 2]
        if depth.min(initial=np.inf) < _NEAR:
            raise ValueError("the eye of a view must lie before all it sees; move it away from the body")
        nearness = 1.0 / depth
        scale = height / 2 / math.tan(math.radians(self.field_of_view) / 2) * nearness
        return np.stack((width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale, nearness), axis=1)


def _vector(point: np.ndarray) -> Vector:
    x, y, z = point.tolist()
    return x, y, z

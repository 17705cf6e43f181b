"""Where the camera stands, and which part of its picture is cut out around the person.

Camera axes: x to the right of the picture, Y up, z toward the camera, the camera at the origin. A point in front of
it lies at negative z and falls on pixel ``(focal * x / -z + centre_x, -focal * y / -z + centre_y)`` of the crop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.people.settings import HEIGHT, WIDTH, Ranges

NEAR, FAR = 0.25, 60.0  # metres
TRUNCATED = 0.22  # share of the pictures that cut off a part of the person


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera and its crop.

    Attributes:
        turn: [3, 3], gravity axes (Y up) to camera axes.
        position: [3] metres, the person's pelvis in camera axes.
        focal: pixels of the crop.
        centre: [2] pixels of the crop, where the optical axis meets it (it may lie outside).
    """

    turn: np.ndarray
    position: np.ndarray
    focal: float
    centre: np.ndarray

    def project(self, places: np.ndarray) -> np.ndarray:
        """Places [..., 3] around the pelvis, in camera axes, to pixels of the crop [..., 2]."""
        away = places + self.position
        return self.focal * away[..., :2] * [1, -1] / -away[..., 2:] + self.centre

    def depth(self, places: np.ndarray) -> np.ndarray:
        """Metres from the camera along its axis, [...]."""
        return -(places + self.position)[..., 2]

    @property
    def weak(self) -> np.ndarray:
        """[3]: scale in pixels a metre and the pixel of the pelvis: pixel = scale * (x, -y) + (tx, ty)."""
        scale = self.focal / -self.position[2]
        return np.array([scale, *self.project(np.zeros(3))])

    @property
    def matrix(self) -> np.ndarray:
        """[4, 4], camera axes to OpenGL clip space, acting on columns."""
        clip = np.zeros((4, 4))
        clip[0, 0], clip[1, 1] = 2 * self.focal / WIDTH, 2 * self.focal / HEIGHT
        clip[0, 2], clip[1, 2] = 1 - 2 * self.centre[0] / WIDTH, 2 * self.centre[1] / HEIGHT - 1
        clip[2, 2], clip[2, 3] = -(FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)
        clip[3, 2] = -1
        return clip


def view(rng: np.random.Generator, ranges: Ranges) -> tuple[np.ndarray, float]:
    """Turn [3, 3] from gravity to camera axes, all yaws alike, and the distance in metres."""
    pitch = rng.uniform(-10, 25) if rng.random() < 0.8 else rng.uniform(-30, 50)
    roll = rng.uniform(*ranges.roll) * rng.choice([-1, 1]) * (rng.random() < 0.6)
    near, far = ranges.distances[rng.integers(len(ranges.distances))]
    x, y, z = np.radians([pitch, rng.uniform(-180, 180), roll])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y, float(rng.uniform(near, far))


def framed(vertices: np.ndarray, turn: np.ndarray, distance: float, rng: np.random.Generator) -> Camera:
    """A camera that looks at the middle of the person, cropped around the person as a loose detector would.

    Args:
        vertices: [V, 3] metres in camera axes, the pelvis at the origin.
        turn: [3, 3], gravity to camera axes.
        distance: metres to the middle of the person.
    """
    low, high = vertices.min(0), vertices.max(0)
    position = np.array([0.0, 0.0, -max(distance, high[2] - low[2] + 0.9)]) - (low + high) / 2
    away = vertices + position
    flat = away[:, :2] * [1, -1] / -away[:, 2:]
    low, high = _cut(flat.min(0), flat.max(0), rng) if rng.random() < TRUNCATED else (flat.min(0), flat.max(0))
    middle, size = (low + high) / 2, high - low
    tall = max(size[1], size[0] * HEIGHT / WIDTH) * rng.uniform(1.04, 1.35)
    middle = middle + rng.normal(size=2) * 0.04 * tall * [WIDTH / HEIGHT, 1]
    focal = HEIGHT / tall
    return Camera(turn, position, float(focal), np.array([WIDTH / 2, HEIGHT / 2]) - focal * middle)


def _cut(low: np.ndarray, high: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A part of the person's box: mostly the lower end is lost, as behind a desk or at the edge of a photo."""
    low, high, size = low.copy(), high.copy(), high - low
    edge = rng.choice(4, p=[0.6, 0.16, 0.16, 0.08])
    amount = rng.uniform(0.1, 0.5 if edge == 0 else 0.3)
    if edge == 0:
        high[1] -= amount * size[1]
    elif edge == 1:
        high[0] -= amount * size[0]
    elif edge == 2:
        low[0] += amount * size[0]
    else:
        low[1] += amount * size[1]
    return low, high

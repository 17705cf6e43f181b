"""The surroundings, as numbers for ``shaders/backdrop.frag``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.people import colours
from tools.people.cameras import Camera
from tools.people.settings import Ranges

STUDIO, ROOM, OPEN, CITY, CLOUDS, FOLIAGE, CLUTTER, LIGHTS, STAGE = range(9)


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What lies behind the person.

    Attributes:
        kind, wall_kind, floor_kind: see the shader.
        floor: height of the floor below the camera, metres, negative.
        wall: [3], direction of the room in radians and metres to its two walls.
        tones: [6, 3] colours: floor twice, wall or sky twice, what stands there twice.
        feet: [8, 3], gravity x and z of the lowest joints, and how near they are to the floor, 0 to 1.
        scale: of textures. ``seed`` [3] of noise.
    """

    kind: int
    wall_kind: int
    floor_kind: int
    floor: float
    wall: np.ndarray
    tones: np.ndarray
    feet: np.ndarray
    scale: float
    seed: np.ndarray


def drawn(
    rng: np.random.Generator, ranges: Ranges, camera: Camera, vertices: np.ndarray, joints: np.ndarray
) -> Backdrop:
    """Surroundings of a person whose ``vertices`` [V, 3] and ``joints`` [24, 3] are in camera axes, the pelvis at 0."""
    kind = int(rng.choice(ranges.backdrops))
    lowest = ((vertices + camera.position) @ camera.turn)[:, 1].min()
    floor = lowest - (rng.uniform(0.05, 0.5) if rng.random() < 0.08 else 0.005)
    places = (joints + camera.position) @ camera.turn
    places = places[np.argsort(places[:, 1])[:8]]
    near = np.exp(-np.clip(places[:, 1] - floor - 0.06, 0, None) / 0.16)
    tones = np.array([colours.painted(rng, ranges) for _ in range(6)])
    if kind in (OPEN, CITY, FOLIAGE):
        tones[:2] = _earth(rng)
        tint, level = rng.uniform(0.7, 1.1, (1, 3)), rng.uniform(0.6, 1.1)
        tones[2:4] = np.array([[0.45, 0.62, 0.9], [0.85, 0.9, 0.95]]) * tint * level
    if kind in (OPEN, FOLIAGE):
        tones[4:] = np.array([[0.06, 0.12, 0.04], [0.35, 0.5, 0.2]]) * rng.uniform(0.6, 1.5, (1, 3))
    if kind == CITY:
        tones[4:] = tones[4:] * 0.3 + 0.5 * rng.uniform(0.3, 1.0, (2, 1))
    if kind == ROOM and rng.random() < 0.6:  # most walls and floors are pale
        tones[2:3] = tones[2:3] * 0.25 + rng.uniform(0.5, 0.75)
        tones[:2] = tones[:2] * 0.4 + _earth(rng) * 0.5
    away = -camera.position[2]
    return Backdrop(
        kind=kind,
        wall_kind=int(rng.choice(ranges.walls)),
        floor_kind=int(rng.choice(ranges.floors)),
        floor=float(min(floor, -0.05)),
        wall=np.array([rng.uniform(-0.7, 0.7) + _heading(camera), away + rng.uniform(0.9, 4), rng.uniform(1.5, 5)]),
        tones=np.clip(tones, 0, 1),
        feet=np.concatenate([places[:, [0, 2]], near[:, None]], 1),
        scale=float(rng.uniform(0.6, 2.5)),
        seed=rng.uniform(-20, 20, 3),
    )


def _heading(camera: Camera) -> float:
    """The angle that turns a room so that its back wall faces the camera."""
    ahead = camera.turn.T @ np.array([0.0, 0.0, -1.0])
    return float(np.arctan2(ahead[0], -ahead[2]))


def _earth(rng: np.random.Generator) -> np.ndarray:
    """Grass, sand, soil, asphalt, snow: two shades [2, 3]."""
    grounds = np.array([[0.3, 0.42, 0.16], [0.75, 0.65, 0.45], [0.38, 0.28, 0.2], [0.38, 0.38, 0.4], [0.85, 0.87, 0.9]])
    base = grounds[rng.choice(5, p=[0.35, 0.15, 0.2, 0.22, 0.08])]
    return np.clip(base * rng.uniform([[0.6], [0.9]], [[0.9], [1.3]]), 0, 1)

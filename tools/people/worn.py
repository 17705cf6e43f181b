"""Things that are not the skin moved outwards: skirts, long hair, buns, brims, backpacks. They hang on the joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.people.bodies import Figure
from tools.people.clothes import Outfit
from unipose.body.skeleton import JOINT_NAMES_24

_HEAD, _CHEST, _PELVIS = (JOINT_NAMES_24.index(name) for name in ("head", "spine3", "pelvis"))
_HIPS = [JOINT_NAMES_24.index(f"{side}_hip") for side in ("left", "right")]
_KNEES = [JOINT_NAMES_24.index(f"{side}_knee") for side in ("left", "right")]


@dataclass(frozen=True, eq=False)
class Thing:
    """A mesh at rest that follows the joints.

    Attributes:
        places: [n, 3] metres on the average body at rest.
        weights: [n, 24].
        faces: int [m, 3].
        garment: whose cloth it is made of.
    """

    places: np.ndarray
    weights: np.ndarray
    faces: np.ndarray
    garment: int

    def posed(self, figure: Figure) -> tuple[np.ndarray, np.ndarray]:
        """Places and unit normals, each [n, 3], on a posed person."""
        places = figure.carried(self.places, self.weights)
        a, b, c = (places[self.faces[:, corner]] for corner in range(3))
        area, normals = np.cross(b - a, c - a), np.zeros_like(places)
        for corner in range(3):
            np.add.at(normals, self.faces[:, corner], area)
        return places, normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


def things(outfit: Outfit, rng: np.random.Generator) -> list[Thing]:
    """All that this outfit needs besides shells."""
    found = []
    if outfit.skirt is not None:
        found.append(_skirt(*outfit.skirt))
    if outfit.hair is not None:
        found += _hair(outfit.style, outfit.hair, rng)
    if outfit.hat is not None and outfit.hat[1] != "none":
        found.append(_brim(outfit.hat[0], outfit.hat[1] == "cap", rng.uniform(0.05, 0.09)))
    if outfit.pack is not None:
        size = np.array([rng.uniform(0.12, 0.17), rng.uniform(0.16, 0.24), rng.uniform(0.05, 0.09)])
        found.append(_ball(np.array([0, 0.02, -0.10 - size[2]]), size, _CHEST, outfit.pack, boxy=0.35))
    return found


def _grid(rows: int, columns: int, closed: bool) -> np.ndarray:
    """Triangles [m, 3] of a sheet of rows x columns points, its columns joined to a tube when closed."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij")
    here, right = row * columns + column, row * columns + (column + 1) % columns
    quads = np.stack([here, right, here + columns, right, right + columns, here + columns], -1)
    return quads.reshape(-1, 3)


def _skirt(hem: float, flare: float, garment: int) -> Thing:
    rows, columns = 12, 32
    heights = np.linspace(-0.1, hem, rows)[:, None]
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    down = np.clip((-0.1 - heights) / 0.2, 0, 1)
    open_ = flare * np.clip((-0.2 - heights) / 0.5, 0, 2) * (1 + 0.15 * np.sin(6 * angle))
    x = (0.155 + 0.065 * down + open_) * np.sin(angle)
    z = 0.035 + (0.115 + 0.03 * down + open_) * np.cos(angle)
    places = np.stack([x, np.broadcast_to(heights, x.shape), z], -1).reshape(-1, 3)
    weights = np.zeros((len(places), 24))
    leg = np.clip((-0.2 - places[:, 1]) / 0.25, 0, 1)
    knee = 0.75 * np.clip((-0.62 - places[:, 1]) / 0.2, 0, 1) * leg
    left = np.clip(0.5 + places[:, 0] / 0.22, 0, 1)
    weights[:, _PELVIS] = 1 - leg
    for side, share in enumerate((left, 1 - left)):
        weights[:, _HIPS[side]] = (leg - knee) * share
        weights[:, _KNEES[side]] = knee * share
    return Thing(places, weights, _grid(rows, columns, closed=True), garment)


def _hair(style: str, garment: int, rng: np.random.Generator) -> list[Thing]:
    if style in ("long", "bob"):
        return [_fall(rng.uniform(0.28, 0.5) if style == "long" else rng.uniform(0.12, 0.2), garment)]
    if style == "bun":
        size = np.full(3, rng.uniform(0.03, 0.05))
        return [_ball(np.array([0, rng.uniform(0.4, 0.5), -0.03]), size, _HEAD, garment)]
    if style == "tail":
        long, both = rng.uniform(0.07, 0.15), rng.random() < 0.3
        sides = (-0.085, 0.085) if both else (0.0,)
        back = 0.02 if both else -0.05
        size = np.array([0.028, long, 0.03])
        return [_ball(np.array([x, 0.43 - long, back]), size, _HEAD, garment) for x in sides]
    return []


def _fall(length: float, garment: int) -> Thing:
    """Hair that hangs from the back and sides of the head, behind the shoulders."""
    rows, columns = 10, 18
    heights = np.linspace(0.44, 0.44 - length, rows)[:, None]
    angle = np.radians(np.linspace(-108, 108, columns))[None]
    below = np.clip((0.31 - heights) / 0.14, 0, 1)
    wave = 1 + 0.06 * np.sin(angle * 9) * np.clip((0.42 - heights) * 6, 0, 1)
    x = (0.092 + 0.012 * np.clip((0.44 - heights) / 0.1, 0, 1)) * np.sin(angle) * wave
    z = 0.075 - (0.108 + 0.09 * below) * np.cos(angle) * wave - 0.02 * below
    places = np.stack([x, np.broadcast_to(heights, x.shape), z], -1).reshape(-1, 3)
    weights = np.zeros((len(places), 24))
    weights[:, _CHEST] = 0.85 * np.clip((0.34 - places[:, 1]) / 0.2, 0, 1)
    weights[:, _HEAD] = 1 - weights[:, _CHEST]
    return Thing(places, weights, _grid(rows, columns, closed=False), garment)


def _ball(centre: np.ndarray, size: np.ndarray, joint: int, garment: int, boxy: float = 1.0) -> Thing:
    """An ellipsoid on one joint; below 1, ``boxy`` squares it."""
    rows, columns = 10, 14
    up = np.linspace(np.pi / 2, -np.pi / 2, rows)[:, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]

    def squared(value: np.ndarray) -> np.ndarray:
        return np.sign(value) * np.abs(value) ** boxy

    shape = (rows, columns)
    x = squared(np.cos(up)) * squared(np.sin(around))
    y = np.broadcast_to(squared(np.sin(up)), shape)
    z = squared(np.cos(up)) * squared(np.cos(around))
    places = centre + size * np.stack([x, y, z], -1).reshape(-1, 3)
    return Thing(places, _rigid(len(places), joint), _grid(rows, columns, closed=True), garment)


def _brim(garment: int, front_only: bool, width: float) -> Thing:
    rows, columns = 2, 24
    angle = np.linspace(-1.1, 1.1, columns) if front_only else np.linspace(0, 2 * np.pi, columns)
    inner = np.stack([0.085 * np.sin(angle), np.full(columns, 0.452), 0.085 + 0.1 * np.cos(angle)], -1)
    reach = width * (np.cos(angle * 1.3).clip(0.0) if front_only else np.ones(columns))
    away = np.stack([np.sin(angle), np.full(columns, -0.18), np.cos(angle)], -1)
    places = np.concatenate([inner, inner + reach[:, None] * away])
    return Thing(places, _rigid(len(places), _HEAD), _grid(rows, columns, closed=False), garment)


def _rigid(count: int, joint: int) -> np.ndarray:
    weights = np.zeros((count, 24))
    weights[:, joint] = 1
    return weights

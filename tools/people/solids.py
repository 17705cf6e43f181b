"""Boxes, balls and leaves: clutter behind the person and things in front that hide a part."""

from __future__ import annotations

import numpy as np

from tools.people import colours
from tools.people.cameras import Camera
from tools.people.settings import HEIGHT, WIDTH, Ranges

HIDDEN = 0.28  # share of the pictures with something before the person
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
_BOX = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def behind(rng: np.random.Generator, ranges: Ranges, camera: Camera, floor: float) -> np.ndarray:
    """Triangles [n, 9] (place, normal, colour in camera axes) of furniture standing behind the person."""
    pieces = []
    for _ in range(rng.choice([0, 2, 4, 7], p=[0.45, 0.25, 0.2, 0.1])):
        away = camera.position * (1 + rng.uniform(0.35, 1.5))
        spot = camera.turn.T @ (away + np.array([rng.uniform(-1.6, 1.6), 0, 0]))
        half = rng.uniform(0.1, 0.55, 3) * [1, rng.choice([0.6, 1.6]), 1]
        spot[1] = floor + half[1]
        if rng.random() < 0.75:
            pieces.append(_box(spot, half, rng.uniform(0, np.pi), colours.painted(rng, ranges)))
        else:
            pieces.append(_leaves(spot + [0, 0.4, 0], 0.5, 60, 0.07, rng))
    return _in_camera(pieces, camera.turn)


def before(rng: np.random.Generator, ranges: Ranges, camera: Camera, nearest: float) -> np.ndarray:
    """Triangles as of :func:`behind`, of what hides a part of the person, ``nearest`` metres away at the closest."""
    if rng.random() > HIDDEN:
        return np.zeros((0, 9), np.float32)
    depth = nearest * rng.uniform(0.55, 0.92)
    metre = camera.focal / depth  # pixels of the crop
    what = rng.choice(["box", "post", "desk", "leaves"], p=[0.35, 0.2, 0.25, 0.2])
    x, y = rng.uniform(0, WIDTH), rng.uniform(0.15 * HEIGHT, HEIGHT)
    wide, tall = rng.uniform(12, 38), rng.uniform(12, 45)
    if what == "post":
        wide, tall, y = rng.uniform(4, 14), HEIGHT, HEIGHT / 2
    elif what == "desk":
        x, wide, tall = WIDTH / 2, WIDTH, HEIGHT * rng.uniform(0.12, 0.4)
        y = HEIGHT + 0.02 * HEIGHT
    centre = np.array([(x - camera.centre[0]) / metre, -(y - camera.centre[1]) / metre, -depth])
    half = np.array([wide / 2, tall / 2 if what != "desk" else tall, 0]) / metre
    half[2] = min(half[:2].min(), 0.05 * depth)
    colour = colours.painted(rng, ranges)
    if what == "leaves":
        return _in_camera([_leaves(centre, max(half) * 1.2, 45, 4 / metre, rng)], np.eye(3))
    return _in_camera([_box(centre, half, rng.normal() * 0.2, colour)], np.eye(3))


def seat(rng: np.random.Generator, ranges: Ranges, camera: Camera, joints: np.ndarray, floor: float) -> np.ndarray:
    """Something to sit on, triangles as of :func:`behind`, mostly where the thighs of ``joints`` [24, 3] (camera axes,
    around the pelvis) are level and the pelvis is as high as on a chair or box."""
    places = (joints + camera.position) @ camera.turn
    pelvis, hips, knees, chest = places[0], places[[1, 2]], places[[4, 5]], places[9]
    high = pelvis[1] - floor
    level = (np.abs(hips[:, 1] - knees[:, 1]) < 0.2).all() and chest[1] - pelvis[1] > 0.15
    if not (level and 0.28 < high < 0.75) or rng.random() < 0.25:
        return np.zeros((0, 9), np.float32)
    ahead = knees.mean(0) - pelvis
    yaw = np.arctan2(ahead[0], ahead[2])
    forward = np.array([np.sin(yaw), 0, np.cos(yaw)])
    top, wide, colour = pelvis[1] - 0.17, rng.uniform(0.2, 0.5), colours.painted(rng, ranges)
    thick = (top - floor) / 2 if rng.random() < 0.5 else 0.03
    centre = np.array([pelvis[0], top - thick, pelvis[2]]) + 0.06 * forward
    pieces = [_box(centre, np.array([wide, thick, 0.22]), yaw, colour)]
    if rng.random() < 0.5:
        back = np.array([pelvis[0], top + 0.2, pelvis[2]]) - 0.22 * forward
        pieces.append(_box(back, np.array([wide, rng.uniform(0.1, 0.28), 0.02]), yaw, colour))
    return _in_camera(pieces, camera.turn)


def _box(centre: np.ndarray, half: np.ndarray, yaw: float, colour: np.ndarray) -> np.ndarray:
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    corners = (_CORNERS * half) @ turn.T + centre
    rows = []
    for quad in _BOX:
        a, b, c, d = corners[quad]
        normal = np.cross(b - a, d - a)
        normal = normal / max(np.linalg.norm(normal), 1e-12)
        rows += [np.concatenate([point, normal, colour]) for point in (a, b, c, a, c, d)]
    return np.array(rows)


def _leaves(centre: np.ndarray, radius: float, count: int, size: float, rng: np.random.Generator) -> np.ndarray:
    middle = centre + rng.normal(size=(count, 1, 3)) * radius * 0.45
    corners = middle + rng.normal(size=(count, 3, 3)) * size
    normal = rng.normal(size=(count, 1, 3))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    green = np.array([0.2, 0.42, 0.12]) * rng.uniform(0.5, 1.4, (count, 1, 1)) * rng.uniform(0.7, 1.4, 3)
    return np.concatenate([corners, normal + 0 * corners, green + 0 * corners], -1).reshape(-1, 9)


def _in_camera(pieces: list[np.ndarray], turn: np.ndarray) -> np.ndarray:
    if not pieces:
        return np.zeros((0, 9), np.float32)
    rows = np.concatenate(pieces)
    rows[:, :3], rows[:, 3:6] = rows[:, :3] @ turn.T, rows[:, 3:6] @ turn.T
    return rows.astype(np.float32)

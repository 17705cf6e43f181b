"""One picture after another, each with what is true of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from tools.people import backgrounds, cameras, clothes, lens, light, solids, worn
from tools.people.bodies import Figure, Poses, build_of, posed
from tools.people.cameras import Camera
from tools.people.scene import Actor, Shot, Studio
from tools.people.settings import HEIGHT, WIDTH, Ranges
from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.body.mesh import FreeBody
from unipose.body.rotations import matrix_to_axis_angle
from unipose.body.skeleton import JOINT_NAMES_24

COMPANY = 0.14  # share of the pictures with a second person
# Metres that a point may lie behind the nearest surface and still count as seen: joints lie inside the flesh and
# clothes, those of the trunk deepest; the face is on the surface.
_DEEP = {
    "nose": 0.04,
    "eye": 0.05,
    "ear": 0.07,
    "shoulder": 0.18,
    "hip": 0.21,
    "pelvis": 0.21,
    "spine": 0.2,
    "collar": 0.18,
}
_USUAL = 0.12
_SIDES = [KEYPOINT_NAMES.index(name) for name in ("left_hip", "right_hip")]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of one person and its labels. Pixels are of the crop, x right and y down; camera axes are x right,
    Y up, z toward the camera.

    Attributes:
        image: RGB.
        pose_aa: float32 [22, 3], SMPL axis-angle, the root as the camera sees it.
        keypoints_2d: float32 [27, 3], pixels, and 1 where it is inside the picture and nothing hides it, else 0.
        keypoints_3d: float32 [27, 3] metres around the middle of the hips.
        joints_2d: float32 [24, 3] likewise for SMPL's joints; ``joints_3d`` [24, 3] metres around the pelvis.
        camera: float32 [3], scale, tx, ty of the weak-perspective camera: pixel = scale * (x, -y) + (tx, ty) of a point
            in metres around the pelvis.
        lens: float32 [6], the full camera: focal length and optical centre x, y in pixels; the pelvis in metres.
        build: float32 [10], shape components of the free body (not SMPL betas).
        number: which picture of its seed.
    """

    image: Image.Image
    pose_aa: np.ndarray
    keypoints_2d: np.ndarray
    keypoints_3d: np.ndarray
    joints_2d: np.ndarray
    joints_3d: np.ndarray
    camera: np.ndarray
    lens: np.ndarray
    build: np.ndarray
    number: int


def stream(
    poses: Poses, ranges: Ranges, seed: int, numbers: range, studio: Studio, body: FreeBody
) -> Iterator[Picture]:
    """Draw the pictures with these numbers; each depends on the seed and its own number alone."""
    for number in numbers:
        yield _picture(poses, ranges, np.random.default_rng((seed, number)), studio, body, number)


@torch.inference_mode()
def _picture(
    poses: Poses, ranges: Ranges, rng: np.random.Generator, studio: Studio, body: FreeBody, number: int
) -> Picture:
    turn, distance = cameras.view(rng, ranges)
    build = build_of(rng)
    figure = posed(body, _seen_from(poses.draw(rng), turn), build)
    camera = cameras.framed(figure.vertices, turn, distance, rng)
    lamps = light.drawn(rng, turn)
    backdrop = backgrounds.drawn(rng, ranges, camera, figure.vertices, figure.joints)
    actors = [_actor(figure, camera.position, rng, ranges)]
    if rng.random() < COMPANY:
        actors.append(_company(poses, ranges, rng, body, camera, backdrop.floor))
    behind = solids.behind(rng, ranges, camera, backdrop.floor)
    before = solids.before(rng, ranges, camera, float(camera.depth(figure.vertices).min()))
    before = np.concatenate([before, solids.seat(rng, ranges, camera, figure.joints, backdrop.floor)])
    shot = studio.draw(camera, lamps, backdrop, actors, behind, before)
    middle = figure.keypoints[_SIDES].mean(0)
    return Picture(
        image=lens.photographed(shot.behind, shot.person, rng),
        pose_aa=matrix_to_axis_angle(figure.rotations).numpy().astype(np.float32),
        keypoints_2d=_seen(figure.keypoints, KEYPOINT_NAMES, camera, shot),
        keypoints_3d=(figure.keypoints - middle).astype(np.float32),
        joints_2d=_seen(figure.joints, JOINT_NAMES_24, camera, shot),
        joints_3d=figure.joints.astype(np.float32),
        camera=camera.weak.astype(np.float32),
        lens=np.array([camera.focal, *camera.centre, *camera.position], np.float32),
        build=build.astype(np.float32),
        number=number,
    )


def _seen_from(rotations: torch.Tensor, turn: np.ndarray) -> torch.Tensor:
    """A pose in gravity axes, its root as a camera turned by ``turn`` sees it."""
    root = torch.from_numpy(turn.astype(np.float32)) @ rotations[:1]
    return torch.cat([root, rotations[1:]])


def _actor(figure: Figure, position: np.ndarray, rng: np.random.Generator, ranges: Ranges) -> Actor:
    outfit = clothes.drawn(rng, ranges)
    return Actor(figure, outfit, worn.things(outfit, rng), position)


def _company(
    poses: Poses, ranges: Ranges, rng: np.random.Generator, body: FreeBody, camera: Camera, floor: float
) -> Actor:
    """Somebody else, mostly farther away and to one side, on the same floor."""
    yaw = rng.uniform(-np.pi, np.pi)
    about = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    figure = posed(body, _seen_from(poses.draw(rng), camera.turn @ about), build_of(rng))
    nearer = rng.random() < 0.15
    aside = rng.choice([-1, 1]) * (rng.uniform(0.6, 0.9) if nearer else rng.uniform(0.3, 1.1))
    spot = camera.position + [aside, 0, rng.uniform(0.2, 0.5) if nearer else -rng.uniform(0.6, 2.5)]
    place = camera.turn.T @ spot
    place[1] = floor - (figure.vertices @ camera.turn)[:, 1].min()
    return _actor(figure, camera.turn @ place, rng, ranges)


def _seen(places: np.ndarray, names: tuple[str, ...], camera: Camera, shot: Shot) -> np.ndarray:
    """Pixels and visibility [n, 3] of places [n, 3] around the pelvis in camera axes."""
    pixels, depth = camera.project(places), camera.depth(places)
    rows, columns = shot.depth.shape
    inside = (pixels >= 0).all(1) & (pixels < [WIDTH, HEIGHT]).all(1)
    fine = np.clip(pixels * [columns / WIDTH, rows / HEIGHT], 0, [columns - 1, rows - 1])
    column, row = fine.astype(int).T
    deep = [next((deep for word, deep in _DEEP.items() if word in name), _USUAL) for name in names]
    free = shot.depth[row, column] > depth - deep
    return np.concatenate([pixels, (inside & free)[:, None]], 1).astype(np.float32)

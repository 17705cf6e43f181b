"""Pictures that steer image generators: skeleton, depth, normals and parts of a body, seen from one view.

All four of one view lie on one another, pixel by pixel. The rules each follows:

- ``skeleton``: 18 keypoints in OpenPose's COCO order, its colours, limbs at 60 % brightness on black (Cao et al. 2019,
  and the way ControlNet, Zhang et al. 2023, was trained on it). The face's points are left out where the body hides
  them.
- ``depth``: nearer is brighter, as in MiDaS (Ranftl et al. 2020): 8-bit grey, even steps of one over the depth, 255 the
  nearest point, 32 the farthest, 0 the background.
- ``normal``: RGB is half of the surface's normal plus a half; red right, green up, blue towards the eye. The background
  is (128, 128, 255), a wall.
- ``part``: a flat colour for each of the 24 parts (:data:`PART_COLOURS`), black behind.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from unipose.body.files.scene import bone_offsets, pelvis_places
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.mesh import PART_NAMES, FreeBody, vertex_normals
from unipose.body.raster import rasterise
from unipose.body.views import View

Colour = tuple[int, int, int]

MAPS: tuple[str, ...] = ("skeleton", "depth", "normal", "part")

COCO18: tuple[str, ...] = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear",
)  # fmt: skip
"""OpenPose's 18 keypoints; the neck is the middle of the shoulders."""

LIMBS: tuple[tuple[int, int], ...] = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0),
    (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""What OpenPose joins by a limb; limb i has colour i of :data:`COLOURS`, as keypoint i has."""

COLOURS: tuple[Colour, ...] = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85),
    (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255),
    (255, 0, 170), (255, 0, 85),
)  # fmt: skip

_LIMB_SHADE = 0.6
_THICKNESS = 4 / 512  # half a limb's width and a keypoint's radius, as a share of the picture's shorter side
_FACE = ("nose", "right_eye", "left_eye", "right_ear", "left_ear")
_HIDDEN = 0.06  # metres behind the nearest surface: a point of the face this deep is on the far side of the head
_SMOOTH = 4  # skeleton maps are drawn so many times larger
_FARTHEST_GREY = 32


def _part_colours() -> dict[str, Colour]:
    """Hues that neighbours in the list of parts do not share, in three brightnesses."""
    colours = {}
    for index, name in enumerate(PART_NAMES):
        rgb = colorsys.hsv_to_rgb(index * 7 % 24 / 24, 0.85, (1.0, 0.75, 0.5)[index % 3])
        colours[name] = (round(255 * rgb[0]), round(255 * rgb[1]), round(255 * rgb[2]))
    return colours


PART_COLOURS: dict[str, Colour] = _part_colours()
"""The legend of part maps: RGB of each part by its name."""


@dataclass(frozen=True, eq=False)
class _Seen:
    """What of the body is at each pixel: coverage [H, W], nearness [H, W], normals [H, W, 3] to right, up and eye."""

    mask: np.ndarray
    nearness: np.ndarray
    normals: np.ndarray


def draw_map(kind: str, body: FreeBody, rotations: Tensor, view: View) -> tuple[Image.Image, dict[str, str]]:
    """A map of the body standing on the floor (:mod:`unipose.body.files.scene`).

    Args:
        kind: one of :data:`MAPS`.
        rotations: [22, 3, 3] local rotations.

    Returns:
        The picture, and what it says in words, to be kept inside the file.

    Raises:
        ValueError: another kind; a view from inside the body.
    """
    if kind not in MAPS:
        raise ValueError(f"a map is {', '.join(MAPS)}, found {kind!r}")
    pelvis = pelvis_places(body, rotations[None])[0]
    vertices = body.vertices(rotations) + (pelvis - body.rest_joints[0])
    if kind == "part":
        return _part_map(body, vertices, view)
    seen = _look(body, vertices, view)
    if kind == "depth":
        return _depth_map(seen)
    if kind == "normal":
        return _normal_map(seen)
    points = coco18(keypoints(rotations, bone_offsets(body)) + pelvis)
    return _skeleton_map(points.numpy(), seen, view)


def coco18(points: Tensor) -> Tensor:
    """The project's keypoints [..., 27, 3] to OpenPose's [..., 18, 3]."""
    index = {name: place for place, name in enumerate(KEYPOINT_NAMES)}
    neck = (points[..., index["left_shoulder"], :] + points[..., index["right_shoulder"], :]) / 2
    return torch.stack([neck if name == "neck" else points[..., index[name], :] for name in COCO18], dim=-2)


def _look(body: FreeBody, vertices: Tensor, view: View) -> _Seen:
    screen = view.project(vertices)
    normals = vertex_normals(vertices.double(), body.faces).numpy() @ view.axes.T
    mask, values = rasterise(screen, body.faces.numpy(), np.concatenate((screen[:, 2:], normals), axis=1), view.size)
    return _Seen(mask, values[..., 0], values[..., 1:])


def _depth_map(seen: _Seen) -> tuple[Image.Image, dict[str, str]]:
    grey = np.zeros(seen.mask.shape, np.uint8)
    said = {"depth": "nothing of the body is in the picture"}
    if seen.mask.any():
        near, far = seen.nearness[seen.mask].max(), seen.nearness[seen.mask].min()
        share = (seen.nearness - far) / max(near - far, 1e-9)
        grey = np.where(seen.mask, np.round(_FARTHEST_GREY + (255 - _FARTHEST_GREY) * share), 0).astype(np.uint8)
        said["depth"] = (
            f"even steps of 1/depth: 255 is {1 / near:.3f} m, {_FARTHEST_GREY} is {1 / far:.3f} m, 0 nothing"
        )
    return Image.fromarray(grey), said


def _normal_map(seen: _Seen) -> tuple[Image.Image, dict[str, str]]:
    length = np.linalg.norm(seen.normals, axis=-1, keepdims=True)
    unit = np.where(seen.mask[..., None], seen.normals / np.maximum(length, 1e-9), [0.0, 0.0, 1.0])
    rgb = np.round((unit + 1) * 127.5).astype(np.uint8)
    return Image.fromarray(rgb), {"normal": "RGB = 127.5 (n + 1), n to the right, up and towards the eye"}


def _part_map(body: FreeBody, vertices: Tensor, view: View) -> tuple[Image.Image, dict[str, str]]:
    """Each face has the part that most of its corners have, so no colour is a mixture."""
    part = body.parts[body.faces].mode(dim=1).values.double().numpy()
    corners = view.project(vertices)[body.faces.numpy()].reshape(-1, 3)  # none shared, so that each has its own part
    faces = np.arange(len(corners)).reshape(-1, 3)
    mask, found = rasterise(corners, faces, np.repeat(part, 3)[:, None], view.size)
    palette = np.array(list(PART_COLOURS.values()), np.uint8)
    rgb = np.where(mask[..., None], palette[np.round(found[..., 0]).astype(int)], 0).astype(np.uint8)
    legend = " ".join(f"{name}=#{r:02x}{g:02x}{b:02x}" for name, (r, g, b) in PART_COLOURS.items())
    return Image.fromarray(rgb), {"legend": legend}


def _skeleton_map(points: np.ndarray, seen: _Seen, view: View) -> tuple[Image.Image, dict[str, str]]:
    width, height = view.size
    projected = view.project(points)
    shown = [name not in _FACE or not _hidden(point, seen) for name, point in zip(COCO18, projected, strict=True)]
    places = projected[:, :2] * _SMOOTH
    radius = max(1.0, _THICKNESS * min(width, height)) * _SMOOTH
    canvas = (width * _SMOOTH, height * _SMOOTH)
    picture = Image.new("RGB", canvas)
    draw = ImageDraw.Draw(picture)
    for (start, end), colour in zip(LIMBS, COLOURS, strict=False):
        if shown[start] and shown[end]:
            dim = tuple(int(_LIMB_SHADE * part) for part in colour)
            draw.polygon(_ellipse(places[start], places[end], radius), fill=dim)
    for (x, y), colour, is_shown in zip(places, COLOURS, shown, strict=True):
        if is_shown:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    said = " ".join(
        f"{name}={x:.1f},{y:.1f}" for name, (x, y, _), ok in zip(COCO18, projected, shown, strict=True) if ok
    )
    return picture.resize((width, height), Image.Resampling.BOX), {"keypoints": said}


def _hidden(point: np.ndarray, seen: _Seen) -> bool:
    height, width = seen.mask.shape
    x, y = int(np.floor(point[0])), int(np.floor(point[1]))
    if not (0 <= x < width and 0 <= y < height and seen.mask[y, x]):
        return False
    return bool(1 / point[2] - 1 / seen.nearness[y, x] > _HIDDEN)


def _ellipse(start: np.ndarray, end: np.ndarray, radius: float) -> list[tuple[float, float]]:
    """A limb as OpenPose draws it: an ellipse from joint to joint."""
    middle, along = (start + end) / 2, (end - start) / 2
    length = float(np.linalg.norm(along))
    across = np.array([-along[1], along[0]]) / max(length, 1e-9) * radius
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    outline = middle + np.cos(turn)[:, None] * along + np.sin(turn)[:, None] * across
    return [(float(x), float(y)) for x, y in outline]

"""The posed body as a layer over the photo that it was read from."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

MAX_SIDE = 640
"""Pixels of a layer's longer side; it is scaled up over a larger photo."""

_LIGHT = np.array([-0.4, 0.6, 0.7]) / np.linalg.norm([-0.4, 0.6, 0.7])
_DARKEST, _BRIGHTEST = 70, 250


def body_layer(
    vertices: np.ndarray, faces: np.ndarray, camera: tuple[float, float, float], size: tuple[int, int]
) -> Image.Image:
    """A shaded body where the camera sees it, transparent around it.

    Args:
        vertices: [V, 3] metres, x to the right of the photo, Y up, z toward the camera.
        faces: [F, 3] corners, counter-clockwise from outside.
        camera: scale, x and y in pixels: a point is drawn at ``scale * (x, -y) + (x, y)``.
        size: width and height of the photo in pixels.

    Returns:
        Grey and alpha, of the photo's shape, at most :data:`MAX_SIDE` pixels a side.
    """
    shrink = min(1.0, MAX_SIDE / max(size))
    layer = Image.new("LA", (max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))))
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=-1)
    front = (normals[:, 2] > 0) & (length > 0)
    order = np.flatnonzero(front)[np.argsort(corners[front, :, 2].mean(axis=1))]  # the nearest last
    shades = np.clip(normals[order] @ _LIGHT / length[order], 0, 1) * (_BRIGHTEST - _DARKEST) + _DARKEST
    scale, x, y = camera
    pixels = (corners[order, :, :2] * np.array([scale, -scale]) + np.array([x, y])) * shrink
    draw = ImageDraw.Draw(layer)
    for triangle, shade in zip(pixels.reshape(-1, 6).tolist(), shades.astype(int).tolist(), strict=True):
        draw.polygon(triangle, fill=(shade, 255), outline=(shade, 255))
    return layer

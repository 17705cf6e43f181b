"""A small software renderer: a mesh in, a picture out, with no graphics library but Pillow.

For snapshots, captions beside poses and contact sheets where no GPU or display is at hand; the app draws its own.
A light mesh at 256 x 256 takes about 30 ms on one core. Axes and units are those of :mod:`unipose.body.skeleton`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from unipose.body.mesh import vertex_normals
from unipose.body.raster import rasterise
from unipose.body.views import View

SKIN = (0.88, 0.70, 0.59)
BACKGROUND = (244, 245, 247)
_INK = (40, 44, 52)
_SUPERSAMPLING = 2
# Lights in the camera's frame (right, up, towards the viewer): a key from the upper left, a fill from the right.
_KEY = np.array([-0.45, 0.60, 0.66])
_FILL = np.array([0.80, 0.10, 0.59])
_AMBIENT, _KEY_SHARE, _FILL_SHARE = 0.50, 0.56, 0.18


def render(
    vertices: Any,
    faces: Any,
    size: int | tuple[int, int] = 384,
    azimuth: float = 20.0,
    elevation: float = 12.0,
    colors: Any = None,
    background: tuple[int, int, int] = BACKGROUND,
    view: View | None = None,
) -> Image.Image:
    """Draw a mesh, framed to fit, standing on its own soft shadow.

    Args:
        vertices: [V, 3] metres, Y up.
        faces: [F, 3] indices, counter-clockwise seen from outside.
        size: pixels, one number for a square or (width, height).
        azimuth: degrees the camera stands towards +X (the left of a body facing +Z); 0 looks at its front.
        elevation: degrees the camera stands above the horizon.
        colors: [V, 3] in 0..1, or one colour [3]; skin when left out.
        background: RGB bytes.
        view: where it is seen from; ``size``, ``azimuth`` and ``elevation`` then mean nothing.

    Raises:
        ValueError: for wrong shapes or vertices that are not finite.
    """
    points, triangles = np.asarray(vertices, np.float64), np.asarray(faces, np.int64)
    if points.ndim != 2 or points.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
        raise ValueError(
            f"expected vertices [V, 3] and faces [F, 3], found {list(points.shape)} and {list(triangles.shape)}"
        )
    if not np.isfinite(points).all():
        raise ValueError("expected finite vertices, found NaN or infinity")
    paint = np.asarray(SKIN if colors is None else colors, np.float64)
    if paint.shape not in {(3,), points.shape}:
        raise ValueError(f"expected colors [3] or {list(points.shape)}, found {list(paint.shape)}")
    floor = points * [1.0, 0.0, 1.0] + [0.0, points[:, 1].min(), 0.0]
    from_above = view.axes[2, 1] > 0 if view else elevation > 0
    if view is None:
        view = View.around(np.concatenate((points, floor)) if from_above else points, azimuth, elevation, size)
    width, height = view.size
    canvas = (width * _SUPERSAMPLING, height * _SUPERSAMPLING)
    shade = _shade(points, triangles, view.axes)
    rgb = np.clip(np.broadcast_to(paint, points.shape) * shade[:, None], 0.0, 1.0)

    picture = Image.new("RGB", canvas, background)
    if from_above:
        mask, _ = rasterise(view.project(floor, _SUPERSAMPLING), triangles, np.zeros_like(points), canvas)
        soft = Image.fromarray((mask * 70).astype(np.uint8)).filter(ImageFilter.GaussianBlur(canvas[1] / 60))
        picture.paste((96, 100, 110), (0, 0), soft)
    mask, drawn = rasterise(view.project(points, _SUPERSAMPLING), triangles, rgb, canvas)
    body = Image.fromarray(np.round(drawn * 255).astype(np.uint8))
    picture.paste(body, (0, 0), Image.fromarray((mask * 255).astype(np.uint8)))
    return picture.resize((width, height), Image.Resampling.BOX)


def contact_sheet(
    images: Sequence[Image.Image], captions: Sequence[str] = (), columns: int = 4, font_size: int = 14
) -> Image.Image:
    """Pictures of one size in a grid, row by row, each above its wrapped caption.

    Raises:
        ValueError: no picture, pictures of several sizes, or another number of captions than pictures.
    """
    if not images or len({image.size for image in images}) != 1:
        raise ValueError(f"expected pictures of one size, found {sorted({i.size for i in images})}")
    if captions and len(captions) != len(images):
        raise ValueError(f"expected a caption for each of {len(images)} pictures, found {len(captions)}")
    width, height = images[0].size
    font = ImageFont.load_default(font_size)
    wrapped = [textwrap.wrap(text, max(8, int(width / (font_size * 0.52)))) for text in captions]
    text_height = max((len(lines) for lines in wrapped), default=0) * (font_size + 4) + (12 if captions else 0)
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (height + text_height)), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    for index, image in enumerate(images):
        x, y = index % columns * width, index // columns * (height + text_height)
        sheet.paste(image, (x, y))
        for line, text in enumerate(wrapped[index] if captions else []):
            draw.text((x + 8, y + height + 4 + line * (font_size + 4)), text, fill=_INK, font=font)
    return sheet


def _shade(points: np.ndarray, faces: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """[V]: Lambert's law at the vertices under a key, a fill and ambient light."""
    seen = vertex_normals(torch.tensor(points), torch.tensor(faces)).numpy() @ axes.T
    key, fill = np.clip(seen @ _KEY, 0, None), np.clip(seen @ _FILL, 0, None)
    return _AMBIENT + _KEY_SHARE * key + _FILL_SHARE * fill

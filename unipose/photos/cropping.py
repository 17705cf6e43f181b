"""A person cut out of a photo, and where each pixel came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from unipose.photos.detections import Person
from unipose.photos.layouts import SURE

ASPECT = 3 / 4
MARGIN = 0.12


@dataclass(frozen=True, eq=False)
class Crop:
    """A part of a photo, scaled alike in x and y.

    Attributes:
        image: RGB.
        corner: x, y in pixels of the photo where the crop's upper left corner is; negative past the edge.
        scale: pixels of the crop for one of the photo.
    """

    image: Image.Image
    corner: tuple[float, float]
    scale: float

    @property
    def to_crop(self) -> np.ndarray:
        """Float64 [2, 3], which takes (x, y, 1) in the photo to x, y in the crop."""
        return np.array([[self.scale, 0, -self.corner[0] * self.scale], [0, self.scale, -self.corner[1] * self.scale]])

    @property
    def to_photo(self) -> np.ndarray:
        """Float64 [2, 3], which takes (x, y, 1) in the crop to x, y in the photo."""
        return np.array([[1 / self.scale, 0, self.corner[0]], [0, 1 / self.scale, self.corner[1]]])


def person_crop(
    photo: Image.Image,
    person: Person,
    height: int = 256,
    aspect: float = ASPECT,
    margin: float = MARGIN,
    fill: Literal["mean", "mirror"] = "mean",
) -> Crop:
    """Cut a person out of a photo, the whole of them in the crop.

    Args:
        photo: upright, RGB.
        person: found in it; the crop holds their box and every keypoint that is seen in the photo.
        height: pixels of the crop.
        aspect: width of the crop over its height.
        margin: around the person on each side, in parts of their longer side.
        fill: what lies past the edge of the photo: the mean colour of what is seen, or the photo mirrored, which can
            repeat limbs.

    Raises:
        ValueError: when a number is out of range, or the box is not in the photo.
    """
    if height < 1 or not 0.1 <= aspect <= 10 or not 0 <= margin <= 5:
        raise ValueError(f"expected height >= 1, aspect 0.1 to 10, margin 0 to 5, found {height}, {aspect}, {margin}")
    left, top, right, bottom = _extent(person, photo.size)
    if right - left < 1 or bottom - top < 1:
        raise ValueError(f"the person's box {person.box} is not in the photo of {photo.width} x {photo.height} pixels")
    around = margin * max(right - left, bottom - top)
    tall = max(bottom - top + 2 * around, (right - left + 2 * around) / aspect)
    corner = ((left + right - tall * aspect) / 2, (top + bottom - tall) / 2)
    scale = height / tall
    size = (max(1, round(height * aspect)), height)
    return Crop(_cut(photo, corner, scale, size, fill), corner, scale)


def _extent(person: Person, size: tuple[int, int]) -> tuple[float, float, float, float]:
    points = person.keypoints[person.keypoints[:, 2] >= SURE, :2]
    points = points[((points >= 0) & (points <= size)).all(axis=1)]
    box = np.array(person.box).reshape(2, 2).clip(0, size)
    corners = np.concatenate([box, points])
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _cut(
    photo: Image.Image, corner: tuple[float, float], scale: float, size: tuple[int, int], fill: str
) -> Image.Image:
    """Scale first, then move by what is left: an affine transform alone would leave out pixels when it shrinks."""
    wanted = (corner[0], corner[1], corner[0] + size[0] / scale, corner[1] + size[1] / scale)
    inside = (
        max(0, int(np.floor(wanted[0])) - 2),
        max(0, int(np.floor(wanted[1])) - 2),
        min(photo.width, int(np.ceil(wanted[2])) + 2),
        min(photo.height, int(np.ceil(wanted[3])) + 2),
    )
    part = photo.convert("RGB").crop(inside)
    small = part.size
    if scale < 1:
        small = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
        part = part.resize(small, Image.Resampling.LANCZOS)
    pixels = np.asarray(part)
    step_x, step_y = small[0] / (inside[2] - inside[0]), small[1] / (inside[3] - inside[1])
    shift_x, shift_y = (corner[0] - inside[0]) * step_x, (corner[1] - inside[1]) * step_y
    colour = tuple(int(value) for value in pixels.reshape(-1, 3).mean(axis=0))
    if fill == "mirror":
        pad = int(np.ceil(max(-shift_x, -shift_y, 0, shift_x + size[0] / scale * step_x - small[0],
                              shift_y + size[1] / scale * step_y - small[1]))) + 1  # fmt: skip
        part = Image.fromarray(np.pad(pixels, ((pad, pad), (pad, pad), (0, 0)), mode="symmetric"))
        shift_x, shift_y = shift_x + pad, shift_y + pad
    data = (step_x / scale, 0, shift_x, 0, step_y / scale, shift_y)
    return part.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC, fillcolor=colour)

"""What a camera does to a scene: focus, motion, exposure, noise, and the loss of detail on the way to a file."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from tools.people.settings import HEIGHT, WIDTH


def photographed(behind: np.ndarray, person: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """The finished picture.

    Args:
        behind: uint8 [h, w, 3], the surroundings.
        person: uint8 [h, w, 4], people and what hides them, with alpha 0 or 255.

    Returns:
        RGB, :data:`~tools.people.settings.WIDTH` x :data:`~tools.people.settings.HEIGHT`.
    """
    back = Image.fromarray(behind)
    if rng.random() < 0.4:
        back = back.filter(ImageFilter.GaussianBlur(rng.uniform(1, 7)))
    picture = Image.fromarray(person)
    back.paste(picture, mask=picture.getchannel("A"))
    small = back.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    if rng.random() < 0.12:
        fewer = rng.uniform(0.3, 0.7)
        small = small.resize((int(WIDTH * fewer), int(HEIGHT * fewer)), Image.Resampling.BOX)
        small = small.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    if rng.random() < 0.25:
        small = small.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.1)))
    values = np.asarray(small, np.float32) / 255
    if rng.random() < 0.12:
        values = _moved(values, rng)
    return Image.fromarray((_developed(values, rng) * 255 + 0.5).astype(np.uint8))


def _moved(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurred along a line of a few pixels."""
    angle, length = rng.uniform(0, np.pi), rng.uniform(1.5, 4)
    steps = np.linspace(-length / 2, length / 2, 5)
    shifts = [(round(float(step * np.sin(angle))), round(float(step * np.cos(angle)))) for step in steps]
    padded = np.pad(values, ((4, 4), (4, 4), (0, 0)), mode="edge")
    parts = [padded[4 + down : 4 + down + HEIGHT, 4 + right : 4 + right + WIDTH] for down, right in shifts]
    return np.mean(parts, axis=0)


def _developed(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, contrast, colour cast, saturation, vignette and noise."""
    metered = (rng.uniform(0.25, 0.6) / max(float(values.mean()), 0.02)) ** 0.7
    values = np.clip(values * np.clip(metered, 0.5, 3), 0, 1) ** rng.uniform(0.8, 1.2)
    if rng.random() < 0.3:
        y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
        values = values * (1 - rng.uniform(0.1, 0.4) * (x * x + y * y) / 2)[..., None]
    grey = values.mean(-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.04 else rng.uniform(0.6, 1.25)
    values = grey + (values - grey) * saturation
    values = (values - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + rng.uniform(-0.06, 0.06)
    values = values * rng.normal(1, 0.04, 3)
    spread = rng.uniform(0, 0.045) * (rng.random() < 0.7)
    return np.clip(values + rng.normal(size=values.shape) * spread, 0, 1)

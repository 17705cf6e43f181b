"""One to three lamps and the light of the surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Light:
    """Light of a scene, directions in camera axes.

    Attributes:
        directions: [3, 3], unit vectors toward each lamp; ``colours`` [3, 3], black for lamps that are off.
        above: [3], up. ``ambient_above`` and ``ambient_below`` [3], colours of light from sky and ground.
        brightness: [3], how much the background is lit.
    """

    directions: np.ndarray
    colours: np.ndarray
    above: np.ndarray
    ambient_above: np.ndarray
    ambient_below: np.ndarray
    brightness: np.ndarray


def drawn(rng: np.random.Generator, turn: np.ndarray) -> Light:
    """A light for a camera turned by ``turn`` [3, 3] (gravity to camera axes)."""
    lamps = rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15])
    directions, colours = np.zeros((3, 3)), np.zeros((3, 3))
    warmth = rng.normal() * 0.10
    exposure = rng.uniform(0.85, 1.25)
    directions[:, 1] = 1
    for lamp in range(lamps):
        azimuth, height = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(5, 80))
        gravity = [np.cos(height) * np.sin(azimuth), np.sin(height), np.cos(height) * np.cos(azimuth)]
        directions[lamp] = turn @ gravity
        tint = warmth + rng.normal() * 0.07
        colours[lamp] = np.array([1 + tint, 1, 1 - tint]) * rng.uniform(0.35, 0.95) / (1 + 0.6 * lamp) * exposure
    sky = rng.uniform(0.4, 0.75) * exposure
    return Light(
        directions=directions,
        colours=np.clip(colours, 0, None),
        above=turn @ [0.0, 1.0, 0.0],
        ambient_above=sky * np.array([1 - warmth * 0.5, 1, 1 + warmth * 0.5]),
        ambient_below=sky * rng.uniform(0.35, 0.8) * np.array([1 + warmth, 1, 1 - warmth]),
        brightness=np.array([1 + warmth * 0.6, 1, 1 - warmth * 0.6]) * exposure * rng.uniform(0.75, 1.25),
    )

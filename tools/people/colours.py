"""Colours of cloth, skin, hair and walls, RGB 0 to 1."""

from __future__ import annotations

import colorsys

import numpy as np

from tools.people.settings import Ranges

# From light to dark; any mixture of two neighbours occurs.
_SKIN = np.array(
    [
        [0.95, 0.80, 0.72],
        [0.89, 0.70, 0.58],
        [0.78, 0.57, 0.43],
        [0.62, 0.42, 0.30],
        [0.42, 0.27, 0.19],
        [0.25, 0.16, 0.12],
    ]
)
_HAIR = np.array(
    [
        [0.05, 0.04, 0.04],  # black
        [0.13, 0.08, 0.05],
        [0.28, 0.17, 0.09],
        [0.50, 0.33, 0.16],
        [0.78, 0.63, 0.38],  # fair
        [0.42, 0.16, 0.07],  # red
        [0.62, 0.61, 0.60],  # grey
    ]
)
_HAIR_SHARES = (0.28, 0.24, 0.18, 0.1, 0.08, 0.05, 0.07)


def painted(rng: np.random.Generator, ranges: Ranges) -> np.ndarray:
    """A colour of the palette [3]; a third are near grey, black or white."""
    low, high = ranges.hues[rng.integers(len(ranges.hues))]
    plain = rng.random() < 0.35
    saturation = rng.uniform(0, 0.12) if plain else rng.uniform(0.2, 0.9)
    value = rng.choice([rng.uniform(0.05, 0.25), rng.uniform(0.3, 0.7), rng.uniform(0.75, 0.95)])
    return np.array(colorsys.hsv_to_rgb(rng.uniform(low, high), saturation, value))


def skin(rng: np.random.Generator) -> np.ndarray:
    """A skin tone [3]."""
    return np.clip(_between(_SKIN, rng) * rng.normal(1, 0.03, 3), 0, 1)


def hair(rng: np.random.Generator, ranges: Ranges) -> np.ndarray:
    """A hair colour [3]; one in twenty-five is dyed."""
    if rng.random() < 0.04:
        return painted(rng, ranges)
    return np.clip(_HAIR[rng.choice(len(_HAIR), p=_HAIR_SHARES)] * rng.uniform(0.8, 1.25), 0, 1)


def _between(table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    place = rng.uniform(0, len(table) - 1)
    row = min(int(place), len(table) - 2)
    return table[row] + (place - row) * (table[row + 1] - table[row])

"""The one difference between training and held-out pictures: which ranges chance may choose from.

Patterns (but plain) and colours of cloth, textures of walls and floors, the distance of the camera, and how far it
leans where it leans, never agree; rooms and open fields occur in both, other backgrounds in one alone. Skin, light,
faults of the lens, and the yaw and pitch of the camera are drawn alike.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 144, 192
"""Pixels of a picture: an upright crop of one person, 3:4."""


@dataclass(frozen=True)
class Ranges:
    """What may occur.

    Attributes:
        patterns: kinds of cloth pattern, as numbered in ``shaders/person.frag``; 0 is plain.
        hues: bands of 0..1 that the colours of clothes and walls fall in.
        backdrops: kinds of background, as numbered in ``shaders/backdrop.frag``.
        walls, floors: kinds of wall and floor texture there.
        distances: bands of metres between camera and person.
        roll: degrees, most that the camera leans.
    """

    patterns: tuple[int, ...]
    hues: tuple[tuple[float, float], ...]
    backdrops: tuple[int, ...]
    walls: tuple[int, ...]
    floors: tuple[int, ...]
    distances: tuple[tuple[float, float], ...]
    roll: tuple[float, float]


TRAIN = Ranges(
    patterns=(0, 0, 0, 1, 2, 3, 4, 6, 7, 8, 12),
    hues=((0.0, 0.11), (0.16, 0.42), (0.5, 0.8), (0.88, 1.0)),
    backdrops=(0, 1, 1, 1, 2, 2, 3, 4, 5, 6),
    walls=(0, 1, 2, 3),
    floors=(0, 1, 2, 3),
    distances=((2.2, 6.5),),
    roll=(0.0, 6.0),
)
HELD_OUT = Ranges(
    patterns=(0, 5, 9, 10, 11),
    hues=((0.11, 0.16), (0.42, 0.5), (0.8, 0.88)),
    backdrops=(1, 1, 2, 7, 8),
    walls=(4, 5, 6, 7),
    floors=(6, 7),
    distances=((2.0, 2.2), (6.5, 8.0)),
    roll=(6.0, 9.0),
)

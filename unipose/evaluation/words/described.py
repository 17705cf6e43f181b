"""Many poses and what the pose language says of each: the material of most figures."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.language.captions import Caption
from unipose.language.choosing.plan import LEVELS, Planner
from unipose.language.measuring.registry import Registry
from unipose.language.writing.describer import Describer
from unipose.language.writing.styles import REGISTERS, VIEWPOINTS
from unipose.language.writing.writer import Writer

_AT_ONCE = 1024  # poses measured together
PARTS = ("left_arm", "right_leg", "arms", "legs", "trunk", "head")


@dataclass(frozen=True, eq=False)
class Described:
    """Poses and a text about each.

    Attributes:
        rotations: [N, 22, 3, 3].
        values: [N, M] measures.
        captions: N texts with their statements.
    """

    rotations: Tensor
    values: Tensor
    captions: list[Caption]


def measured(rotations: Tensor) -> Tensor:
    """Measures [N, M] of poses [N, 22, 3, 3], some at a time so that memory stays small."""
    registry = Registry.load()
    return torch.cat([registry.measure_poses(part) for part in rotations.split(_AT_ONCE)])


def describe(
    rotations: Tensor, seed: int, levels: Sequence[int] = range(len(LEVELS)), plain: bool = False
) -> Described:
    """Describe poses [N, 22, 3, 3]: every level in turn, each in a register and from a viewpoint drawn by chance.

    Every seventh text is about one part of the body only. ``plain`` texts are whole, in the plain register, from the
    subject's viewpoint.
    """
    registry, rng, describer = Registry.load(), random.Random(seed), _describer()
    captions: list[Caption] = []
    values = measured(rotations)
    for part in values.split(_AT_ONCE):
        for row, margins in zip(part, registry.margins(part).numpy(), strict=True):
            turn = len(captions)
            level = levels[turn % len(levels)]
            if plain:
                captions.append(describer.describe(row, rng, level, margins=margins))
                continue
            style = rng.choice(REGISTERS), rng.choice(VIEWPOINTS), rng.choice(PARTS) if turn % 7 == 0 else None
            captions.append(describer.describe(row, rng, level, *style, margins=margins))
    return Described(rotations, values, captions)


@functools.cache
def _describer() -> Describer:
    return Describer(Writer(Registry.load()), Planner(Registry.load()))

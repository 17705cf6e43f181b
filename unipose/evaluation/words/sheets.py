"""Contact sheets: poses of the lexicon, and captioned poses, rendered side by side for people to look at."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from unipose.body.mesh import FreeBody
from unipose.body.pose import face_forward
from unipose.body.prior import PosePrior
from unipose.body.render import SKIN, contact_sheet, render
from unipose.data.sources import find_poses, load_poses
from unipose.language.choosing.plan import Planner
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import Entry, load_lexicon
from unipose.language.measuring.registry import Registry
from unipose.language.solving.solver import Solver
from unipose.language.writing.describer import Describer
from unipose.language.writing.writer import Writer

_MISSED = (0.80, 0.36, 0.34)  # a named pose that was not reached is painted so


def entries(names: Sequence[str]) -> list[Entry]:
    """The lexicon's entries of the given ids (with or without their side) or fields; all without names.

    Raises:
        ValueError: when a name is neither.
    """
    every = load_lexicon()
    known = {entry.field for entry in every} | {entry.wording_id for entry in every}
    unknown = sorted(set(names) - known)
    if unknown:
        fields = sorted({entry.field for entry in every})
        raise ValueError(f"the lexicon has no {', '.join(unknown)}; its fields are {', '.join(fields)}")
    return [entry for entry in every if not names or {entry.field, entry.wording_id} & set(names)]


def lexicon_sheet(chosen: Sequence[Entry], each: int = 1, seed: int = 0, size: int = 220) -> Image.Image:
    """Named poses as the solver finds them, ``each`` of every entry, alternately left and right where they have sides.

    One that was not reached is painted red.
    """
    names = [
        entry.id.replace("{side}", ("left", "right")[(number + turn) % 2])
        for number, entry in enumerate(chosen)
        for turn in range(each)
    ]
    found = Solver.load().solve([[Statement(name)] for name in names], generator=torch.Generator().manual_seed(seed))
    colors = [SKIN if solved else _MISSED for solved in found.solved]
    return _sheet(found.rotations, [name.replace("_", " ") for name in names], colors, size)


def caption_sheet(rotations: Tensor, level: int = 1, seed: int = 0, size: int = 260) -> Image.Image:
    """Poses [N, 22, 3, 3] above what the pose language says of them."""
    registry, rng = Registry.load(), random.Random(seed)
    writer = Writer(registry)
    describer = Describer(writer, Planner(registry))
    values = registry.measure_poses(rotations)
    texts = [describer.describe(row, rng, level).text for row in values]
    return _sheet(rotations, texts, [SKIN] * len(texts), size)


def captured(folder: Path, count: int, seed: int = 0) -> Tensor:
    """Poses [count, 22, 3, 3] of held-out people, from the most diverse of a collection.

    Raises:
        ValueError: the folder holds no pose collection.
    """
    bank = load_poses(find_poses(folder), "val")
    diverse = bank.rotations[bank.tier <= 2]
    order = torch.randperm(len(diverse), generator=torch.Generator().manual_seed(seed))
    return diverse[order[:count]]


def sampled(count: int, seed: int = 0) -> Tensor:
    """Poses [count, 22, 3, 3] drawn from the shipped prior, for when no captured ones are at hand."""
    return PosePrior.load().sample(count, torch.Generator().manual_seed(seed))


def _sheet(
    rotations: Tensor, texts: Sequence[str], colors: Sequence[tuple[float, float, float]], size: int
) -> Image.Image:
    body = FreeBody.load("light")
    vertices = body.vertices(face_forward(rotations))
    pictures = [
        render(each, body.faces, size, azimuth=25, colors=color) for each, color in zip(vertices, colors, strict=True)
    ]
    return contact_sheet(pictures, texts, columns=8, font_size=12)

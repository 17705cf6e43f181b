"""What a name usually looks like: poses that somebody looked at, where searching for one alone may end anywhere.

A recipe (``archetypes/*.yaml``, see the README there) says what is typical of a name beyond its rule. The solver makes
poses of it beforehand (``tools/solve_archetypes.py``), and those that look right are kept in ``archetypes.npz``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import torch
from torch import Tensor

from unipose.body import packing
from unipose.body.skeleton import JOINT_NAMES, mirror_rotations
from unipose.language.items import Amount, Item, unspell
from unipose.language.measuring.lexicon import each_side
from unipose.language.measuring.registry import read_folder

FOLDER = "archetypes"
_KEYS = {"all", "within", "seed", "pick"}


@dataclass(frozen=True)
class Recipe:
    """What is typical of a name.

    Attributes:
        typical: what holds beside the name's own rule.
        seed: of the solver's tries.
        pick: which of the tries, the most natural first, are kept, the best first.
    """

    typical: tuple[Item, ...]
    seed: int
    pick: tuple[int, ...]


def read_recipes() -> dict[str, Recipe]:
    """Every recipe, by the predicate it is of, in its left form where it has sides.

    Raises:
        ValueError: a recipe has unknown keys, or two files have the same name.
    """
    return {name: _recipe(name, raw or {}) for name, raw in read_folder(FOLDER).items()}


def _recipe(name: str, raw: Mapping[str, Any]) -> Recipe:
    if unknown := sorted(set(raw) - _KEYS):
        raise ValueError(f"archetypes, {name}: a recipe has {sorted(_KEYS)}; unknown here: {unknown}")
    typical = [unspell(said) for said in raw.get("all", ())]
    for measure, (lo, hi) in each_side(raw.get("within", {})):
        edges = -float("inf") if lo is None else float(lo), float("inf") if hi is None else float(hi)
        typical.append(Amount(measure, *edges))
    return Recipe(tuple(typical), int(raw.get("seed", 0)), tuple(raw.get("pick", (0,))))


class Archetypes:
    """The poses that were kept.

    Args:
        poses: [N, 22, 3, 3] by the predicate, in its left form where it has sides.
    """

    def __init__(self, poses: Mapping[str, Tensor]) -> None:
        self._poses = poses

    @staticmethod
    @functools.cache
    def load() -> Archetypes:
        """Those of this package; read once, then shared."""
        content = resources.files("unipose.language").joinpath(f"{FOLDER}.npz").read_bytes()
        return Archetypes(packing.read(content))

    def of(self, predicate: str) -> Tensor:
        """Poses [N, 22, 3, 3] of a predicate, the best first; none of most. Where the side is open, the left."""
        if predicate.startswith("right_"):
            return mirror_rotations(self.of("left_" + predicate.removeprefix("right_")))
        left = "left_" + predicate.removeprefix("either_") if predicate.startswith("either_") else predicate
        return self._poses.get(left, torch.empty(0, len(JOINT_NAMES), 3, 3))

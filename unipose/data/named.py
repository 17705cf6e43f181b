"""Poses of the lexicon's entries, by name: what a request by name may be answered with.

``tools/solve_lexicon.py`` makes them: captured poses that are an entry and poses found by the solver, in one ``.npz``
with an array float16 [N, 22, 3, 3] for each entry, in its left form where it has sides.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.skeleton import JOINT_NAMES, mirror_rotations
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import Registry


def read_named(path: str | Path) -> dict[str, Tensor]:
    """Entry id to rotations float32 [N, 22, 3, 3].

    Raises:
        ValueError: when the file is missing, or an array has another shape or numbers that are not finite.
    """
    if not Path(path).is_file():
        raise ValueError(f"no poses of named entries at '{path}'; make them with tools/solve_lexicon.py")
    found = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            array = archive[name].astype(np.float32)
            if array.shape[1:] != (len(JOINT_NAMES), 3, 3) or not np.isfinite(array).all():
                raise ValueError(
                    f"'{path}': {name} has shape {array.shape}; finite [N, {len(JOINT_NAMES)}, 3, 3] is expected"
                )
            found[name] = torch.from_numpy(array)
    return found


class NamedPoses:
    """Draws names, and poses that bear them.

    Args:
        poses: as :func:`read_named` gives them; entries that the lexicon does not have (any more) are left out.
        registry: knows the names.
    """

    def __init__(self, poses: Mapping[str, Tensor], registry: Registry) -> None:
        self._of: dict[str, Tensor] = {}
        for entry in load_lexicon():
            if not len(found := poses.get(entry.id, torch.empty(0))):
                continue
            left = face_forward(found)
            right = mirror_rotations(left)
            sides = {"left": left, "right": right} if "{side}" in entry.id else {"": left}
            forms = {entry.id.format(side=side): own for side, own in sides.items()}
            forms |= {entry.either: torch.cat((left, right))} if entry.either else {}
            self._of |= {name: own for name, own in forms.items() if name in registry.index}
        self._names = list(self._of)

    def __len__(self) -> int:
        return len(self._names)

    def draw_name(self, rng: random.Random) -> str:
        """Any name, all alike."""
        return rng.choice(self._names)

    def draw_pose(self, name: str, rng: random.Random) -> Tensor:
        """A pose [22, 3, 3] of that name."""
        own = self._of[name]
        return own[rng.randrange(len(own))]

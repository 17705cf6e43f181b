"""Adapters from pose collections to one in-memory bank of poses.

The layout read here: ``poses.npz`` with ``pose_aa`` [N, 22, 3] (axis-angle, radians, Y up), ``trial``, ``tier`` and
``split`` [N] (0 train, 1 val, 2 test, by subject), and ``trials.json``, a list of trials with their ``license``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unipose.body.rotations import axis_angle_to_matrix

SPLITS = ("train", "val", "test")
# Weights that ship are trained on these only: share-alike licences would bind the weights.
SHIPPABLE_LICENSES = ("CMU", "CC0", "BSD")


@dataclass(frozen=True)
class PoseBank:
    """Poses of one split.

    Attributes:
        rotations: float32 [N, 22, 3, 3], local; the heading of the capture is kept.
        tier: int64 [N], diversity level; ``tier <= 2`` are at least 5 cm apart.
        trial: int64 [N], the recording each pose comes from.
        licenses: how many poses came under which licence.
    """

    rotations: Tensor
    tier: Tensor
    trial: Tensor
    licenses: dict[str, int]

    def __len__(self) -> int:
        return len(self.rotations)

    def subset(self, keep: Tensor) -> PoseBank:
        """The poses at the indices or under the mask ``keep`` [N]."""
        return PoseBank(self.rotations[keep], self.tier[keep], self.trial[keep], self.licenses)


def find_poses(folder: str | Path | None = None) -> Path:
    """Where the pose collection is: ``folder``, else the variable ``UNIPOSE_DATA``, ``data`` or ``../shared/data``.

    Raises:
        ValueError: naming the places searched.
    """
    named = folder or os.environ.get("UNIPOSE_DATA")
    places = [Path(named)] if named else [Path("data"), Path("../shared/data")]
    for place in places:
        if (place / "poses.npz").is_file():
            return place
    searched = " or ".join(f"'{place}'" for place in places)
    raise ValueError(f"no poses.npz in {searched}; name the folder of the pose collection")


def load_poses(folder: str | Path, split: str, shippable_only: bool = True) -> PoseBank:
    """Read one split of a pose collection.

    Args:
        folder: where ``poses.npz`` and ``trials.json`` are.
        split: "train", "val" or "test".
        shippable_only: leave out rows whose licence would bind weights trained on them.

    Raises:
        ValueError: unknown split, files or keys missing, or nothing left.
    """
    folder = Path(folder)
    if split not in SPLITS:
        raise ValueError(f"split is one of {', '.join(SPLITS)}, found {split!r}")
    missing = [name for name in ("poses.npz", "trials.json") if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"no {' and '.join(missing)} in '{folder}'; name the folder of the pose collection")
    with np.load(folder / "poses.npz", allow_pickle=False) as archive:
        absent = {"pose_aa", "trial", "tier", "split"} - set(archive.files)
        if absent:
            raise ValueError(f"'{folder / 'poses.npz'}' lacks {sorted(absent)}; found {sorted(archive.files)}")
        axis_angle, trial, tier, part = (archive[k] for k in ("pose_aa", "trial", "tier", "split"))
    licence = np.array([row["license"] for row in json.loads((folder / "trials.json").read_text(encoding="utf-8"))])
    keep = part == SPLITS.index(split)
    if shippable_only:
        keep &= np.array([name.startswith(SHIPPABLE_LICENSES) for name in licence])[trial]
    if not keep.any():
        raise ValueError(f"no poses left in split {split!r} of '{folder}'")
    names, counts = np.unique(licence[trial[keep]], return_counts=True)
    return PoseBank(
        rotations=axis_angle_to_matrix(torch.from_numpy(axis_angle[keep].astype(np.float32))),
        tier=torch.from_numpy(tier[keep].astype(np.int64)),
        trial=torch.from_numpy(trial[keep].astype(np.int64)),
        licenses={str(name): int(count) for name, count in zip(names, counts, strict=True)},
    )

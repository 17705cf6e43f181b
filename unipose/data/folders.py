"""Poses of any folder, to look through: a pose collection, or files of poses in any layout that can be read.

No more are taken than asked for, so a large collection takes no more memory than a small one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose.body.archives import read_arrays
from unipose.body.files.reading import READABLE, read_poses
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES

MOST = 20_000
"""Poses taken from a folder."""
_FILES, _FRAMES = 2_000, 50  # files looked at, and poses taken of each


@dataclass(frozen=True, eq=False)
class Collected:
    """What was found in a folder.

    Attributes:
        rotations: float32 [N, 22, 3, 3].
        names: [N], what is said of each, or the name of its file.
        words: [N], more that is said of each.
        told: one sentence: how many poses of how many, and what could not be read.
    """

    rotations: Tensor
    names: tuple[str, ...]
    words: tuple[str, ...]
    told: str


def named_folder() -> Path | None:
    """The folder of the variable ``UNIPOSE_DATA``, if it is set."""
    named = os.environ.get("UNIPOSE_DATA")
    return Path(named) if named else None


def read_folder(folder: str | Path, most: int = MOST, seed: int = 0) -> Collected:
    """Poses of a folder: of ``poses.npz`` and ``trials.json`` (see :mod:`unipose.data.sources`), else of its files.

    Args:
        folder: where to look; folders in it are looked through, too.
        most: poses taken. Of a collection they are drawn, those of a lower tier first, which are more varied.
        seed: of what is drawn.

    Raises:
        ValueError: no such folder, or no pose in it that can be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"no folder at '{folder}'; name one with poses")
    if (folder / "poses.npz").is_file() and (folder / "trials.json").is_file():
        return _collection(folder, most, np.random.default_rng(seed))
    return _files(folder, most)


def _collection(folder: Path, most: int, dice: np.random.Generator) -> Collected:
    found, keys = read_arrays(folder / "poses.npz", ("pose_aa", "trial", "tier"))
    if not {"pose_aa", "trial"} <= set(found):
        raise ValueError(f"'{folder / 'poses.npz'}' lacks pose_aa or trial; found {keys}")
    poses, trial = found["pose_aa"], found["trial"].astype(np.int64)
    tier = found.get("tier", np.zeros(len(poses)))
    if poses.shape[1:] != (len(JOINT_NAMES), 3) or not len(poses) == len(trial) == len(tier) or not len(poses):
        raise ValueError(
            f"'{folder / 'poses.npz'}' needs pose_aa [N, {len(JOINT_NAMES)}, 3], found {list(poses.shape)}"
        )
    trials = _trials(folder / "trials.json")
    if trial.min() < 0 or trial.max() >= len(trials):
        raise ValueError(f"'{folder / 'trials.json'}' has {len(trials)} trials, poses speak of number {trial.max()}")
    order = np.lexsort((dice.random(len(poses)), tier))[:most]
    rotations = axis_angle_to_matrix(torch.from_numpy(poses[order].astype(np.float32)))
    if not torch.isfinite(rotations).all():
        raise ValueError(f"'{folder / 'poses.npz'}' holds numbers that are not finite")
    names, words = zip(*(trials[which] for which in trial[order]), strict=True)
    return Collected(rotations, names, words, f"{len(order):,} of {len(poses):,} poses in '{folder.name}'.")


def _trials(path: Path) -> list[tuple[str, str]]:
    """What each trial is called, and what else is said of it."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"'{path}' is not readable as JSON: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"'{path}' needs a list of trials, each an object")
    return [(_name(row), " ".join(_said(row))) for row in rows]


def _name(row: dict[str, Any]) -> str:
    return str(row.get("description") or row.get("id") or "recorded")


def _said(row: dict[str, Any]) -> Iterator[str]:
    yield str(row.get("subject_description") or "")
    captions = row.get("captions")
    for caption in captions if isinstance(captions, list) else ():
        yield str(caption.get("text", "")) if isinstance(caption, dict) else str(caption)


def _files(folder: Path, most: int) -> Collected:
    endings = {f".{each}" for each in READABLE}
    paths = [path for path in islice(folder.rglob("*"), 50 * _FILES) if path.suffix.lower() in endings]
    paths = sorted(paths)[:_FILES]
    rotations: list[Tensor] = []
    names: list[str] = []
    unread = 0
    for path in paths:
        room = most - len(rotations)
        if room <= 0:
            break
        try:
            found = read_poses(path, max_frames=min(room, _FRAMES, max(1, most // len(paths))))
        except (ValueError, OSError):
            unread += 1
            continue
        rotations += [pose.rotations for pose in found.poses]
        names += [path.stem.replace("_", " ")] * len(found.poses)
    if not rotations:
        kinds = ", ".join(sorted(endings))
        raise ValueError(f"no pose that can be read in '{folder}'; it needs files of {kinds}, {unread} were tried")
    told = f"{_many(len(rotations), 'pose')} of {_many(len(paths) - unread, 'file')} in '{folder.name}'."
    told += f" {_many(unread, 'file')} could not be read." if unread else ""
    return Collected(torch.stack(rotations), tuple(names), ("",) * len(names), told)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"

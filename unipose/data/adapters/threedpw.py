"""3DPW: people outdoors, with SMPL poses from inertial sensors and a moving camera (von Marcard et al., ECCV 2018).

Layout::

    3DPW/
      sequenceFiles/{train,validation,test}/<sequence>.pkl     Python 2 pickles, read without running them
      imageFiles/<sequence>/image_00000.jpg                    may be missing

Keys read, lists over P actors, of T pictures (30 a second):

- ``poses``: P arrays [T, 72], axis-angle, radians, joint 0 in the world's axes.
- ``cam_poses`` [T, 4, 4]: world to camera. ``campose_valid``: P arrays [T], whether the camera fits this actor there.
- ``betas``: P arrays [10 or more]; the first 10 are read.
- ``poses2d`` (``poses2D`` in the readme), if there: P arrays [T, 3, 18], rows x, y (pixels) and confidence.

Axes: the world has Y up and stays as it is; the camera has X right, Y down, Z forward and is turned by half a turn
about X, so that who stands upright before a level camera stands along +Y, and who faces it faces +Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose.data.adapters import checks
from unipose.data.adapters.keypoints import to_coco
from unipose.data.adapters.labelled import CAMERA, Y_UP, Labelled, body_rotations
from unipose.data.adapters.pickles import read_table

NAME = "3dpw"
LICENCE = "3DPW terms: non-commercial research"
SPLITS = {"train": "train", "validation": "val", "test": "test"}


def recognises(folder: Path) -> bool:
    """Whether the folder of sequences is there."""
    return (folder / "sequenceFiles").is_dir()


def read(folder: str | Path, axes: str = "world", every: int = 1, only_aligned: bool = True) -> Iterator[Labelled]:
    """Actors of every sequence, one after another.

    Args:
        folder: 3DPW.
        axes: "world" keeps bodies upright as gravity has it; "camera" turns them as the picture shows them.
        every: one picture of so many.
        only_aligned: leave out moments where the camera does not fit the actor, as evaluations do.

    Raises:
        ValueError: no folder, nothing in it, or (while reading) a file that is not as documented.
    """
    place = checks.existing_folder(folder)
    checks.axes_of(axes)
    checks.stride(every)
    files = checks.find_files(place, [f"sequenceFiles/{name}/*.pkl" for name in SPLITS], "3DPW sequence")
    return (item for path in files for item in _items(place, path, axes, every, only_aligned))


def _items(place: Path, path: Path, axes: str, every: int, only_aligned: bool) -> Iterator[Labelled]:
    content = read_table(path)
    actors = _actors(content, ("poses",), path)
    valid, betas = (_actors(content, (name,), path, len(actors)) for name in ("campose_valid", "betas"))
    flat = (
        _actors(content, ("poses2d", "poses2D"), path, len(actors)) if {"poses2d", "poses2D"} & content.keys() else None
    )
    pictures = place / "imageFiles" / path.stem
    has_pictures = pictures.is_dir()
    for actor, found in enumerate(actors):
        poses = checks.numbers(found, (None, 72), f"poses[{actor}]", path)
        count = len(poses)
        aligned = checks.numbers(valid[actor], (count,), f"campose_valid[{actor}]", path) > 0
        cameras = checks.numbers(checks.take(content, ("cam_poses",), path), (count, 4, 4), "cam_poses", path)
        shape = checks.numbers(betas[actor], (None,), f"betas[{actor}]", path, flatten=True)[:10]
        points = None if flat is None else _points(flat[actor], count, f"poses2d[{actor}]", path)
        rows = np.arange(0, count, every)
        rows = rows[aligned[rows]] if only_aligned else rows
        turn = Y_UP if axes == "world" else CAMERA @ torch.from_numpy(cameras[rows, :3, :3])
        for row, rotations in zip(rows, body_rotations(poses[rows], turn, path), strict=True):
            yield Labelled(
                dataset=NAME,
                key=f"{path.stem}/{actor}:{row}",
                recording=f"{path.stem}/{actor}",
                subject=f"{path.stem}/{actor}",
                split=SPLITS[path.parent.name],
                licence=LICENCE,
                rotations=rotations,
                image=pictures / f"image_{row:05d}.jpg" if has_pictures else None,
                keypoints=None if points is None else points[row],
                betas=torch.from_numpy(shape).float(),
            )


def _actors(content: dict[str, Any], names: tuple[str, ...], path: Path, count: int | None = None) -> list[Any]:
    found = checks.take(content, names, path)
    if not isinstance(found, list | tuple) or not found or count not in (None, len(found)):
        wanted = "actors" if count is None else f"{count} actors"
        held = f"{len(found)}" if isinstance(found, list | tuple) else f"a {type(found).__name__}"
        raise ValueError(f"'{path}' needs '{names[0]}' as a list over {wanted}, found {held}")
    return list(found)


def _points(found: Any, count: int, name: str, path: Path) -> Tensor:
    points = checks.numbers(found, (count, 3, 18), name, path)
    return to_coco(points.transpose(0, 2, 1), "openpose")

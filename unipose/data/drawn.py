"""The labels of drawn pictures of people, one archive a folder; ``tools/people`` writes such folders.

A folder in the layout of :mod:`unipose.data.pictures`, with an archive ``labels.npz`` that also has, for N pictures:

``keypoints_2d``
    float [N, 27, 3]: x and y in pixels of the picture, y down, and 1 where the keypoint is visible, else 0.
``keypoints_3d``
    float [N, 27, 3]: metres around the middle of the hips, as the camera sees them.
``camera``
    float [N, 3]: scale, and x and y in pixels of the pelvis: (x, y) in metres stands at ``scale * (x, -y) + (x, y)``.

Pictures are of one person each, higher than wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unipose.body.cameras import STATURE
from unipose.body.rotations import axis_angle_to_matrix
from unipose.data.projected import Rig, detect
from unipose.data.sources import SPLITS

_KEYS = ("image", "split", "pose_aa", "keypoints_2d", "keypoints_3d", "camera")


@dataclass(frozen=True, eq=False)
class Drawn:
    """The labels of one split; the pictures themselves are opened by whoever needs them.

    Attributes:
        files: N pictures.
        rotations: float32 [N, 22, 3, 3] as the camera sees them.
        marks, points, camera: ``keypoints_2d``, ``keypoints_3d`` and ``camera``, float32.
    """

    files: tuple[Path, ...]
    rotations: Tensor
    marks: Tensor
    points: Tensor
    camera: Tensor

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def read(cls, folder: str | Path, split: str) -> Drawn:
        """Read the labels of a folder.

        Args:
            folder: in the layout of this module.
            split: "train", "val" or "test".

        Raises:
            ValueError: no such split, no labels, arrays missing, or an empty split.
        """
        folder, path = Path(folder), Path(folder) / "labels.npz"
        if split not in SPLITS:
            raise ValueError(f"split is one of {', '.join(SPLITS)}, found {split!r}")
        if not path.is_file():
            raise ValueError(f"no labels.npz in '{folder}'; make pictures with tools/people")
        with np.load(path, allow_pickle=False) as archive:
            if missing := sorted(set(_KEYS) - set(archive.files)):
                raise ValueError(f"'{path}' lacks {missing}; found {sorted(archive.files)}")
            names, splits, *arrays = (archive[name] for name in _KEYS)
        rows = np.flatnonzero(splits == split)
        if not len(rows):
            raise ValueError(f"no pictures in '{folder}' are in split {split!r}; found {sorted(set(splits))}")
        vectors, marks, points, camera = (torch.from_numpy(array[rows].astype(np.float32)) for array in arrays)
        files = tuple(folder / str(name) for name in names[rows])
        return cls(files, axis_angle_to_matrix(vectors), marks, points, camera)

    def at(self, rows: Sequence[int]) -> Drawn:
        """Some of the pictures."""
        files = tuple(self.files[row] for row in rows)
        return Drawn(files, *(each[rows] for each in (self.rotations, self.marks, self.points, self.camera)))

    @property
    def tall(self) -> Tensor:
        """Pixels that each person would measure standing: [N, 1, 1]."""
        return self.camera[:, None, :1] * STATURE

    def detect(self, generator: torch.Generator, rig: Rig | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """What a detector makes of everybody, see :func:`unipose.data.projected.detect`."""
        return detect(self.marks[..., :2] / self.tall, self.points, self.marks[..., 2] < 0.5, generator, rig)

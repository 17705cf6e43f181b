"""Files of many named poses: axis-angle in 16 bits, a ten-thousandth of a radian apart."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from os import PathLike

import numpy as np
import torch
from torch import Tensor

from unipose.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from unipose.body.skeleton import JOINT_NAMES

_STEPS = 32767  # from none to half a turn


def pack(rotations: Tensor) -> np.ndarray:
    """Rotations [N, 22, 3, 3] to int16 [N, 22, 3]: axis-angle, half a turn being 32767."""
    return np.round(matrix_to_axis_angle(rotations.double()).numpy() / math.pi * _STEPS).astype(np.int16)


def unpack(packed: np.ndarray) -> Tensor:
    """What :func:`pack` made to rotations float32 [N, 22, 3, 3]."""
    return axis_angle_to_matrix(torch.from_numpy(packed.astype(np.float64) * (math.pi / _STEPS))).float()


def write(poses: Mapping[str, Tensor], path: str | PathLike[str]) -> None:
    """Write poses, rotations [N, 22, 3, 3] by their names, to an ``.npz`` file."""
    np.savez_compressed(
        path,
        ids=np.array(list(poses)),
        counts=np.array([len(own) for own in poses.values()], np.int16),
        poses=pack(torch.cat(list(poses.values()))),
    )


def read(content: bytes) -> dict[str, Tensor]:
    """Name to rotations float32 [N, 22, 3, 3], from the content of a file that :func:`write` made.

    Raises:
        ValueError: arrays of other shapes, or counts that do not add up.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        ids, counts, poses = (archive[name] for name in ("ids", "counts", "poses"))
    if poses.shape[1:] != (len(JOINT_NAMES), 3) or len(ids) != len(counts) or counts.sum() != len(poses):
        raise ValueError(
            f"{len(ids)} names with {counts.sum()} poses need poses [{counts.sum()}, {len(JOINT_NAMES)}, 3], "
            f"found {list(poses.shape)}; make the file anew with the script that wrote it"
        )
    return dict(zip(ids.tolist(), unpack(poses).split(counts.tolist()), strict=True))

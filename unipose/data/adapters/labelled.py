"""The one value every adapter yields, and the turn from each dataset's axes to the project's.

Project convention (:mod:`unipose.body.skeleton`): right-handed, Y up, metres and radians, 22 local rotation matrices;
the zero pose faces +Z and the body's left is +X. Only joint 0, the orientation of the body, depends on the axes of a
dataset, so turning that one matrix converts a pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import roma
import torch
from torch import Tensor

from unipose.body.pose import NUM_JOINTS
from unipose.body.rotations import axis_angle_to_matrix

SPLITS = ("train", "val", "test", "")
NUM_KEYPOINTS = 17

Y_UP = torch.eye(3, dtype=torch.float64)
"""For poses that stand along +Y already."""
Z_UP = torch.tensor([[1, 0, 0], [0, 0, 1], [0, -1, 0]], dtype=torch.float64)
"""For worlds with Z up (AMASS, Human3.6M): a turn of -90 degrees about X, which takes +Z to +Y."""
CAMERA = torch.diag(torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64))
"""For cameras with X right, Y down, Z forward: half a turn about X. Who faces the camera faces +Z afterwards."""

# No recording winds a joint this far; degrees in place of radians do, and so does a damaged file.
MAX_ANGLE = 30.0
MAX_DRIFT = 0.01


@dataclass(frozen=True, eq=False)
class Labelled:
    """One person at one moment, as a dataset labels them; what it does not label is None or empty.

    Attributes:
        dataset: name in :data:`unipose.data.adapters.table.ADAPTERS`.
        key: which item, unique in the dataset and the same on every reading.
        recording: the clip, sequence or picture; items of one recording come in order of time where it has one.
        subject: who, as far as the dataset tells; people of two datasets are not matched.
        split: "train", "val" or "test" as the dataset recommends, "" where it does not say.
        licence: a note on the terms, to be read before anything trained on the item is given away.
        rotations: float32 [22, 3, 3], local, Y up; the heading of the capture is kept.
        texts: captions of the pose, or with a partner instructions that lead from this pose to the partner.
        partner: float32 [22, 3, 3], the pose after the change the texts ask for, in the same axes.
        image: where the picture lies, if the folder of pictures is there; the file itself is not opened.
        keypoints: float32 [17, 3] in COCO order: x and y in pixels from the upper left corner, and how sure, 0 (not
            labelled) to 1.
        box: left, top, width and height in pixels.
        betas: float32 [S], shape parameters of the dataset's body model.
    """

    dataset: str
    key: str
    recording: str
    subject: str
    split: str
    licence: str
    rotations: Tensor | None = None
    texts: tuple[str, ...] = ()
    partner: Tensor | None = None
    image: Path | None = None
    keypoints: Tensor | None = None
    box: tuple[float, float, float, float] | None = None
    betas: Tensor | None = None

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise ValueError(f"{self.key}: a split is train, val, test or empty, found {self.split!r}")
        if self.partner is not None and self.rotations is None:
            raise ValueError(f"{self.key}: a partner needs the pose it starts from")
        shapes = {
            "rotations": (self.rotations, [NUM_JOINTS, 3, 3]),
            "partner": (self.partner, [NUM_JOINTS, 3, 3]),
            "keypoints": (self.keypoints, [NUM_KEYPOINTS, 3]),
        }
        for name, (value, shape) in shapes.items():
            if value is not None and (list(value.shape) != shape or value.dtype != torch.float32):
                raise ValueError(f"{self.key}: {name} are float32 {shape}, found {value.dtype} {list(value.shape)}")


def body_rotations(axis_angle: np.ndarray, turn: Tensor, where: str | Path) -> Tensor:
    """Body poses of any SMPL family to the project's convention.

    Args:
        axis_angle: [T, 66 or more] radians; the first 66 are the 22 body joints in SMPL, SMPL-H and SMPL-X alike,
            what follows (hands, jaw, eyes) is left out.
        turn: [3, 3] or [T, 3, 3], from the dataset's axes to ours: :data:`Y_UP`, :data:`Z_UP`, :data:`CAMERA` or a
            product with a camera's rotation.
        where: the file, for the error.

    Returns:
        Float32 [T, 22, 3, 3].

    Raises:
        ValueError: angles that cannot be radians, or a camera's matrix that is no rotation.
    """
    vectors = np.asarray(axis_angle[:, : NUM_JOINTS * 3], dtype=np.float64).reshape(-1, NUM_JOINTS, 3)
    most = float(np.abs(vectors).max(initial=0.0))
    if most > MAX_ANGLE:
        raise ValueError(f"'{where}' holds an angle of {most:.4g}, radians up to {MAX_ANGLE:g} are expected; degrees?")
    nearest = roma.special_procrustes(turn)  # calibrations are written with few digits
    drift = (nearest - turn).abs().max().item() if turn.numel() else 0.0
    if drift > MAX_DRIFT:
        raise ValueError(f"'{where}' needs a camera's rotation, found a matrix {drift:.3g} away from the nearest one")
    rotations = axis_angle_to_matrix(torch.from_numpy(vectors))
    rotations[:, 0] = nearest @ rotations[:, 0]
    return rotations.float()

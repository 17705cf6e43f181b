"""The pose reader: keypoints of a person, features of a picture, or both, to a pose in the tokenizer's own space.

It is one more pose-aware encoder in the mixture of section 3.2, for what detectors know. As TokenHMR's head does, it
predicts a pose as tokens: the language model is shown them as codes, of which it knows the meaning from reading poses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from unipose.model.sight import KEYPOINT_WIDTH
from unipose.model.vision_config import PoseReaderConfig

PICTURED, LOCATED = 0, 1
"""Columns of ``evidence``: there is a picture, there are keypoints."""


class Sights(NamedTuple):
    """N people as the reader is shown them; see :meth:`PoseReader.forward`."""

    features: Tensor | None
    keypoints: Tensor
    evidence: Tensor


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read of N people.

    Attributes:
        latents: float32 [N, T, code_width], in the space of the tokenizer's codebook.
        camera: float32 [N, 3], weak perspective in the frame of the picture: scale, and x and y of the pelvis,
            such that a point (x, y) in metres stands at ``scale * (x, -y) + (x, y of the pelvis)``, where the picture's
            upper and lower edge are -1 and 1. It means nothing without a picture.
    """

    latents: Tensor
    camera: Tensor


class PoseReader(nn.Module):
    """Residual layers over the joined evidence; what is missing is replaced by a learnt vector.

    Args:
        config: sizes.
        cells: of the image towers' features; 0 for a model without towers.
        channels: of a cell.
        tokens, code_width: of the pose tokenizer.
    """

    def __init__(self, config: PoseReaderConfig, cells: int, channels: int, tokens: int, code_width: int) -> None:
        super().__init__()
        width = config.hidden_size
        self.shape = (tokens, code_width)
        self.points = nn.Linear(config.num_keypoints * KEYPOINT_WIDTH, width)
        self.no_points = nn.Parameter(torch.zeros(width))
        self.no_picture = nn.Parameter(torch.zeros(width))
        if cells:
            self.cells = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, config.cell_width), nn.GELU())
            self.picture = nn.Linear(cells * config.cell_width, width)
        self.layers = nn.ModuleList(_Layer(width) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(width)
        self.pose = nn.Linear(width, tokens * code_width)
        self.camera = nn.Linear(width, 3)

    def forward(self, features: Tensor | None, keypoints: Tensor, evidence: Tensor) -> Reading:
        """Read N people.

        Args:
            features: [N, cells, channels], the image towers' side by side; None where there is no picture at all.
            keypoints: [N, K, KEYPOINT_WIDTH], see :func:`unipose.model.sight.keypoint_view`.
            evidence: bool [N, 2], see :data:`PICTURED` and :data:`LOCATED`; what is not there may be anything.
        """
        dtype = self.points.weight.dtype
        located = self.points(keypoints.to(dtype).flatten(1))
        known = torch.where(evidence[:, LOCATED, None], located, self.no_points)
        if features is None or not hasattr(self, "picture"):
            known = known + self.no_picture
        else:
            pictured = self.picture(self.cells(features.to(dtype)).flatten(1))
            known = known + torch.where(evidence[:, PICTURED, None], pictured, self.no_picture)
        for layer in self.layers:
            known = layer(known)
        known = self.norm(known)
        return Reading(self.pose(known).float().unflatten(1, self.shape), self.camera(known).float())


class _Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.down(nn.functional.gelu(self.up(self.norm(x))))

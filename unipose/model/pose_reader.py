"""The pose reader: keypoints of a person, features of a picture, or both, to a pose in the tokenizer's own space.

It is one more pose-aware encoder in the mixture of section 3.2, for what detectors know. As TokenHMR's head does, it
predicts a pose as tokens: the language model is shown them as codes, of which it knows the meaning from reading poses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from unipose.model.residual import Residual
from unipose.model.sight import KEYPOINT_WIDTH, keypoint_view
from unipose.model.vision_config import PoseReaderConfig

PICTURED, LOCATED = 0, 1
"""Columns of ``evidence``: there is a picture, there are keypoints."""
UNSURE = 0.2
"""Chance of being visible below which a keypoint that was found in a picture is taken not to be there."""


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
        marks: float32 [N, K, 3], keypoints that were found in the picture: x and y in that frame and the logit of their
            being visible; None without pictures.
    """

    latents: Tensor
    camera: Tensor
    marks: Tensor | None = None


class PoseReader(nn.Module):
    """Residual layers over the joined evidence.

    In a picture it finds keypoints itself, and reads them where no detector has found any; where there is no picture, a
    learnt vector stands for it.

    Args:
        config: sizes.
        grid: side of the square of the image towers' features; 0 for a model without towers.
        channels: of a cell, tower by tower.
        tokens, code_width: of the pose tokenizer.
    """

    def __init__(
        self, config: PoseReaderConfig, grid: int, channels: tuple[int, ...], tokens: int, code_width: int
    ) -> None:
        super().__init__()
        width = config.hidden_size
        self.shape = (tokens, code_width)
        self.channels = channels
        self.points = nn.Linear(config.num_keypoints * KEYPOINT_WIDTH, width)
        self.no_picture = nn.Parameter(torch.zeros(width))
        self.finder: _Finder | None = None
        if grid:
            # each tower by itself: one may speak far louder than the other
            self.norms = nn.ModuleList(nn.LayerNorm(each) for each in channels)
            self.finder = _Finder(grid, sum(channels), config.num_keypoints)
            self.cells = nn.Sequential(nn.Linear(sum(channels), config.cell_width), nn.GELU())
            self.picture = nn.Linear(grid * grid * config.cell_width, width)
        self.layers = nn.ModuleList(Residual(width) for _ in range(config.num_layers))
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
        pictured = evidence[:, PICTURED, None]
        marks: Tensor | None = None
        seen: Tensor = self.no_picture
        if features is not None and self.finder is not None:
            towers = zip(self.norms, features.to(dtype).split(self.channels, dim=-1), strict=True)
            cells = torch.cat([norm(tower) for norm, tower in towers], dim=-1)
            marks = self.finder(cells)
            seen = torch.where(pictured, self.picture(self.cells(cells).flatten(1)), self.no_picture)
            alone = pictured & ~evidence[:, LOCATED, None]
            keypoints = torch.where(alone[..., None], self.finder.view(marks), keypoints)
        known = seen + self.points(keypoints.to(dtype).flatten(1))
        for layer in self.layers:
            known = layer(known)
        known = self.norm(known)
        latents = self.pose(known).float().unflatten(1, self.shape)
        return Reading(latents, self.camera(known).float(), None if marks is None else marks.float())


class _Finder(nn.Module):
    """Keypoints in the image towers' features: for each a share of every cell, and its place the mean of theirs.

    Args:
        grid: side of the square of cells.
        channels: of a cell.
        count: of keypoints.
    """

    def __init__(self, grid: int, channels: int, count: int) -> None:
        super().__init__()
        self.grid = grid
        self.look = nn.Sequential(nn.Linear(channels, channels), nn.GELU(), nn.Linear(channels, 2 * count))

    def forward(self, cells: Tensor) -> Tensor:
        """Features [N, cells, channels] to :attr:`Reading.marks`."""
        where, sure = self.look(cells).float().transpose(1, 2).chunk(2, dim=1)
        shares = where.softmax(dim=-1)
        middles = (torch.arange(self.grid, device=cells.device) + 0.5) * (2.0 / self.grid) - 1.0
        rows, columns = torch.meshgrid(middles, middles, indexing="ij")
        places = torch.stack((columns, rows), dim=-1).flatten(0, 1)
        return torch.cat((shares @ places, (shares * sure).sum(-1, keepdim=True)), dim=-1)

    @staticmethod
    def view(marks: Tensor) -> Tensor:
        """As a detector's; what is hardly sure is not there."""
        sure = marks[..., 2:].sigmoid()
        return keypoint_view(torch.cat((marks[..., :2], torch.where(sure > UNSURE, sure, 0.0)), dim=-1))

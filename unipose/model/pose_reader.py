"""The pose reader: keypoints of a person, features of a picture, or both, to a pose in the tokenizer's own space.

It is one more pose-aware encoder in the mixture of section 3.2, for what detectors know. As TokenHMR's head does, it
predicts a pose as tokens: the language model is shown them as codes, of which it knows the meaning from reading poses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from unipose.model.finder import Finder, Found
from unipose.model.residual import Residual
from unipose.model.sight import KEYPOINT_WIDTH
from unipose.model.vision_config import PoseReaderConfig

PICTURED, LOCATED = 0, 1
"""Columns of ``evidence``: there is a picture, there are keypoints."""
FOUND_WIDTH = 7
"""Numbers of a found keypoint beside its view: x, y and the logit of lying in the picture, how sure, and 3D x, y, z."""


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
        found: keypoints that were found in the pictures; None without pictures.
    """

    latents: Tensor
    camera: Tensor
    found: Found | None = None


class PoseReader(nn.Module):
    """Residual layers over the joined evidence.

    In a picture it finds keypoints itself, and reads them where no detector has found any. What it sees of a picture is
    added to what is read of keypoints; it is nothing at first, so that pictures can only help.

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
        width, keypoints = config.hidden_size, config.num_keypoints
        self.shape = (tokens, code_width)
        self.channels = channels
        self.points = nn.Linear(keypoints * KEYPOINT_WIDTH, width)
        self.no_picture = nn.Parameter(torch.zeros(width))
        self.finder: Finder | None = None
        if grid:
            # each tower by itself: one may speak far louder than the other
            self.norms = nn.ModuleList(nn.LayerNorm(each) for each in channels)
            self.finder = Finder(grid, sum(channels), config.finder_size, config.finder_detail, keypoints)
            self.glance = _Glance(keypoints, sum(channels), config)
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
        return self.read(None if features is None else self.find(features), keypoints, evidence)

    def find(self, features: Tensor) -> Found | None:
        """Keypoints in the towers' features [N, cells, channels]; None from a reader without towers."""
        if self.finder is None:
            return None
        towers = zip(self.norms, features.to(self.points.weight.dtype).split(self.channels, dim=-1), strict=True)
        return self.finder(torch.cat([norm(tower) for norm, tower in towers], dim=-1))

    def read(self, found: Found | None, keypoints: Tensor, evidence: Tensor) -> Reading:
        """Read N people, of whom in pictures this was found; else as :meth:`forward`."""
        dtype = self.points.weight.dtype
        known: Tensor = self.no_picture
        if found is not None:
            pictured = evidence[:, PICTURED, None]
            view = found.view()
            known = known + torch.where(pictured, self.glance(view.to(dtype), found), 0.0)
            alone = pictured & ~evidence[:, LOCATED, None]
            keypoints = torch.where(alone[..., None], view, keypoints)
        known = known + self.points(keypoints.to(dtype).flatten(1))
        for layer in self.layers:
            known = layer(known)
        known = self.norm(known)
        latents = self.pose(known).float().unflatten(1, self.shape)
        return Reading(latents, self.camera(known).float(), found)


class _Glance(nn.Module):
    """What a picture adds: the found keypoints, where they are, and what each looks like.

    Args:
        keypoints: how many.
        channels: of the features at each.
        config: of the reader.
    """

    def __init__(self, keypoints: int, channels: int, config: PoseReaderConfig) -> None:
        super().__init__()
        size, width = config.glance_size, config.glance_width
        self.looks = nn.Linear(channels, size)
        self.join = nn.Linear(keypoints * (KEYPOINT_WIDTH + FOUND_WIDTH + size), width)
        self.layer = Residual(width)
        self.out = nn.Linear(width, config.hidden_size)
        self.scale = nn.Parameter(torch.zeros(config.hidden_size))

    def forward(self, view: Tensor, found: Found) -> Tensor:
        """The view of what was found, and that itself, to [N, hidden_size]; zeros before training."""
        marks, sure, world = (each.to(view.dtype) for each in (found.marks, found.sure[..., None], found.world))
        told = torch.cat((view, marks, sure, world, self.looks(found.looks.to(view.dtype))), dim=-1)
        return self.scale * self.out(self.layer(self.join(told.flatten(1))))

"""The finder: a person's keypoints in the image towers' features, for pictures that no detector has looked at.

Every cell of the features says how likely each keypoint lies at each of the places within it (as SimCC and ViTPose read
heat maps, Li et al. 2022, Xu et al. 2022), and where in space it would then be. What is found is the likeliest place.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from unipose.model.sight import keypoint_view

UNSURE = 0.1
"""Confidence below which a keypoint that was found in a picture is taken not to be there."""
_REACH = 2  # places around the likeliest that share in the answer


class Found(NamedTuple):
    """K keypoints of N people, in the frame of the picture, whose upper and lower edge are -1 and 1.

    Attributes:
        marks: float32 [N, K, 3], x and y, and the logit of lying in the picture at all.
        sure: float32 [N, K], 0 to 1: in the picture, and close to the place that was found.
        world: float32 [N, K, 3] metres around the middle of the hips, see :class:`unipose.model.sight.Sight`.
        looks: [N, K, C], the features at each keypoint.
        places: float32 [N, K, side * side], logits of all places, row-major.
    """

    marks: Tensor
    sure: Tensor
    world: Tensor
    looks: Tensor
    places: Tensor

    def view(self) -> Tensor:
        """As a detector's in 2D, [N, K, KEYPOINT_WIDTH]; what is hardly sure is not there.

        The landmarks are left out: they are far from as good as a detector's, of which the reader learnt to trust them.
        """
        sure = torch.where(self.sure > UNSURE, self.sure, 0.0)
        return keypoint_view(torch.cat((self.marks[..., :2], sure[..., None]), dim=-1))


class Finder(nn.Module):
    """Looks for keypoints cell by cell.

    Args:
        grid: side of the square of cells.
        channels: of a cell.
        width: of the layer between.
        detail: places along each side of a cell.
        count: of keypoints.
    """

    def __init__(self, grid: int, channels: int, width: int, detail: int, count: int) -> None:
        super().__init__()
        self.grid, self.detail, self.count = grid, detail, count
        self.look = nn.Sequential(nn.Linear(channels, width), nn.GELU())
        self.where = nn.Linear(width, count * detail**2)
        self.there = nn.Linear(width, 4 * count)  # whether it is in the picture, and where in space

    def forward(self, cells: Tensor) -> Found:
        """Features [N, cells, channels] to what is found in them."""
        seen = self.look(cells)
        grid, detail, count = self.grid, self.detail, self.count
        side = grid * detail
        places = self.where(seen).float().unflatten(2, (count, detail, detail)).unflatten(1, (grid, grid))
        places = places.permute(0, 3, 1, 4, 2, 5).flatten(2)  # N, K, grid, detail, grid, detail
        shares = places.softmax(dim=-1)
        coarse = functional.avg_pool2d(shares.unflatten(2, (side, side)), detail).flatten(2) * detail**2
        there = self.there(seen).float().unflatten(2, (count, 4))
        told = torch.einsum("nkc,nckd->nkd", coarse, there)
        place, mass = self._likeliest(shares)
        return Found(
            marks=torch.cat((place, told[..., :1]), dim=-1),
            sure=told[..., 0].sigmoid() * mass,
            world=told[..., 1:],
            looks=coarse.to(cells.dtype) @ cells,
            places=places,
        )

    def _likeliest(self, shares: Tensor) -> tuple[Tensor, Tensor]:
        """Shares [N, K, side * side] to the mean place around the likeliest [N, K, 2], and the share of it [N, K]."""
        side = self.grid * self.detail
        best = shares.argmax(-1, keepdim=True)
        steps = torch.arange(side, device=shares.device)
        rows = (steps - best // side).abs() <= _REACH
        columns = (steps - best % side).abs() <= _REACH
        near = shares.unflatten(2, (side, side)) * rows[..., None] * columns[..., None, :]
        down, across = near.sum(-1), near.sum(-2)
        mass = down.sum(-1).clamp_min(1e-6)
        middles = (steps + 0.5) * (2.0 / side) - 1.0
        return torch.stack((across @ middles, down @ middles), dim=-1) / mass[..., None], mass

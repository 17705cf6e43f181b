"""Estimates without our model: the training pose that looks most alike."""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.keypoints import keypoints
from unipose.data.projected import Rig, seen_from

_VIEWS = 8  # in which each training pose is known
_TINY = 1e-8


class NearestByKeypoints:
    """Knows training poses from several sides, and finds the one whose keypoints fall where they were seen.

    Args:
        taught: [M, 22, 3, 3], of any heading.
        seed: of the cameras.
    """

    def __init__(self, taught: Tensor, seed: int = 0) -> None:
        dice = torch.Generator().manual_seed(seed)
        self._poses = seen_from(taught.repeat(_VIEWS, 1, 1, 1), dice, Rig())
        self._flat = keypoints(self._poses)[..., :2] * torch.tensor([1.0, -1.0])

    def poses(self, points: Tensor) -> Tensor:
        """Keypoints [N, 27, 3] (pixels, y down, confidence) to poses [N, 22, 3, 3]."""
        return torch.stack([self.alike(each, 1)[0] for each in points])

    def alike(self, points: Tensor, count: int) -> Tensor:
        """The ``count`` poses [count, 22, 3, 3] that look most like keypoints [27, 3], the most alike first.

        By least squares over place and size, as sure as the keypoints are.
        """
        share = (points[:, 2] / points[:, 2].sum())[:, None]
        wanted = points[:, :2] - (share * points[:, :2]).sum(0)
        known = self._flat - (share * self._flat).sum(1, keepdim=True)
        along = (share * known * wanted).sum((1, 2)).clamp_min(0.0)
        # what is left of the wanted points' spread when these explain what they can
        explained = along.square() / (share * known.square()).sum((1, 2)).clamp_min(_TINY)
        return self._poses[explained.topk(min(count, len(explained))).indices]

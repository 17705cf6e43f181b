"""The image towers learn to find keypoints: which place of all each one is at, and where in space it then is.

A place is learnt as a class among all places (the heat maps of pose estimation since Tompson et al. 2014), which takes
a tenth of the steps that distances to a mean place take.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from unipose.body.cameras import STATURE
from unipose.data.snapshots import Shot, Snapshots, album
from unipose.model.finder import Found
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.training.objective import Figures, Objective, distance
from unipose.training.reading import Seen, pictured, share_dice, share_of

PICTURES = 40
"""Pictures a step."""
THERE_WEIGHT, SPACE_WEIGHT = 0.5, 4.0
HIDDEN = 0.5  # weight of a keypoint that something stands before, to that of a visible one
CLOSE = 0.05  # of the standing height: found closer than that counts as found
_HELD_OUT, _AT_ONCE = 512, 128


class Finding(Objective):
    """How surprised the finder is by the true places, and how far it puts keypoints in space."""

    model: UniPoseModel

    def forward(self, batch: Shot) -> tuple[Tensor, Figures]:
        """Pictures to the loss and its parts; ``space_mm`` in millimetres."""
        return placing(find(self.model, batch), batch)


class Album:
    """Pictures to learn from, and some to measure on.

    Args:
        folder: of labelled pictures (:mod:`unipose.data.drawn`).
        processor: of the model, for the sizes of its views.
        seed: of the run.

    Raises:
        ValueError: see :meth:`unipose.data.snapshots.Snapshots.load`.
    """

    def __init__(self, folder: Path, processor: UniPoseProcessor, seed: int) -> None:
        sizes: dict[str, Any] = {
            "side": processor.clip_side,
            "size": (processor.pose_height, processor.pose_width),
        }
        self._shots, self._seed = Snapshots.load(folder, "train", **sizes), seed
        self.held_out = album(folder, "val", _HELD_OUT, **sizes)

    def batch(self, step: int, share: int, shares: int) -> Shot:
        """A share of a step."""
        return self._shots.draw(share_of(PICTURES, share, shares), share_dice(self._seed, step, share, shares))

    @torch.inference_mode()
    def seen(self, model: UniPoseModel, count: int) -> Seen:
        """``count`` pictures, changed by chance as in training, and what a model's finder finds in them."""
        dice, parts = torch.Generator().manual_seed(self._seed), []
        model.eval()
        for first in range(0, count, _AT_ONCE):
            parts.append(look(model, self._shots.draw(min(_AT_ONCE, count - first), dice)))
        return Seen.join(parts)

    def measured(self, model: UniPoseModel) -> dict[str, float]:
        """Of held-out keypoints within their pictures the share that is found, and the median distance, as a share of
        the standing height; of all of them the error in space in millimetres.
        """
        shot, parts = self.held_out.to(model.device), []
        for first in range(0, len(shot), _AT_ONCE):
            parts.append(find(model, shot.at(slice(first, first + _AT_ONCE))))
        marks, world = torch.cat([part.marks for part in parts]), torch.cat([part.world for part in parts])
        away = (marks[..., :2] - shot.marks[..., :2]).norm(dim=-1) / (shot.camera[:, :1] * STATURE)
        away = away[shot.inside]
        return {
            "found": float((away < CLOSE).float().mean()),
            "place": float(away.median()),
            "space_mm": 1000 * float((world - shot.points).norm(dim=-1).mean()),
        }


def placing(found: Found, shot: Shot) -> tuple[Tensor, Figures]:
    """How far off what was found in pictures is; see :class:`Finding`."""
    weights = shot.inside * torch.where(shot.marks[..., 2] > 0.5, 1.0, HIDDEN)
    surprise = -(targets(shot.marks, found.places) * found.places.log_softmax(-1)).sum(-1)
    place = (surprise * weights).sum() / weights.sum().clamp_min(1.0)
    there = functional.binary_cross_entropy_with_logits(found.marks[..., 2], shot.inside.float())
    space = distance(found.world, shot.points)
    parts = {"place": place, "there": there, "space_mm": 1000 * space}
    told = {name: value.detach() for name, value in parts.items()}
    return place + THERE_WEIGHT * there + SPACE_WEIGHT * space, told


def find(model: UniPoseModel, shot: Shot) -> Found:
    """What the finder of a model finds in pictures."""
    assert model.vision is not None and model.pose_reader is not None  # with_eyes gave it both
    found = model.pose_reader.find(model.vision.features(shot.pixel_values, shot.pose_pixel_values))
    assert found is not None
    return found


def look(model: UniPoseModel, shot: Shot) -> Seen:
    """People in pictures as the reader is shown them, on the CPU."""
    return pictured(shot, find(model, shot.to(model.device))).to("cpu")


def targets(marks: Tensor, places: Tensor) -> Tensor:
    """Marks [N, K, 3] as shares of all places [N, K, side * side]: a bell one place wide, all zeros far outside."""
    side = round(places.shape[-1] ** 0.5)
    middles = (torch.arange(side, device=marks.device) + 0.5) * (2.0 / side) - 1.0
    across, down = (torch.exp(-0.5 * ((middles - marks[..., axis, None]) * (side / 2)).square()) for axis in (0, 1))
    bell = down[..., :, None] * across[..., None, :]
    return (bell / bell.sum((-1, -2), keepdim=True).clamp_min(1e-6)).flatten(2)

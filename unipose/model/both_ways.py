"""A person read twice, as they are and as in a mirror: what errs to one side cancels."""

from __future__ import annotations

import roma
import torch
from torch import Tensor

from unipose.body.keypoints import KEYPOINT_MIRROR
from unipose.body.skeleton import mirror_rotations

_ACROSS = [0, 3]
"""Of a keypoint's numbers (:func:`unipose.model.sight.keypoint_view`) those that say how far to the right it is."""


def both_ways(
    pixel_values: Tensor | None,
    pose_pixel_values: Tensor | None,
    keypoint_values: Tensor | None,
    evidence: Tensor | None,
) -> tuple[Tensor | None, ...]:
    """N sights, as :meth:`unipose.model.unipose.UniPoseModel.see` takes them, and behind them their mirror images."""
    ways = (_columns_mirrored, _columns_mirrored, _keypoints_mirrored, _same)
    given = (pixel_values, pose_pixel_values, keypoint_values, evidence)
    return tuple(
        None if one is None else torch.cat((one, turned(one))) for one, turned in zip(given, ways, strict=True)
    )


def _columns_mirrored(pixels: Tensor) -> Tensor:
    return pixels.flip(-1)


def _keypoints_mirrored(values: Tensor) -> Tensor:
    values = values[:, list(KEYPOINT_MIRROR)]
    values[..., _ACROSS] *= -1
    return values


def _same(evidence: Tensor) -> Tensor:
    return evidence  # a mirror shows as much


def middle(rotations: Tensor) -> Tensor:
    """The poses that were read of :func:`both_ways`, [2N, 22, 3, 3], to those halfway between: [N, 22, 3, 3]."""
    seen, mirrored = rotations.chunk(2)
    apart = roma.rotmat_to_rotvec(seen.mT @ mirror_rotations(mirrored))
    return seen @ roma.rotvec_to_rotmat(apart / 2)

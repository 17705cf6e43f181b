"""What is known of a person in a photo, as the model's encoders read it: a picture, keypoints, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SIGHT_INPUTS = ("pixel_values", "pose_pixel_values", "keypoint_values", "evidence")
"""Names of the tensors that sights become, see :meth:`unipose.model.unipose.UniPoseModel.see`."""

KEYPOINT_WIDTH = 7
"""Numbers a keypoint: place x and y, how sure, 3D landmark x, y, z, and whether there is one."""


@dataclass(frozen=True, eq=False)
class Sight:
    """A person in a photo.

    Attributes:
        picture: RGB, of the person alone where a detector says where they are; None where only keypoints are known.
        keypoints: float [K, 3], x, y in pixels (y down) and confidence 0 to 1; None where there was no detector.
        world: float [K, 3], 3D landmarks in metres around the middle of the hips, x to the right of the photo, Y up,
            z toward the camera; None without them.

    Raises:
        ValueError: when there is neither picture nor keypoints, or landmarks without keypoints.
    """

    picture: Image.Image | None = None
    keypoints: np.ndarray | None = None
    world: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.picture is None and self.keypoints is None:
            raise ValueError("found neither a picture nor keypoints; pass at least one of them")
        if self.keypoints is None and self.world is not None:
            raise ValueError("found 3D landmarks without keypoints, whose confidence says which are meant; pass both")

    @classmethod
    def of(cls, given: Any) -> Sight:
        """A sight, or a bare picture as one."""
        return given if isinstance(given, cls) else cls(picture=given)


def keypoint_view(keypoints: Tensor, world: Tensor | None = None) -> Tensor:
    """Keypoints as the reader sees them: where the person stands in the photo, and how large, is no part of it.

    Args:
        keypoints: float [..., K, 3], x, y (any unit, y down) and confidence; zero confidence is not there.
        world: float [..., K, 3] metres, see :class:`Sight`.

    Returns:
        Float32 [..., K, KEYPOINT_WIDTH]: x and y in half sides of the box around the keypoints that are there, from its
        middle, y up. Zeros where a keypoint is not there.
    """
    there = keypoints[..., 2:] > 0
    place = keypoints[..., :2] * keypoints.new_tensor([1.0, -1.0])
    infinite = torch.full_like(place, torch.inf)
    low = torch.where(there, place, infinite).amin(-2, keepdim=True)
    high = torch.where(there, place, -infinite).amax(-2, keepdim=True)
    low, high = low.nan_to_num(posinf=0.0), high.nan_to_num(neginf=0.0)
    half = (high - low).amax(-1, keepdim=True).clamp_min(1e-6) / 2
    placed = ((place - (low + high) / 2) / half).float()
    if world is None:
        lifted = placed.new_zeros(*placed.shape[:-1], 4)
    else:
        lifted = torch.cat((world.float(), torch.ones_like(placed[..., :1])), dim=-1)
    seen = torch.cat((placed, keypoints[..., 2:].float(), lifted), dim=-1)
    return torch.where(there, seen, torch.zeros_like(seen))

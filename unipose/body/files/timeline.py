"""A list of poses as a movement: eased in-betweens at a steady rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import roma
import torch
from torch import Tensor

from unipose.body.pose import Pose

MAX_FRAMES = 20_000
"""A movement has no more frames: eleven minutes at 30 a second."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """A movement through K poses.

    Attributes:
        fps: frames a second.
        rotations: float32 [T, 22, 3, 3], local.
        shares: float32 [T, K], how much of each pose a frame has; rows sum to one.
        stops: int64 [K], the frame at which each pose is reached, exactly.
    """

    fps: float
    rotations: Tensor
    shares: Tensor
    stops: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """Float64 [T]: seconds."""
        return np.arange(len(self.rotations)) / self.fps


def timeline(poses: Sequence[Pose], fps: float, seconds_between: float) -> Timeline:
    """Move from pose to pose, every joint along the shortest turn, setting out and arriving at rest.

    The ease is the path of least jerk, which people's own reaching follows (Flash and Hogan 1985, equation 3).

    Args:
        poses: at least one.
        fps: frames a second.
        seconds_between: from one pose to the next, rounded to whole frames, at least one.

    Raises:
        ValueError: no pose, a rate or a time that is not positive and finite, or more than :data:`MAX_FRAMES` frames.
    """
    if not poses:
        raise ValueError("a movement needs at least one pose, found none")
    for name, value, most in (("fps", fps, 1000.0), ("seconds_between", seconds_between, 60.0)):
        if not 0 < value <= most:
            raise ValueError(f"{name} must be above 0 and at most {most:g}, found {value:g}")
    steps = max(1, round(fps * seconds_between))
    if (len(poses) - 1) * steps + 1 > MAX_FRAMES:
        raise ValueError(
            f"{len(poses)} poses at {fps:g} frames a second and {seconds_between:g} seconds between them make more "
            f"than {MAX_FRAMES} frames; lower one of the three"
        )
    stops = np.arange(len(poses)) * steps
    keys = torch.stack([pose.rotations for pose in poses])
    phase = torch.arange(steps, dtype=torch.float64) / steps
    ease = phase**3 * (10 - 15 * phase + 6 * phase**2)
    before, after = keys[:-1].double(), keys[1:].double()
    turn = roma.rotmat_to_rotvec(before.transpose(-1, -2) @ after)  # [K - 1, 22, 3]
    between = before[:, None] @ roma.rotvec_to_rotmat(ease[:, None, None] * turn[:, None])
    between[:, 0] = before  # the poses themselves, to the last bit
    rotations = torch.cat((between.flatten(0, 1).float(), keys[-1:]))
    weight = torch.eye(len(poses))
    shares = (1 - ease.float())[:, None] * weight[:-1, None] + ease.float()[:, None] * weight[1:, None]
    return Timeline(float(fps), rotations, torch.cat((shares.flatten(0, 1), weight[-1:])), stops)

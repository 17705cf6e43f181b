"""Weak-perspective cameras: from metres of a body to pixels of a photo, and back to how well the two agree.

A camera looks along -Z at a body that stands upright before it: x to the right of the photo, Y up, z toward the camera.
All depths are drawn at one scale, ``pixel = scale * (x, -y) + (tx, ty)``, which is what a long lens sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

STATURE = 1.65
"""Metres from the soles to the crown of the standing body: what a share of the person's height is a share of.

In a photo it is this times the camera's scale, not the height of a box, which shrinks when a person crouches.
"""

_ROUNDS = 4  # of reweighting
_FAR = 0.06  # metres: points that miss by more than this, or by more than the middle one of all, count less and less
_LEAST = 0.2  # of the scale that the spread of the points suggests; a fit below it has the body the wrong way round
_TINY = 1e-8


@dataclass(frozen=True, eq=False)
class Camera:
    """``scale`` in pixels per metre; ``tx`` and ``ty`` in pixels, where the pelvis is drawn. Each is [...]."""

    scale: Tensor
    tx: Tensor
    ty: Tensor

    def project(self, points: Tensor) -> Tensor:
        """Points [..., K, 3] in metres to pixels [..., K, 2], y down. Differentiable."""
        flat = torch.stack((points[..., 0], -points[..., 1]), dim=-1)
        return self.scale[..., None, None] * flat + torch.stack((self.tx, self.ty), dim=-1)[..., None, :]

    @property
    def stature(self) -> Tensor:
        """[...] pixels that the person would measure standing upright."""
        return STATURE * self.scale

    def at(self, rows: Tensor | int) -> Camera:
        """The cameras of some rows of a batch."""
        return Camera(self.scale[rows], self.tx[rows], self.ty[rows])


def find_camera(points: Tensor, seen: Tensor) -> Camera:
    """The camera under which points of a body fall where they were seen.

    Least squares in closed form, weighted by confidence; a few more rounds in which points that miss count less.

    Args:
        points: [..., K, 3] metres, the pelvis at the origin.
        seen: [..., K, 3] x and y in pixels (y down) and confidence, 0 where nothing was seen.

    Returns:
        Cameras [...]. The scale is positive whatever was seen; without two points that are seen it means nothing.

    Raises:
        ValueError: when the shapes do not go together.
    """
    _check(points, seen)
    flat = torch.stack((points[..., 0], -points[..., 1]), dim=-1)
    pixels, sure = seen[..., :2], seen[..., 2]
    camera = _least_squares(flat, pixels, sure)
    for _ in range(_ROUNDS):
        miss = (camera.project(points) - pixels).norm(dim=-1) / camera.scale[..., None]
        middle = torch.where(sure > 0, miss, torch.nan).nanmedian(dim=-1, keepdim=True).values
        width = middle.nan_to_num(0.0).clamp_min(_FAR)
        camera = _least_squares(flat, pixels, sure / (1.0 + (miss / width) ** 2))
    return camera


def reprojection_error(points: Tensor, seen: Tensor, camera: Camera, least: float = 0.0) -> Tensor:
    """How far points of a body [..., K, 3] are drawn from where they were seen [..., K, 3].

    Args:
        least: the confidence from which on a point counts; above 0.

    Returns:
        [...] mean distance in pixels over the points that count, each as much as another; 0 where none does. Divided
        by :attr:`Camera.stature` it is a share of the person's height.
    """
    _check(points, seen)
    counts = ((seen[..., 2] > 0) & (seen[..., 2] >= least)).to(points)
    miss = (camera.project(points) - seen[..., :2]).norm(dim=-1)
    return (miss * counts).sum(-1) / counts.sum(-1).clamp_min(1.0)


def _least_squares(flat: Tensor, pixels: Tensor, weight: Tensor) -> Camera:
    share = (weight / weight.sum(-1, keepdim=True).clamp_min(_TINY))[..., None]
    middle, target = (share * flat).sum(-2), (share * pixels).sum(-2)
    own, other = flat - middle[..., None, :], pixels - target[..., None, :]
    spread = (share * own * own).sum((-2, -1)).clamp_min(_TINY)
    largest = ((share * other * other).sum((-2, -1)) / spread).sqrt()
    scale = torch.maximum((share * own * other).sum((-2, -1)) / spread, _LEAST * largest).clamp_min(_TINY)
    shift = target - scale[..., None] * middle
    return Camera(scale, shift[..., 0], shift[..., 1])


def _check(points: Tensor, seen: Tensor) -> None:
    if points.ndim < 2 or points.shape[-1] != 3 or points.shape[-2:] != seen.shape[-2:]:
        raise ValueError(
            f"expected points [..., K, 3] and what was seen of them [..., K, 3], found {list(points.shape)} and "
            f"{list(seen.shape)}"
        )

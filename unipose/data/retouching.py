"""Pictures of people, changed by chance while a network learns from them: turned, moved, closer, recoloured, covered.

A few thousand drawn people are seen some dozen times each; what is said of them changes along with the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Retouch:
    """How much.

    Attributes:
        mirrored: chance of a mirrored picture.
        turned: standard deviation of its turn in degrees; three in four are turned half as much.
        closer: largest factor of its size, and of its inverse.
        moved: largest shift, as a share of half the height.
        light, tint, contrast: standard deviations of the logarithm of its light, of each colour's, and of its contrast.
        grey: chance of a picture without colours.
        covered: chance of each of two boxes that hide a part of it.
    """

    mirrored: float = 0.5
    turned: float = 8.0
    closer: float = 1.12
    moved: float = 0.06
    light: float = 0.2
    tint: float = 0.08
    contrast: float = 0.15
    grey: float = 0.1
    covered: float = 0.08


@dataclass(frozen=True, eq=False)
class Frame:
    """How N pictures are moved: mirrored first, then turned and scaled about the middle, then shifted.

    Attributes:
        flip: bool [N].
        turn: float32 [N, 2, 2], of places x, y with y down.
        scale: float32 [N].
        shift: float32 [N, 2].
    """

    flip: Tensor
    turn: Tensor
    scale: Tensor
    shift: Tensor

    @classmethod
    def draw(cls, count: int, how: Retouch, dice: torch.Generator) -> Frame:
        """``count`` of them."""
        flip = torch.rand(count, generator=dice) < how.mirrored
        angle = math.radians(how.turned) * torch.randn(count, generator=dice)
        angle = torch.where(torch.rand(count, generator=dice) < 0.25, angle, angle / 2)
        cosine, sine = angle.cos(), angle.sin()
        turn = torch.stack((torch.stack((cosine, -sine), -1), torch.stack((sine, cosine), -1)), -2)
        scale = torch.exp(math.log(how.closer) * (2 * torch.rand(count, generator=dice) - 1))
        return cls(flip, turn, scale, how.moved * (2 * torch.rand(count, 2, generator=dice) - 1))

    def places(self, places: Tensor) -> Tensor:
        """Places [N, ..., 2] of the pictures, mirrored already, to where they are then."""
        count, shape = len(places), places.shape
        flat = places.reshape(count, -1, 2)
        return (self.scale[:, None, None] * (flat @ self.turn.mT) + self.shift[:, None]).reshape(shape)

    @property
    def rotation(self) -> Tensor:
        """The turn of what is in the pictures: float32 [N, 3, 3], x right, y up, z toward the camera."""
        full = torch.eye(3).repeat(len(self.turn), 1, 1)
        full[:, :2, :2] = self.turn.mT  # y is up here
        return full

    def pictures(self, pictures: Tensor, side: int) -> Tensor:
        """Square pictures [N, 3, S, S] to [N, 3, side, side]; zeros where nothing of them is."""
        back = self.turn.mT / self.scale[:, None, None]
        back = torch.cat((back, -back @ self.shift[..., None]), dim=-1)
        back[:, 0] = torch.where(self.flip[:, None], -back[:, 0], back[:, 0])
        grid = functional.affine_grid(back, [len(back), 3, side, side], align_corners=False)
        return functional.grid_sample(pictures, grid, align_corners=False)


def recoloured(pictures: Tensor, how: Retouch, dice: torch.Generator) -> Tensor:
    """Pictures [N, 3, H, W] of values 0 to 1 in other light, some without colours; in place."""
    count = len(pictures)
    light = how.light * torch.randn(count, 1, 1, 1, generator=dice)
    tint = how.tint * torch.randn(count, 3, 1, 1, generator=dice)
    contrast = torch.exp(how.contrast * torch.randn(count, 1, 1, 1, generator=dice))
    mean = pictures[..., ::8, ::8].mean((-1, -2), keepdim=True)
    pictures.sub_(mean).mul_(contrast).add_(mean).mul_(torch.exp(light + tint))
    grey = torch.rand(count, generator=dice) < how.grey
    pictures[grey] = pictures[grey].mean(1, keepdim=True)
    return pictures.clamp_(0.0, 1.0)


def covered(pictures: Tensor, how: Retouch, dice: torch.Generator) -> Tensor:
    """Pictures [N, 3, H, W] of which some are partly hidden by boxes of one colour; in place."""
    height, width = pictures.shape[-2:]
    boxes = torch.rand(len(pictures), 2, 4, generator=dice)
    colours = torch.rand(len(pictures), 2, 3, 1, 1, generator=dice)
    hidden = torch.rand(len(pictures), 2, generator=dice) < how.covered
    for row, box in hidden.nonzero().tolist():
        x, y, wide, high = boxes[row, box].tolist()
        left, right = (round(width * (x + sign * (0.05 + 0.17 * wide))) for sign in (-1, 1))
        upper, lower = (round(height * (y + sign * (0.05 + 0.2 * high))) for sign in (-1, 1))
        pictures[row, :, max(upper, 0) : max(lower, 0), max(left, 0) : max(right, 0)] = colours[row, box]
    return pictures

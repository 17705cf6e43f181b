"""A picture to the pixels the two image towers read (paper section 3.2).

Both views show the whole picture's centre, resized by Pillow's bicubic filter. They differ in size, in
normalisation and, as published, in how an odd margin is split between the two sides.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

_CLIP_MEAN, _CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def clip_view(image: Image.Image, side: int = 336) -> Tensor:
    """The semantic tower's view: float32 [3, side, side], normalised; the crop offset is floored."""
    return normalise_clip(clip_pixels(image, side))


def pose_view(image: Image.Image, height: int = 256, width: int = 192) -> Tensor:
    """The pose-aware tower's view: float32 [3, height, width], normalised.

    A centre square of side ``height``, its offset rounded half to even, then the same number of columns
    dropped on either side.
    """
    return normalise_pose(pose_pixels(image, height, width))


def clip_pixels(image: Image.Image, side: int) -> Tensor:
    """:func:`clip_view` before it is normalised: uint8 [3, side, side]."""
    resized = _resize(image, side)
    left, top = ((length - side) // 2 for length in resized.size)
    return _pixels(resized.crop((left, top, left + side, top + side)))


def pose_pixels(image: Image.Image, height: int, width: int) -> Tensor:
    """:func:`pose_view` before it is normalised: uint8 [3, height, width]."""
    resized = _resize(image, height)
    left, top = (round((length - height) / 2) for length in resized.size)
    left += (height - width) // 2
    return _pixels(resized.crop((left, top, left + width, top + height)))


def normalise_clip(pixels: Tensor) -> Tensor:
    """uint8 [..., 3, H, W] to float32 as the semantic tower wants it."""
    return _normalised(pixels, _CLIP_MEAN, _CLIP_STD)


def normalise_pose(pixels: Tensor) -> Tensor:
    """uint8 [..., 3, H, W] to float32 as the pose-aware tower wants it."""
    return _normalised(pixels, _IMAGENET_MEAN, _IMAGENET_STD)


def squared(image: Image.Image) -> Image.Image:
    """A picture of a person, higher than wide, in the middle of a square of its mean colour.

    Both views of the square show all of the person.
    """
    side = max(image.size)
    middle = image.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    square = Image.new("RGB", (side, side), middle)
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


def _resize(image: Image.Image, shortest: int) -> Image.Image:
    """Scale to a shortest side; the long side is truncated to whole pixels."""
    short = min(image.size)
    width, height = (int(shortest * length / short) for length in image.size)
    return image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)


def _pixels(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def _normalised(pixels: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    return (pixels.float() / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]

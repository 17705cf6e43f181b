"""Which way is up in a file that does not say, told from how the bodies in it stand."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from unipose.body.rotations import to_y_up

Up = Literal["auto", "y", "z", "-y"]
UPS: tuple[Up, ...] = ("auto", "y", "z", "-y")
"""``y`` as here and in SMPL, ``z`` as in AMASS, ``-y`` as a camera has it that counts pixels downwards."""

_FLIP = torch.diag(
    torch.tensor([1.0, -1.0, -1.0])
)  # half a turn about x: what is down goes up, what is away comes near


def turn_upright(rotations: Tensor, up: Up) -> Tensor:
    """Poses [T, 22, 3, 3] from axes whose vertical is ``up`` to ours."""
    if up == "z":
        return to_y_up(rotations)
    if up == "-y":
        return torch.cat((_FLIP @ rotations[:, :1], rotations[:, 1:]), dim=1)
    return rotations


def guess_up(rotations: Tensor, candidates: tuple[Up, ...]) -> Up:
    """The vertical along which most of the trunks of poses [T, 22, 3, 3] point; the first candidate if none stands out.

    A trunk that stands is certain, one that lies is not: frames count by the square of how upright they would be.
    """
    trunk = rotations[:, 0, :, 1]  # the body's own up
    along = {"y": trunk[:, 1], "z": trunk[:, 2], "-y": -trunk[:, 1]}
    votes = {up: (along[up].clamp(min=0) ** 2).sum().item() for up in candidates}
    best = max(candidates, key=lambda up: votes[up])
    return best if votes[best] > 1.05 * votes[candidates[0]] else candidates[0]


def told(up: Up) -> str:
    """In words, what was done about the axes."""
    return {
        "y": "Y up as here",
        "z": "Z up, turned to Y up",
        "-y": "a camera's axes with Y down, turned upright",
        "auto": "",
    }[up]

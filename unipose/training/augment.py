"""What the pose tokenizer is shown: captured poses mirrored, turned, tipped, mixed, and with a part disturbed."""

from __future__ import annotations

import math

import roma
import torch
from torch import Tensor

from unipose.body.pose import face_forward, yaw_matrix
from unipose.body.skeleton import JOINT_NAMES, mirror_rotations
from unipose.data.mixing import GROUPS

# Shares of a batch. The rest of the poses stay as upright, and as much their own, as they were captured.
MIRRORED, FORWARD, MIXED = 0.5, 0.5, 0.2
TIPPED, ANYHOW, FLAT = 0.30, 0.05, 0.05
TIP = 0.25  # radians, of a normal distribution
LOOSENED, LOOSE = 0.5, 0.08  # share, and radians: other poses near the captured ones, to be given back as they are
NOISY, NOISE = 0.1, 0.05  # share, and radians: disturbed on one part, to be given back undisturbed

_LIMB = ("hip", "knee", "ankle", "foot")
_PARTS = (
    ("neck", "head"),
    *(tuple(f"{side}_{joint}" for joint in ("collar", "shoulder", "elbow", "wrist")) for side in ("left", "right")),
    *(tuple(f"{side}_{joint}" for joint in _LIMB) for side in ("left", "right")),
)
"""The five groups of joints that the published recipe disturbs."""


def _masks(groups: list[tuple[str, ...]]) -> Tensor:
    """Bool [G, 22]: which joints are in each group."""
    return torch.tensor([[joint in group for joint in JOINT_NAMES] for group in groups])


_PART_MASKS = _masks(list(_PARTS))
_GROUP_MASKS = _masks([joints for joints, _ in GROUPS.values()])
_GROUP_WEIGHTS = torch.tensor([weight for _, weight in GROUPS.values()])


def augment(rotations: Tensor, donors: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Poses as a training step sees them.

    Args:
        rotations, donors: [B, 22, 3, 3]; some poses take joints of their donor's, so that limbs meet in every
            combination.
        generator: source of randomness.

    Returns:
        What the tokenizer is given and what it should give back, [B, 22, 3, 3] each. They differ in the poses that are
        disturbed on a part.
    """
    count = len(rotations)

    def chance() -> Tensor:
        return torch.rand(count, generator=generator)

    flipped = (chance() < MIRRORED)[:, None, None, None]
    rotations = torch.where(flipped, mirror_rotations(rotations), rotations)
    group = torch.multinomial(_GROUP_WEIGHTS, count, replacement=True, generator=generator)
    taken = _GROUP_MASKS[group] & (chance() < MIXED)[:, None]
    rotations = torch.where(taken[..., None, None], donors, rotations)
    forward = chance() < FORWARD
    rotations = torch.where(forward[:, None, None, None], face_forward(rotations), rotations)
    heading = torch.where(forward, 0.1, math.pi) * (2 * chance() - 1)
    root = _tips(count, generator) @ yaw_matrix(heading) @ rotations[:, 0]
    loose = (chance() < LOOSENED)[:, None].expand(count, len(JOINT_NAMES) - 1)
    clean = torch.cat((root[:, None], _disturbed(rotations[:, 1:], loose, LOOSE, generator)), 1)
    part = _PART_MASKS[torch.randint(len(_PARTS), (count,), generator=generator)]
    return _disturbed(clean, part & (chance() < NOISY)[:, None], NOISE, generator), clean


def _tips(count: int, generator: torch.Generator) -> Tensor:
    """Rotations [count, 3, 3] from upright: mostly none, some a little, some laid flat, a few any at all."""
    lot = torch.rand(count, generator=generator)
    axes = torch.randn(count, 3, generator=generator)
    level = lot < ANYHOW + FLAT + TIPPED
    angle = torch.where(level, TIP, 0.0) * torch.randn(count, generator=generator).abs()
    flat = (lot >= ANYHOW) & (lot < ANYHOW + FLAT)
    angle = torch.where(flat, math.pi / 2 + 0.2 * torch.randn(count, generator=generator), angle)
    axes[:, 1] = torch.where(flat, 0.0, axes[:, 1])  # about a level axis: on the back, the front or a side
    angle = torch.where(lot < ANYHOW, math.pi * torch.rand(count, generator=generator), angle)
    return roma.rotvec_to_rotmat(torch.nn.functional.normalize(axes, dim=-1) * angle[:, None])


def _disturbed(rotations: Tensor, which: Tensor, scale: float, generator: torch.Generator) -> Tensor:
    """[B, J, 3, 3] with the joints ``which`` [B, J] turned a little, each pose's joints by amounts of its own."""
    amount = scale * torch.rand(*which.shape, 1, generator=generator) * which[..., None]
    turns = roma.rotvec_to_rotmat(amount * torch.randn(*which.shape, 3, generator=generator))
    return rotations @ turns

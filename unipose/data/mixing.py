"""New poses out of captured ones: limbs of one body on another, so that words about parts meet every combination."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES

_ARM = ("collar", "shoulder", "elbow", "wrist")
_LEG = ("hip", "knee", "ankle", "foot")


def _limb(side: str, joints: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{side}_{joint}" for joint in joints)


_SPINE = ("spine1", "spine2", "spine3")
_LEFT_ARM, _RIGHT_ARM = _limb("left", _ARM), _limb("right", _ARM)
_LEFT_LEG, _RIGHT_LEG = _limb("left", _LEG), _limb("right", _LEG)

# What moves together, and how often it is what moves. Legs bring the body's lean along when they carry it: kneeling
# legs under an upright pelvis would float.
GROUPS: dict[str, tuple[tuple[str, ...], float]] = {
    "left arm": (_LEFT_ARM, 0.16),
    "right arm": (_RIGHT_ARM, 0.16),
    "arms": (_LEFT_ARM + _RIGHT_ARM, 0.17),
    "left leg": (_LEFT_LEG, 0.11),
    "right leg": (_RIGHT_LEG, 0.11),
    "lower body": (("pelvis",) + _LEFT_LEG + _RIGHT_LEG, 0.12),
    "head": (("neck", "head"), 0.08),
    "trunk": (("pelvis",) + _SPINE, 0.09),
}
_INDEX = {name: [JOINT_NAMES.index(joint) for joint in joints] for name, (joints, _) in GROUPS.items()}


def transplant(rotations: Tensor, donor: Tensor, groups: list[str]) -> Tensor:
    """[22, 3, 3] rotations with the joints of ``groups`` taken from ``donor``."""
    result = rotations.clone()
    for name in groups:
        result[_INDEX[name]] = donor[_INDEX[name]]
    return result


def draw_groups(rng: random.Random, count: int) -> list[str]:
    """``count`` group names, by their weights; a name may repeat and then counts once."""
    return rng.choices(list(GROUPS), [weight for _, weight in GROUPS.values()], k=count)


def transplant_all(rotations: Tensor, donors: Tensor, groups: list[list[str]]) -> Tensor:
    """Batched :func:`transplant`: [B, 22, 3, 3] with one list of groups a pose."""
    rows = zip(rotations, donors, groups, strict=True)
    return torch.stack([transplant(pose, donor, names) for pose, donor, names in rows])

"""Poses as a detector would find them in photos: random cameras and bodies, noise, dropouts and truncation.

It makes the material from which a pose reader learns to lift keypoints, without a single picture. The pose is turned as
the camera sees it; what is visible to whom is guessed from which side of the body faces the camera.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from unipose.body.cameras import STATURE
from unipose.body.keypoints import KEYPOINT_NAMES, KEYPOINT_OFFSETS, keypoints
from unipose.body.pose import yaw_matrix
from unipose.body.skeleton import JOINT_NAMES_24, MIRROR_24, REST_OFFSETS

_COCO = ("nose", "eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
# Keypoints that all detectors mark; thumbs, fingers, heels and toes only some do.
_COMMON = torch.tensor([name.split("_")[-1] in _COCO for name in KEYPOINT_NAMES])


@dataclass(frozen=True)
class Rig:
    """How photos are taken and how well a detector does; angles in degrees, lengths in metres.

    Attributes:
        pitch, pitch_spread: mean and standard deviation of how far the camera looks down.
        roll: standard deviation.
        near, far: distance of the camera to the pelvis.
        noise: standard deviation of a place, as a share of the person's height; each person draws a level up to twice
            that.
        dropped: chance that a keypoint is missing; cut: chance that the photo ends within the person.
        swapped: chance that a pair of limbs has left and right exchanged.
        coco: chance that the detector marks no fingers and feet.
        lifted: chance that there are 3D landmarks; world_noise: their error in metres.
        proportions: spread of bone lengths, as a share.
    """

    pitch: float = 8.0
    pitch_spread: float = 14.0
    roll: float = 5.0
    near: float = 1.8
    far: float = 9.0
    noise: float = 0.012
    dropped: float = 0.04
    cut: float = 0.25
    swapped: float = 0.01
    coco: float = 0.35
    lifted: float = 0.5
    world_noise: float = 0.035
    proportions: float = 0.07


@dataclass(frozen=True, eq=False)
class Projected:
    """N people as detected.

    Attributes:
        rotations: float32 [N, 22, 3, 3], the pose as the camera sees it, upright.
        keypoints: float32 [N, 27, 3], x, y (y down) in heights of the person and confidence.
        world: float32 [N, 27, 3] metres around the middle of the hips.
        lifted: bool [N], whether the detector gives 3D landmarks.
    """

    rotations: Tensor
    keypoints: Tensor
    world: Tensor
    lifted: Tensor


def project(rotations: Tensor, generator: torch.Generator, rig: Rig | None = None) -> Projected:
    """Photograph poses [N, 22, 3, 3] from all sides, and detect them.

    Args:
        rotations: of any heading.
        generator: source of randomness.
        rig: how; the default is what nano is trained with.
    """
    rig = rig or Rig()
    count = len(rotations)
    rotations = seen_from(rotations, generator, rig)
    points = keypoints(rotations, _bodies(count, generator, rig), _places(count, generator))
    distance = rig.near * (rig.far / rig.near) ** torch.rand(count, 1, generator=generator)
    depth = (distance - points[..., 2]).clamp_min(0.4)
    place = points[..., :2] * (distance / depth)[..., None] * points.new_tensor([1.0, -1.0]) / STATURE
    found, world, lifted = detect(place, points, _behind(points), generator, rig)
    return Projected(rotations, found, world, lifted)


def detect(
    place: Tensor, points: Tensor, hidden: Tensor, generator: torch.Generator, rig: Rig | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """What a detector makes of N people whose keypoints are known.

    Args:
        place: [N, 27, 2] in the photo, y down, in heights of the person.
        points: [N, 27, 3] metres, as the camera sees them.
        hidden: bool [N, 27], keypoints that something stands before.
        generator: source of randomness.
        rig: how well it does.

    Returns:
        ``keypoints``, ``world`` and ``lifted`` of :class:`Projected`.
    """
    rig = rig or Rig()
    count, marks = len(place), len(KEYPOINT_NAMES)

    def chance(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    def normal(*shape: int) -> Tensor:
        return torch.randn(count, *shape, generator=generator)

    place = place + 2 * chance(1, 1) * rig.noise * normal(marks, 2) * _sloppiness()
    astray = hidden & (chance(marks) < 0.6)
    place = place + astray[..., None] * 3 * rig.noise * normal(marks, 2)
    confidence = (1.0 - 0.5 * chance(1) * chance(marks)).clamp(0.05, 1.0)
    confidence = torch.where(hidden, confidence * (0.2 + 0.8 * chance(marks)), confidence)
    place = _swapped(place, chance(3) < rig.swapped)
    gone = chance(marks) < rig.dropped * (1 + 2 * hidden)
    gone |= ~_COMMON & (chance(1) < rig.coco)
    gone |= _cut(place, chance, rig)
    gone &= ~_would_be_empty(gone)[:, None]
    found = torch.cat((place, confidence[..., None]), dim=-1)
    found = torch.where(gone[..., None], torch.zeros_like(found), found)
    # a detector's depth is the least sure, and its people are as large as it imagines
    world = points - points[:, _pair("hip")].mean(1, keepdim=True)
    error = rig.world_noise * (0.4 + 1.2 * chance(1, 1)) * normal(marks, 3) * points.new_tensor([0.6, 0.6, 1.4])
    return found, world * (1 + 0.06 * normal(1, 1)) + error, chance() < rig.lifted


def seen_from(rotations: Tensor, generator: torch.Generator, rig: Rig) -> Tensor:
    """Poses [N, 22, 3, 3] as cameras all around see them."""
    count = len(rotations)
    heading = yaw_matrix(2 * math.pi * torch.rand(count, generator=generator))
    pitch = torch.deg2rad(rig.pitch + rig.pitch_spread * torch.randn(count, generator=generator))
    roll = torch.deg2rad(rig.roll * torch.randn(count, generator=generator))
    zero = torch.zeros_like(pitch)
    # a camera that looks down sees a body tipped toward it
    camera = roma.rotvec_to_rotmat(torch.stack((zero, zero, roll), -1)) @ roma.rotvec_to_rotmat(
        torch.stack((pitch, zero, zero), -1)
    )
    return torch.cat(((camera @ heading @ rotations[:, 0])[:, None], rotations[:, 1:]), dim=1)


def _bodies(count: int, generator: torch.Generator, rig: Rig) -> Tensor:
    """Bone offsets [count, 24, 3] of people: longer and shorter limbs, both sides alike, of the same overall size."""
    spread = rig.proportions * torch.randn(count, len(JOINT_NAMES_24), generator=generator)
    spread = torch.where(torch.tensor(MIRROR_24) < torch.arange(len(MIRROR_24)), spread[:, list(MIRROR_24)], spread)
    return REST_OFFSETS * (1 + spread.clamp(-0.2, 0.2))[..., None]


def _places(count: int, generator: torch.Generator) -> Tensor:
    """Where detectors think the keypoints are on a body [count, 27, 3]: each has its own idea, within 2 cm or so."""
    return KEYPOINT_OFFSETS + 0.012 * torch.randn(count, len(KEYPOINT_NAMES), 3, generator=generator)


def _pair(name: str) -> list[int]:
    return [KEYPOINT_NAMES.index(f"{side}_{name}") for side in ("left", "right")]


def _sloppiness() -> Tensor:
    """[27, 1]: hands and hips are found less well than the rest."""
    worse = {"wrist": 1.2, "thumb": 1.4, "index": 1.4, "pinky": 1.4, "hip": 1.4, "toe": 1.3, "heel": 1.2}
    return torch.tensor([[worse.get(name.split("_")[-1], 0.8)] for name in KEYPOINT_NAMES])


def _behind(points: Tensor) -> Tensor:
    """Bool [N, 27]: which keypoints something of the body stands before, taken roughly: torso and head are thick."""
    trunk = points[:, _pair("shoulder") + _pair("hip")]
    low, high = trunk[..., :2].amin(1, keepdim=True), trunk[..., :2].amax(1, keepdim=True)
    within = ((points[..., :2] > low - 0.05) & (points[..., :2] < high + 0.05)).all(-1)
    hidden = within & (points[..., 2] < trunk[..., 2].mean(1, keepdim=True) - 0.12)
    ears = points[:, _pair("ear"), 2]
    away = points[:, 0, 2] < ears.mean(1) - 0.02  # the nose is farther than the ears: a head from behind
    face = torch.tensor([name in ("nose", "left_eye", "right_eye") for name in KEYPOINT_NAMES])
    return hidden | (away[:, None] & face)


def _swapped(place: Tensor, swap: Tensor) -> Tensor:
    """Places with left and right exchanged in arms, legs or feet, as detectors do in views from behind."""
    groups = (("elbow", "wrist", "thumb", "index", "pinky"), ("knee", "ankle", "heel", "toe"), ("heel", "toe"))
    for number, names in enumerate(groups):
        order = list(range(len(KEYPOINT_NAMES)))
        for name in names:
            left, right = _pair(name)
            order[left], order[right] = right, left
        place = torch.where(swap[:, number, None, None], place[:, order], place)
    return place


def _cut(place: Tensor, chance: Callable[..., Tensor], rig: Rig) -> Tensor:
    """Bool [N, 27]: what lies beyond an edge of the photo, where it ends within the person."""
    low, high = place.amin(1), place.amax(1)
    share = 0.55 * chance(1)
    side = (chance() * 6).long()  # the lower edge is by far the commonest
    bottom = place[..., 1] > (high - (high - low) * share)[:, 1:]
    top = place[..., 1] < (low + 0.4 * (high - low) * share)[:, 1:]
    left = place[..., 0] < (low + 0.6 * (high - low) * share)[:, :1]
    right = place[..., 0] > (high - 0.6 * (high - low) * share)[:, :1]
    edge = torch.where((side == 0)[:, None], left, bottom)
    edge = torch.where((side == 1)[:, None], right, edge)
    edge = torch.where((side == 2)[:, None], top, edge)
    return edge & (chance(1) < rig.cut)


def _would_be_empty(gone: Tensor) -> Tensor:
    """Bool [N]: fewer than six keypoints would be left; no detector would call that a person."""
    return (~gone).sum(1) < 6

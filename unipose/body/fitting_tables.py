"""What fitting a pose to detections takes for granted: how keypoints hang on joints and how vague detectors are."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.body.keypoints import KEYPOINT_JOINTS, KEYPOINT_NAMES
from unipose.body.skeleton import JOINT_NAMES, JOINT_NAMES_24, PARENTS_24

# Metres added to `Weights.pixel`: detectors do not agree on where these are, and our own places are round figures.
_VAGUE = {
    "hip": 0.02,
    "eye": 0.01,
    "ear": 0.015,
    "heel": 0.015,
    "toe": 0.015,
    "thumb": 0.02,
    "index": 0.02,
    "pinky": 0.02,
}

# Bones that share a length, by the joint at their far end.
_LENGTHS: tuple[tuple[str, ...], ...] = (
    ("spine1", "spine2", "spine3", "neck"),
    ("left_collar", "right_collar", "left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
    ("left_elbow", "right_elbow"),
    ("left_wrist", "right_wrist"),
    ("left_knee", "right_knee"),
    ("left_ankle", "right_ankle"),
)
# Directions between landmarks, from the middle of some to the middle of others, and how vague they are.
_ARROWS: tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...] = (
    (("right_hip",), ("left_hip",), 1.3),
    (("right_shoulder",), ("left_shoulder",), 1.0),
    (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), 1.0),
    (("right_ear",), ("left_ear",), 1.5),
    (("left_ear", "right_ear"), ("nose",), 1.5),
    (("left_shoulder", "right_shoulder"), ("left_ear", "right_ear"), 1.5),
    *(
        ((f"{side}_{start}",), tuple(f"{side}_{end}" for end in ends), vague)
        for side in ("left", "right")
        for start, ends, vague in (
            ("shoulder", ("elbow",), 1.0),
            ("elbow", ("wrist",), 1.0),
            ("wrist", ("index", "pinky"), 2.0),
            ("pinky", ("index",), 3.0),
            ("hip", ("knee",), 1.0),
            ("knee", ("ankle",), 1.0),
            ("heel", ("toe",), 1.5),
        )
    ),
)


@dataclass(frozen=True)
class Tables:
    """How things hang together, as matrices.

    Attributes:
        chain: [24, 24], one where the bone that ends in the joint of a column lies on the way to that of a row.
        carried: [27, 22], one where a keypoint moves as a joint turns.
        joint: int64 [27], the joint that each keypoint is fixed to.
        length: [24, G], one where a bone, by its far end, shares a length with others.
        vague: [27] metres by which detectors disagree on a keypoint, beyond those on any.
        arrows: [E, 27], keypoints to directions between them.
        ends: bool [E, 27], the keypoints that each direction is taken from.
        arrow_vague: [E], how much vaguer than others a direction is.
    """

    chain: Tensor
    carried: Tensor
    joint: Tensor
    length: Tensor
    vague: Tensor
    arrows: Tensor
    ends: Tensor
    arrow_vague: Tensor


@functools.cache
@torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
def tables() -> Tables:
    """The tables of our skeleton. Built once, then shared."""
    chain = torch.eye(24)
    for joint, parent in enumerate(PARENTS_24):
        if parent >= 0:
            chain[joint] += chain[parent]
    chain[:, 0] = 0.0  # the pelvis is at the origin and ends no bone
    fixed = torch.tensor(KEYPOINT_JOINTS)
    carried = chain[fixed][:, : len(JOINT_NAMES)].clone()
    carried[:, 0] = 1.0
    length = torch.zeros(24, len(_LENGTHS))
    for group, names in enumerate(_LENGTHS):
        length[[JOINT_NAMES_24.index(name) for name in names], group] = 1.0
    vague = torch.tensor([_VAGUE.get(name.split("_")[-1], 0.0) for name in KEYPOINT_NAMES])
    arrows = torch.zeros(len(_ARROWS), len(KEYPOINT_NAMES))
    for row, (start, end, _) in enumerate(_ARROWS):
        arrows[row, [KEYPOINT_NAMES.index(name) for name in start]] -= 1.0 / len(start)
        arrows[row, [KEYPOINT_NAMES.index(name) for name in end]] += 1.0 / len(end)
    arrow_vague = torch.tensor([each for _, _, each in _ARROWS])
    return Tables(chain, carried, fixed, length, vague, arrows, arrows != 0, arrow_vague)

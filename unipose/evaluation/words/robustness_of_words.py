"""Do texts survive noise, and other bodies?"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from unipose.body.mesh import FreeBody
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, REST_OFFSETS, forward_kinematics
from unipose.evaluation.words.described import describe
from unipose.evaluation.words.figures import Figure, share
from unipose.language.checking.checker import Checker
from unipose.language.measuring.registry import Registry

_DEGREES, _METRES = 2.0, 0.01  # root mean square of the noise
# Five people, as factors on the reference body: everything, the arms, the legs, the breadth of hips and shoulders.
_PEOPLE = (
    (0.85, 1.0, 1.0, 1.0),
    (1.15, 1.0, 1.0, 1.0),
    (1.0, 1.05, 0.97, 1.05),
    (1.0, 0.95, 1.03, 0.95),
    (0.95, 0.97, 0.97, 1.08),
)
_ARMS, _LEGS, _BREADTH = ("elbow", "wrist"), ("knee", "ankle"), ("hip", "shoulder", "collar")


def robustness(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Short texts about poses [N, 22, 3, 3]: the share of their claims that no longer hold once every joint is turned
    by 2 degrees and moved by 1 cm at random, and the share that still hold on other bodies: five people of other sizes
    and proportions, and the free body, whose joints lie elsewhere in the flesh."""
    registry = Registry.load()
    checker = Checker(registry)
    said = [caption.statements for caption in describe(rotations, seed, [1, 2]).captions]
    generator = torch.Generator().manual_seed(seed)

    def verdicts(values: Tensor) -> list[bool]:
        return [held for items, row in zip(said, values, strict=True) for held in checker.holds(items, row)]

    turns = torch.randn(*rotations.shape[:2], 3, generator=generator) * math.radians(_DEGREES) / math.sqrt(3)
    noisy = rotations @ axis_angle_to_matrix(turns)
    joints = forward_kinematics(noisy)[0]
    joints = joints + torch.randn(joints.shape, generator=generator) * _METRES / math.sqrt(3)
    flipped = [not held for held in verdicts(registry.measure(joints, noisy))]
    bodies = [forward_kinematics(rotations, person(*factors))[0] for factors in _PEOPLE]
    kept = [held for joints in bodies for held in verdicts(registry.measure(joints, rotations))]
    free = verdicts(registry.measure(FreeBody.load("light").joints(rotations), rotations))
    return [
        share("claims that 2 degrees and 1 cm of noise turn false", flipped, 0.01, at_most=True),
        share("claims that hold on five people of other proportions", kept, 0.98),
        share("claims that hold on the free body", free),
    ]


def person(size: float, arms: float, legs: float, breadth: float) -> Tensor:
    """Bone offsets [22, 3] in metres of somebody else, as factors on the reference body."""
    offsets = REST_OFFSETS[:22] * size
    for joint, name in enumerate(JOINT_NAMES):
        part = name.partition("_")[2]
        offsets[joint] *= arms if part in _ARMS else legs if part in _LEGS else 1.0
        offsets[joint, 0] *= breadth if part in _BREADTH else 1.0
    return offsets

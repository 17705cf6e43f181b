"""Do texts survive noise, and other bodies?"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from unipose.body.mesh import FreeBody
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import forward_kinematics
from unipose.evaluation.described import describe
from unipose.evaluation.figures import Figure, share
from unipose.language.checker import Checker
from unipose.language.registry import Registry

_DEGREES, _METRES = 2.0, 0.01  # root mean square of the noise
# Five bodies, in standard deviations of the free body's components of shape (the first is height).
_SHAPES = ((-2.0,), (2.0,), (0.0, 2.0), (0.0, -2.0), (1.0, 1.0, 1.0))


def robustness(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Short texts about poses [N, 22, 3, 3]: the share of their claims that no longer hold once every joint is turned
    by 2 degrees and moved by 1 cm at random, and the share that still hold on bodies of five shapes."""
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
    body = FreeBody.load("light")
    bodies = [body.shaped(shape).joints(rotations) for shape in _SHAPES]
    kept = [held for joints in bodies for held in verdicts(registry.measure(joints, rotations))]
    return [
        share("claims that 2 degrees and 1 cm of noise turn false", flipped, 0.01, at_most=True),
        share("claims that hold on five other bodies", kept, 0.98),
    ]

"""Does the solver find poses that do what was asked, and could they be people's?"""

from __future__ import annotations

import random
import time

import torch
from torch import Tensor

from unipose.body.capsules import self_penetration
from unipose.body.limits import violations
from unipose.body.skeleton import forward_kinematics
from unipose.evaluation.words.figures import Figure, share
from unipose.evaluation.words.nearest_pose import nearest
from unipose.language.items import Statement
from unipose.language.measuring.registry import Registry
from unipose.language.solving.solver import Solver

_STATEMENTS = 6
_DEEP = 0.01  # metres of self-penetration


def solving(rotations: Tensor, known: Tensor, seed: int = 0) -> list[Figure]:
    """Six statements drawn from what is true of each pose, solved together.

    Args:
        rotations: [N, 22, 3, 3] poses of held-out people: problems are drawn from them.
        known: [K, 22, 3, 3] real poses of others; how near the nearest is tells what is natural.
        seed: of the statements drawn.
    """
    problems = compatible(rotations, seed)
    solver = Solver.load()
    solver.solve(problems[:2])  # what is read once is read now
    started = time.perf_counter()
    found = solver.solve(problems, generator=torch.Generator().manual_seed(seed))
    took = time.perf_counter() - started
    count = len(problems)
    depth = self_penetration(*forward_kinematics(found.rotations)).amax(-1)
    natural = float(nearest(found.rotations, known).mean() / nearest(rotations, known).mean())
    return [
        share("problems of six statements that are solved", found.solved, 0.95),
        Figure("joint limits overstepped", float((violations(found.rotations) > 0).sum()), count, 0, at_most=True),
        share("poses with less than 1 cm of self-penetration", (depth < _DEEP).tolist(), 0.95),
        Figure("distance to the nearest real pose, in those of held-out people", natural, count, 1.5, at_most=True),
        Figure("poses solved a second", count / took, count, 20),
    ]


def compatible(rotations: Tensor, seed: int = 0) -> list[list[Statement]]:
    """Six statements that are clearly true of each pose [N, 22, 3, 3], drawn by chance; of poses that have six."""
    registry, rng = Registry.load(), random.Random(seed)
    spoken = torch.tensor([not predicate.silent for predicate in registry.table])
    clear = (registry.truth(registry.measure_poses(rotations)) == 1) & spoken
    true = [torch.nonzero(row).flatten().tolist() for row in clear]
    return [
        [Statement(registry.predicates[which]) for which in rng.sample(row, _STATEMENTS)]
        for row in true
        if len(row) >= _STATEMENTS
    ]

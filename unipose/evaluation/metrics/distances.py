"""How far poses are from those wanted, one by one and as a crowd."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from unipose.body.errors import mpjpe, pa_mpjpe
from unipose.body.pose import face_forward
from unipose.body.skeleton import forward_kinematics
from unipose.evaluation.metrics.estimates import Estimate, estimate

_DRAWS = 60  # each takes a decomposition


def joint_errors(rotations: Tensor, target: Tensor) -> dict[str, Estimate]:
    """Mean joint errors of poses [N, 22, 3, 3], in millimetres of the reference body.

    Returns:
        ``mpjpe``: pelvis at the origin and both facing +Z, since words leave the heading open; ``pa_mpjpe``: after the
        best similarity.
    """
    joints, wanted = (forward_kinematics(face_forward(each))[0] for each in (rotations, target))
    return {
        "mpjpe": estimate(mpjpe(joints, wanted).tolist()),
        "pa_mpjpe": estimate(pa_mpjpe(joints, wanted).tolist()),
    }


def frechet(found: Tensor, real: Tensor) -> float:
    """Frechet distance between Gaussians of two sets of vectors [N, D] and [M, D], N and M at least 2.

    The trace of the root of the product of covariances is taken by symmetric eigenvalues, which need no small number on
    the diagonal where there are fewer vectors than dimensions.
    """
    first, second = found.double(), real.double()
    if min(len(first), len(second)) < 2 or first.shape[1] != second.shape[1]:
        raise ValueError(
            f"a Frechet distance takes two sets of two or more vectors of one width, found {list(first.shape)} and "
            f"{list(second.shape)}"
        )
    spreads = [torch.cov(each.T).reshape(each.shape[1], each.shape[1]) for each in (first, second)]
    values, vectors = torch.linalg.eigh(spreads[0])
    root = vectors * values.clamp_min(0).sqrt() @ vectors.T
    shared = torch.linalg.eigvalsh(root @ spreads[1] @ root).clamp_min(0).sqrt().sum()
    apart = (first.mean(0) - second.mean(0)).square().sum()
    return max(0.0, (apart + spreads[0].trace() + spreads[1].trace() - 2 * shared).item())


def fid(found: Tensor, real: Tensor) -> Estimate:
    """:func:`frechet` with an interval over the examples of ``found``.

    Drawing with replacement leaves fewer different examples and so adds a constant to every draw; the percentiles are
    moved back by it.
    """
    value, generator = frechet(found, real), torch.Generator().manual_seed(0)
    drawn = [frechet(found[torch.randint(len(found), (len(found),), generator=generator)], real) for _ in range(_DRAWS)]
    low, high = np.percentile(drawn, (2.5, 97.5)) - np.mean(drawn) + value
    return Estimate(value, max(0.0, float(low)), float(high), len(found))

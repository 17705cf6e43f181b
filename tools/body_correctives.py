"""Correctives of the free body: what linear skinning loses at bent joints (step 5 of ``build_body.py``).

Axes and units are those of :mod:`unipose.body.skeleton`; everything is float64.
"""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES_24, MIRROR_24, PARENTS_24

REFLECT = torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)

# Ranges (degrees) of the left joint's rotation vector x, y, z used to fit correctives: roughly human, wide on purpose.
RANGES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "hip": ((-125, 30), (-45, 45), (-25, 60)),
    "knee": ((-5, 135), (-15, 15), (-8, 8)),
    "ankle": ((-30, 50), (-20, 20), (-25, 25)),
    "foot": ((-50, 30), (-10, 10), (-10, 10)),
    "spine1": ((-25, 50), (-35, 35), (-30, 30)),
    "spine2": ((-25, 50), (-35, 35), (-30, 30)),
    "spine3": ((-25, 50), (-35, 35), (-30, 30)),
    "neck": ((-45, 45), (-50, 50), (-35, 35)),
    "head": ((-45, 45), (-50, 50), (-35, 35)),
    "collar": ((-15, 15), (-30, 30), (-15, 40)),
    "shoulder": ((-70, 70), (-120, 50), (-90, 90)),
    "elbow": ((-50, 50), (-140, 5), (-15, 15)),
    "wrist": ((-50, 50), (-30, 30), (-75, 75)),
    "hand": ((-10, 10), (-20, 20), (-80, 30)),
}
# Share of the way from linear to dual-quaternion skinning: pure dual quaternions bulge at raised shoulders and make
# ball-shaped kneecaps.
SHARE = {"collar": 0.25, "shoulder": 0.25}
SHARE_DEFAULT = 0.6
FIT_ROTATIONS = 240
RIDGE = 2e-4  # per sample, relative to features of order one


def kind(joint: str) -> str:
    """``left_knee`` -> ``knee``."""
    return joint.removeprefix("left_").removeprefix("right_")


def rotation_matrix(vector: Tensor) -> Tensor:
    """[..., 3] rotation vectors to [..., 3, 3]."""
    x, y, z = vector.unbind(-1)
    o = torch.zeros_like(x)
    skew = torch.stack((o, -z, y, z, o, -x, -y, x, o), dim=-1).unflatten(-1, (3, 3))
    return torch.linalg.matrix_exp(skew)


def fit_correctives(template: Tensor, joints: Tensor, weights: Tensor, mirror: Tensor) -> list[dict[str, Tensor]]:
    """For each joint the vertices it bends and coefficients [n, 3, 9] on the entries of R - I.

    With ``s`` the weight of a vertex on the joint and everything below it, and p its place seen from the joint,
    linear skinning gives L p with L = (1 - s) I + s R. Both transforms fix the joint, so their dual-quaternion blend
    is a plain rotation about it, by the normalised blend of the quaternions. The offset C (R - I) is added before
    skinning; C is found by least squares on what is seen after skinning, L C (R - I) = share (dual - L p).
    """
    generator = torch.Generator().manual_seed(0)
    below = torch.eye(24, dtype=torch.float64)
    for joint in range(23, 0, -1):
        below[PARENTS_24[joint]] += below[joint]
    reach = weights @ below.T
    fitted: list[dict[str, Tensor]] = [{} for _ in range(24)]
    for joint, name in enumerate(JOINT_NAMES_24):
        if joint == 0 or name.startswith("right_"):
            continue
        s = reach[:, joint]
        index = torch.nonzero((s > 1e-3) & (s < 1 - 1e-3))[:, 0]
        ranges = torch.deg2rad(torch.tensor(RANGES[kind(name)], dtype=torch.float64))
        vectors = ranges[:, 0] + torch.rand(FIT_ROTATIONS, 3, generator=generator).double() * (
            ranges[:, 1] - ranges[:, 0]
        )
        coefficients = fit_joint(
            vectors, s[index], template[index] - joints[joint], SHARE.get(kind(name), SHARE_DEFAULT)
        )
        if MIRROR_24[joint] == joint:  # the set of vertices is its own mirror image: average with the reflection
            full = torch.zeros(len(template), 3, 9, dtype=torch.float64)
            full[index] = coefficients
            coefficients = ((full + reflect_coefficients(full)[mirror]) / 2)[index]
        fitted[joint] = {"index": index, "coefficients": coefficients}
        if MIRROR_24[joint] != joint:
            fitted[MIRROR_24[joint]] = {"index": mirror[index], "coefficients": reflect_coefficients(coefficients)}
    return fitted


def reflect_coefficients(coefficients: Tensor) -> Tensor:
    """[n, 3, 9]: the same offsets for the mirrored rotation, M R M, on the mirrored vertex."""
    return coefficients * REFLECT[:, None] * torch.outer(REFLECT, REFLECT).flatten()


def fit_joint(vectors: Tensor, s: Tensor, p: Tensor, share: float) -> Tensor:
    angle = vectors.norm(dim=1, keepdim=True)
    turns = rotation_matrix(vectors)
    features = (turns - torch.eye(3, dtype=torch.float64)).flatten(1)  # [K, 9]
    # nlerp of 1 and q = (cos a/2, sin a/2 n) at s is again a rotation about n.
    half = torch.atan2(s * torch.sin(angle / 2), 1 - s + s * torch.cos(angle / 2))  # [K, n]
    dual = rotation_matrix((vectors / angle)[:, None] * 2 * half[..., None])  # [K, n, 3, 3]
    linear = (1 - s)[:, None, None] * torch.eye(3, dtype=torch.float64) + s[:, None, None] * turns[:, None]
    target = share * ((dual - linear) @ p[..., None])[..., 0]  # [K, n, 3]
    out = torch.empty(len(p), 3, 9, dtype=torch.float64)
    for chunk in torch.arange(len(p)).split(256):
        rows = torch.einsum("knab,kf->nkabf", linear[:, chunk], features).flatten(-2).flatten(1, 2)  # [n, 3K, 27]
        wanted = target[:, chunk].transpose(0, 1).flatten(1)[..., None]
        normal = rows.transpose(1, 2) @ rows + RIDGE * len(vectors) * torch.eye(27, dtype=torch.float64)
        out[chunk] = torch.linalg.solve(normal, rows.transpose(1, 2) @ wanted)[..., 0].unflatten(-1, (3, 9))
    return out

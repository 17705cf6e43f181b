"""Poses to codes and back in the published arithmetic, rounding and all; elsewhere poses stay exact.

The release casts the pose tokenizer to bfloat16 and goes on to axis-angle in it. That flips some codes, and turns
joints by a degree or two for nothing. It also loses the axis' signs at half turns. Whoever compares with published
numbers needs it so; everybody else has :class:`unipose.model.pose_tokenizer.PoseTokenizer` and
:mod:`unipose.body.rotations`.

Poses are in the axes of the release, those of AMASS: Z up (:func:`unipose.body.rotations.to_z_up`).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from unipose.body.rotations import matrix_to_rot6d, rot6d_to_matrix
from unipose.model.pose_tokenizer import PoseTokenizer

_SMALL = 1e-6  # radians, below which the sine over the angle is taken by its series


@torch.no_grad()
def reference_encode(tokenizer: PoseTokenizer, rotations: Tensor, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    """[B, 22, 3, 3] local rotation matrices to codes, int64 [B, T], everything in ``dtype``.

    ``dtype`` float32 leaves the rounding out and gives the codes of :meth:`PoseTokenizer.encode`.
    """
    rough = copy.deepcopy(tokenizer).to(dtype)  # type: ignore[call-arg, arg-type]  # the library types its own wrapper
    vectors = rough.encoder(matrix_to_rot6d(rotations).to(dtype))
    codebook = rough.quantizer.codebook
    distances = (vectors * vectors).sum(-1, keepdim=True) - 2 * vectors @ codebook.T + (codebook * codebook).sum(-1)
    return distances.argmin(-1)


@torch.no_grad()
def reference_decode_poses(tokenizer: PoseTokenizer, codes: Tensor, dtype: torch.dtype = torch.bfloat16) -> Tensor:
    """Codes int64 [B, T] to axis-angle in radians, float32 [B, 22, 3], everything before the result in ``dtype``.

    Raises:
        ValueError: for a code outside the codebook.
    """
    rough = copy.deepcopy(tokenizer).to(dtype)  # type: ignore[call-arg, arg-type]
    rotations = rot6d_to_matrix(rough.decoder(rough.quantizer.lookup(codes)))
    return quaternion_to_axis_angle(matrix_to_quaternion(rotations)).float()


def matrix_to_quaternion(rotations: Tensor) -> Tensor:
    """[..., 3, 3] rotation matrices to quaternions [..., 4], real part first and never negative.

    Each component's size comes from the diagonal, its sign from the antisymmetric part. That part vanishes at half
    turns, where every sign becomes plus: wrong for an axis of mixed signs, and published so.
    """
    x, y, z = rotations.diagonal(dim1=-2, dim2=-1).unbind(-1)
    squares = torch.stack((1 + x + y + z, 1 + x - y - z, 1 - x + y - z, 1 - x - y + z), dim=-1)
    sizes = 0.5 * squares.clamp(min=0).sqrt()
    twist = rotations.transpose(-1, -2) - rotations
    signs = torch.stack((twist[..., 1, 2], twist[..., 2, 0], twist[..., 0, 1]), dim=-1)
    vector = torch.where(signs < 0, -sizes[..., 1:], sizes[..., 1:])
    return torch.cat((sizes[..., :1], vector), dim=-1)


def quaternion_to_axis_angle(quaternions: Tensor) -> Tensor:
    """[..., 4] quaternions, real part first, to [..., 3] axis-angle in radians."""
    real, vector = quaternions[..., :1], quaternions[..., 1:]
    half = torch.atan2(vector.norm(dim=-1, keepdim=True), real)
    angle = 2 * half
    small = angle.abs() < _SMALL
    ratio = torch.where(small, 0.5 - angle * angle / 48, half.sin() / angle.masked_fill(small, 1))
    return vector / ratio

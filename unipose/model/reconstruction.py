"""How well a pose tokenizer gives back what it was given."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

from unipose.body.errors import mean_of, mpjpe, pa_mpjpe, rotation_error
from unipose.body.pose import face_forward
from unipose.body.skeleton import forward_kinematics
from unipose.model.pose_tokenizer import PoseTokenizer


@torch.inference_mode()
def reconstruction_errors(tokenizer: PoseTokenizer, rotations: Tensor, chunk: int = 1024) -> dict[str, float]:
    """Mean errors over poses [N, 22, 3, 3] after encoding and decoding.

    Returns:
        ``mpjpe`` and ``pa_mpjpe`` in millimetres over 22 joints with the pelvis at the origin and the heading as given,
        ``mpjpe_forward`` of the same poses turned to face +Z, ``rotation_deg``, and ``codes_used``.
    """
    figures: dict[str, list[Tensor]] = defaultdict(list)
    used = torch.zeros(tokenizer.config.num_codes, dtype=torch.bool, device=rotations.device)
    for part in rotations.split(chunk):
        codes = tokenizer.encode(part)
        used[codes.flatten()] = True
        again = tokenizer.decode(codes)
        joints, target = forward_kinematics(again)[0], forward_kinematics(part)[0]
        figures["mpjpe"].append(mpjpe(joints, target))
        figures["pa_mpjpe"].append(pa_mpjpe(joints, target))
        figures["rotation_deg"].append(rotation_error(again, part))
        forward = face_forward(part)
        joints = forward_kinematics(tokenizer.decode(tokenizer.encode(forward)))[0]
        figures["mpjpe_forward"].append(mpjpe(joints, forward_kinematics(forward)[0]))
    return mean_of(figures) | {"codes_used": float(used.sum())}

"""Stage 1: the pose tokenizer (paper section 3.4: rotation, joint and commitment losses)."""

from __future__ import annotations

import math
from pathlib import Path

import roma
import torch
from torch import Tensor

from unipose.body.pose import face_forward, yaw_matrix
from unipose.body.skeleton import JOINT_NAMES_24, forward_kinematics, mirror_rotations, with_hands
from unipose.data.sources import PoseBank, load_poses
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.reconstruction import reconstruction_errors
from unipose.training.loops import LoopSettings, run

BATCH = 256
JOINT_WEIGHT, ROTATION_WEIGHT, COMMITMENT_WEIGHT = 10.0, 2.0, 0.05
# Points fixed to end joints (metres in the joint's frame). Without them nothing but the rotation loss would hold the
# turn of head, hands and feet, which no joint position depends on.
_LANDMARKS = {
    "head": (0.0, 0.05, 0.12),
    "left_hand": (0.0, 0.0, 0.06),
    "right_hand": (0.0, 0.0, 0.06),
    "left_foot": (0.0, 0.0, 0.08),
    "right_foot": (0.0, 0.0, 0.08),
}


def train_tokenizer(data: Path, settings: LoopSettings, config: PoseTokenizerConfig | None = None) -> dict[str, float]:
    """Train a pose tokenizer on the poses in ``data`` and save it to ``settings.out``.

    Returns:
        Held-out mean joint error in millimetres (``val_mpjpe``: heading as captured, ``val_mpjpe_forward``: facing
        +Z, ``val_pa_mpjpe``), rotation error in degrees, code use, steps and seconds.
    """
    torch.manual_seed(settings.seed)
    train, val = load_poses(data, "train"), load_poses(data, "val")
    model = PoseTokenizer(config or PoseTokenizerConfig())
    chances = sampling_weights(train)

    def batch(step: int) -> Tensor:
        generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)
        rows = torch.multinomial(chances, BATCH, replacement=True, generator=generator)
        return augment(train.rotations[rows], generator)

    def loss(rotations: Tensor) -> tuple[Tensor, dict[str, float]]:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = model(rotations)
        with torch.no_grad():
            target = landmarks(rotations)
        joint = (landmarks(output.rotations) - target).square().sum(-1).add(1e-8).sqrt().mean()
        rotation = (output.rotations - rotations).square().sum((-1, -2)).mean()
        total = JOINT_WEIGHT * joint + ROTATION_WEIGHT * rotation + COMMITMENT_WEIGHT * output.commitment
        return total, {
            "joint_mm": 1000 * joint.item(),
            "commitment": output.commitment.item(),
            "perplexity": output.perplexity.item(),
        }

    def evaluate() -> dict[str, float]:
        return reconstruction_errors(model, val.rotations)

    return run(model, settings, batch, loss, evaluate)


def sampling_weights(bank: PoseBank) -> Tensor:
    """Half of the draws from all poses, half from the diverse ones, so that walking and salsa do not drown the rest."""
    diverse = (bank.tier <= 2).float()
    return torch.full((len(bank),), 0.5 / len(bank)) + 0.5 * diverse / diverse.sum().clamp(min=1)


def augment(rotations: Tensor, generator: torch.Generator) -> Tensor:
    """Poses a training step sees: mirrored, turned to any heading, tipped, and with a part disturbed.

    Half of a batch stays as upright as it was captured; of the rest some are tipped up to 25 degrees and a few take
    any orientation, so that lying and inverted bodies are covered. Half of the poses get noise on their joints.
    """
    count = len(rotations)

    def chance() -> Tensor:
        return torch.rand(count, generator=generator)

    flipped = (chance() < 0.5)[:, None, None, None]
    rotations = torch.where(flipped, mirror_rotations(rotations), rotations)
    forward = (chance() < 0.5)[:, None, None, None]
    rotations = torch.where(forward, face_forward(rotations), rotations)
    heading = torch.where(forward.flatten(), 0.1, math.pi) * (2 * chance() - 1)
    axes = torch.randn(count, 3, generator=generator)
    lot = chance()
    angle = torch.where(lot < 0.35, 0.25, 0.0) * torch.randn(count, generator=generator).abs()
    angle = torch.where(lot < 0.05, math.pi * chance(), angle)
    tip = roma.rotvec_to_rotmat(torch.nn.functional.normalize(axes, dim=-1) * angle[:, None])
    root = tip @ yaw_matrix(heading) @ rotations[:, 0]
    scale = torch.where(chance() < 0.5, 0.08, 0.0)[:, None, None] * torch.rand(count, 21, 1, generator=generator)
    noise = roma.rotvec_to_rotmat(scale * torch.randn(count, 21, 3, generator=generator))
    return torch.cat((root[:, None], rotations[:, 1:] @ noise), 1)


def landmarks(rotations: Tensor) -> Tensor:
    """[B, 22, 3, 3] to points [B, 29, 3] in metres: 24 joints, and one fixed to the head and to each hand and foot."""
    joints, turned = forward_kinematics(with_hands(rotations))
    index = [JOINT_NAMES_24.index(name) for name in _LANDMARKS]
    offsets = torch.tensor(list(_LANDMARKS.values())).to(rotations)
    fixed = joints[:, index] + (turned[:, index] @ offsets[..., None]).squeeze(-1)
    return torch.cat((joints, fixed), 1)

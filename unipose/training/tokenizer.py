"""Stage 1: the pose tokenizer (paper section 3.4: rotation, joint, vertex and commitment losses)."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from unipose.body.mesh import FreeBody
from unipose.body.skeleton import forward_kinematics
from unipose.data.sources import PoseBank, load_poses
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.model.reconstruction import reconstruction_errors
from unipose.training.augment import augment
from unipose.training.checkpoints import claim
from unipose.training.loops import run
from unipose.training.objective import Figures, Objective, distance
from unipose.training.provenance import write_provenance
from unipose.training.settings import LoopSettings
from unipose.training.surface import skin_points

BATCH = 256
ROTATION_WEIGHT, JOINT_WEIGHT, VERTEX_WEIGHT, COMMITMENT_WEIGHT = 2.0, 8.0, 4.0, 0.05
SKINNED = 2  # every which pose of a batch has its skin compared; all of them would cost a sixth of the steps


class Reconstruction(Objective):
    """How far a pose is from what its codes give back.

    Distances are means of lengths in metres, not of their squares as published: squares are ruled by a few wild poses.
    """

    def __init__(self, model: PoseTokenizer) -> None:
        super().__init__(model)
        self._skin = skin_points(FreeBody.load("light"))

    def forward(self, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Figures]:
        """Poses [B, 22, 3, 3] as given and as wanted back, to the loss and its parts (lengths in millimetres)."""
        given, wanted = batch
        output = self.model(given)
        with torch.autocast(given.device.type, enabled=False):  # geometry in bfloat16 is off by centimetres
            joint = distance(forward_kinematics(output.rotations)[0], forward_kinematics(wanted)[0])
            skin = self._skin = self._skin.to(given.device)
            vertex = distance(skin.vertices(output.rotations[::SKINNED]), skin.vertices(wanted[::SKINNED]))
            rotation = (output.rotations - wanted).square().sum((-1, -2)).mean()
        total = ROTATION_WEIGHT * rotation + JOINT_WEIGHT * joint + VERTEX_WEIGHT * vertex
        figures = {"joint_mm": 1000 * joint, "vertex_mm": 1000 * vertex, "rotation": rotation}
        figures |= {"commitment": output.commitment, "perplexity": output.perplexity}
        return total + COMMITMENT_WEIGHT * output.commitment, {name: x.detach() for name, x in figures.items()}


def train_tokenizer(data: Path, settings: LoopSettings, config: PoseTokenizerConfig | None = None) -> dict[str, float]:
    """Train a pose tokenizer on the poses in ``data`` and save it to ``settings.out``.

    Returns:
        Held-out mean joint error in millimetres (``val_mpjpe``: heading as captured, ``val_mpjpe_forward``: facing
        +Z, ``val_pa_mpjpe``), rotation error in degrees, code use, steps and seconds.

    Raises:
        ValueError: see :func:`unipose.training.loops.run`.
    """
    claim(settings)
    torch.manual_seed(settings.seed)
    train, val = load_poses(data, "train"), load_poses(data, "val")
    model = PoseTokenizer(config or PoseTokenizerConfig())
    chances = sampling_weights(train)

    def batch(step: int, share: int, shares: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed((settings.seed * 1_000_003 + step) * shares + share)
        count = BATCH // shares + (share < BATCH % shares)
        rows = torch.multinomial(chances, 2 * count, replacement=True, generator=generator)
        poses, donors = train.rotations[rows].chunk(2)
        return augment(poses, donors, generator)

    def finish(figures: dict[str, float]) -> None:
        model.save_pretrained(settings.out)
        write_provenance(settings.out, "tokenizer", figures, trained={"pose tokenizer": model.num_parameters()})

    return run(
        Reconstruction(model),
        settings,
        batch,
        lambda: reconstruction_errors(model, val.rotations.to(model.device)),
        finish,
    )


def sampling_weights(bank: PoseBank) -> Tensor:
    """Half of the draws from all poses, half from the diverse ones, so that walking and salsa do not drown the rest."""
    diverse = (bank.tier <= 2).float()
    return torch.full((len(bank),), 0.5 / len(bank)) + 0.5 * diverse / diverse.sum().clamp(min=1)

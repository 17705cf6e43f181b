"""The eyes: image towers and pose reader learn to see a pose before the language model looks through them.

The official model takes its towers ready-made (CLIP, and TokenHMR's, which learnt just this). Nano's learn here: from
poses as detectors would find them, made up by the thousand, and from labelled pictures where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from torch import Tensor
from torch.nn import functional

from unipose.body.errors import mpjpe, pa_mpjpe
from unipose.body.skeleton import forward_kinematics
from unipose.data.named import read_named
from unipose.data.projected import Projected, project
from unipose.data.snapshots import Snapshots
from unipose.data.sources import load_poses
from unipose.model.pose_reader import LOCATED, PICTURED
from unipose.model.processor import UniPoseProcessor
from unipose.model.sight import keypoint_view
from unipose.model.unipose import UniPoseModel
from unipose.training.augment import augment
from unipose.training.checkpoints import claim
from unipose.training.freezing import freeze, trained
from unipose.training.loops import run
from unipose.training.nano import with_eyes
from unipose.training.objective import Figures, Objective, distance
from unipose.training.provenance import write_provenance
from unipose.training.settings import LoopSettings
from unipose.training.stages import STAGES
from unipose.training.tokenizer import sampling_weights

DETECTED, PICTURES = 512, 64
"""People a step: found by an imagined detector, and in pictures."""
NAMED = 0.15  # share of the detected whose pose is one of the lexicon's
JOINT_WEIGHT, ROTATION_WEIGHT, LATENT_WEIGHT, CAMERA_WEIGHT = 8.0, 2.0, 0.002, 0.5
MARK_WEIGHT, VISIBLE_WEIGHT = 8.0, 0.5
# Of the pictured people: the picture alone, the keypoints alone; the rest both.
PICTURE_ALONE, KEYPOINTS_ALONE = 0.5, 0.15
_HELD_OUT = 1024


@dataclass(frozen=True)
class Seen:
    """N people as the encoders are shown them, and the truth.

    Attributes:
        sights: as :meth:`unipose.model.unipose.UniPoseModel.read_poses` takes them.
        rotations: float32 [N, 22, 3, 3] as the camera sees them.
        camera, marks: float32 [N, 3] and [N, 27, 3], see :class:`unipose.model.pose_reader.Reading`, but of the marks
            1 where they are visible; None without pictures.
    """

    sights: Mapping[str, Tensor]
    rotations: Tensor
    camera: Tensor | None = None
    marks: Tensor | None = None

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Seen:
        """The same on ``device``."""
        camera, marks = (None if each is None else each.to(device) for each in (self.camera, self.marks))
        sights = {name: value.to(device) for name, value in self.sights.items()}
        return Seen(sights, self.rotations.to(device), camera, marks)


class Seeing(Objective):
    """How far the poses that are read are from the truth: joints, rotations, the tokenizer's latents and the camera."""

    def __init__(self, model: UniPoseModel) -> None:
        super().__init__(model)
        self._eyes = model.read_poses
        self._tokenizer = [model.pose_tokenizer]  # in a list, so that it is no part of this module a second time

    def forward(self, batch: list[Seen]) -> tuple[Tensor, Figures]:
        """Groups of people to the loss and its parts (lengths in millimetres), each group counting as one."""
        losses: list[Tensor] = []
        figures: Figures = {}
        for seen in batch:
            loss, parts = self._group(seen)
            losses.append(loss)
            kind = "detected" if seen.camera is None else "pictured"
            figures |= {f"{kind}_{name}": value.detach() for name, value in parts.items()}
        return torch.stack(losses).mean(), figures

    def _group(self, seen: Seen) -> tuple[Tensor, Figures]:
        reading = self._eyes(**seen.sights)
        (tokenizer,) = self._tokenizer
        with torch.autocast(seen.rotations.device.type, enabled=False):  # geometry in bfloat16 is off by centimetres
            found = tokenizer.reconstruct(reading.latents)
            joint = distance(forward_kinematics(found)[0], forward_kinematics(seen.rotations)[0])
            rotation = (found - seen.rotations).square().sum((-1, -2)).mean()
            with torch.no_grad():
                codes = tokenizer.encode(seen.rotations)
            latent = (reading.latents - tokenizer.quantizer.lookup(codes)).square().sum(-1).mean()
        loss = JOINT_WEIGHT * joint + ROTATION_WEIGHT * rotation + LATENT_WEIGHT * latent
        parts = {"joint_mm": 1000 * joint, "rotation": rotation, "latent": latent}
        if seen.camera is not None and seen.marks is not None and reading.marks is not None:
            pictured = seen.sights["evidence"][:, PICTURED]
            camera = (reading.camera - seen.camera).abs().sum(-1)[pictured].mean()
            found, truth = reading.marks[pictured], seen.marks[pictured]
            inside = (truth[..., :2].abs() < 1).all(-1)  # also what is hidden: people know where it must be
            apart = distance(found[..., :2][inside], truth[..., :2][inside])
            visible = functional.binary_cross_entropy_with_logits(found[..., 2], truth[..., 2])
            loss = loss + CAMERA_WEIGHT * camera + MARK_WEIGHT * apart + VISIBLE_WEIGHT * visible
            parts |= {"camera": camera, "marks": apart, "visible": visible}
        return loss, parts


def train_eyes(
    data: Path,
    start: Path,
    settings: LoopSettings,
    *,
    named: Path | None = None,
    pictures: Path | None = None,
) -> dict[str, float]:
    """Give nano eyes, or train those it has; saves a model folder.

    Args:
        data: folder of a pose collection (:mod:`unipose.data.sources`).
        start: folder of a nano. One without eyes is given a pose reader, and with ``pictures`` image towers, too.
        settings: of the run.
        named: file of the lexicon's poses, for postures that captured motion lacks.
        pictures: folder of labelled pictures with keypoints (:mod:`unipose.data.drawn`).

    Returns:
        Held-out joint errors in millimetres, of people that nobody learns from: with 2D keypoints, with 3D landmarks,
        and in pictures; steps and seconds.

    Raises:
        ValueError: see :func:`unipose.training.loops.run`.
    """
    claim(settings)
    torch.manual_seed(settings.seed)
    model, processor = UniPoseModel.from_pretrained(start), UniPoseProcessor.from_pretrained(start)
    model = with_eyes(model, pictured=pictures is not None)
    processor = UniPoseProcessor.from_config(processor.tokenizer, model.config, max_length=processor.max_length)
    if PartialState().is_main_process:
        processor.save_pretrained(settings.out)
    if model.vision is not None and PartialState().device.type == "cpu":
        # there the fused attention's backward pass takes twice as long as the plain one's, and so do convolutions over
        # channels that lie apart
        model.vision.clip.set_attn_implementation("eager")
        model.vision.pose.to(memory_format=torch.channels_last)
    freeze(model, STAGES["eyes"])
    counts = trained(model)
    poses, held_out = load_poses(data, "train"), load_poses(data, "val")
    chances = sampling_weights(poses)
    names = None if named is None else torch.cat(list(read_named(named).values()))
    shots, held_shots = (None, None) if pictures is None else _snapshots(pictures, processor)

    def batch(step: int, share: int, shares: int) -> list[Seen]:
        dice = torch.Generator().manual_seed((settings.seed * 1_000_003 + step) * shares + share)
        count = DETECTED // shares + (share < DETECTED % shares)
        rows = torch.multinomial(chances, 2 * count, replacement=True, generator=dice)
        taken, donors = poses.rotations[rows].chunk(2)
        if names is not None:
            which = torch.randint(len(names), (int(NAMED * count),), generator=dice)
            taken = torch.cat((names[which], taken[len(which) :]))
        groups = [detected(project(augment(taken, donors, dice)[1], dice))]
        if shots is not None:
            wanted = PICTURES // shares + (share < PICTURES % shares)
            groups += [pictured(shots, wanted, dice)] if wanted else []
        return groups

    dice = torch.Generator().manual_seed(7)
    spread = torch.linspace(0, len(held_out) - 1, min(_HELD_OUT, len(held_out))).long()
    found = project(held_out.rotations[spread], dice)
    tests = {
        "keypoints": detected(replace(found, lifted=torch.zeros_like(found.lifted))),
        "landmarks": detected(replace(found, lifted=torch.ones_like(found.lifted))),
    }
    if held_shots is not None:
        tests["pictures"] = pictured(held_shots, min(_HELD_OUT // 2, len(held_shots)), dice, alone=1.0)

    def finish(figures: dict[str, float]) -> None:
        model.save_pretrained(settings.out)
        write_provenance(settings.out, "eyes", figures, trained=counts, lora=False)

    return run(Seeing(model), settings, batch, lambda: _measured(model, tests), finish)


def detected(found: Projected) -> Seen:
    """People that a detector found, without their pictures."""
    lifted = found.lifted[:, None, None]
    view = keypoint_view(found.keypoints, found.world)
    bare = keypoint_view(found.keypoints)
    evidence = torch.zeros(len(view), 2, dtype=torch.bool)
    evidence[:, LOCATED] = True
    return Seen({"keypoint_values": torch.where(lifted, view, bare), "evidence": evidence}, found.rotations)


def pictured(shots: Snapshots, count: int, dice: torch.Generator, alone: float = PICTURE_ALONE) -> Seen:
    """People in pictures; ``alone`` of them without what a detector would say."""
    shot = shots.draw(count, dice)
    lot = torch.rand(count, generator=dice)
    blind = (lot >= alone) & (lot < alone + KEYPOINTS_ALONE)
    evidence = torch.stack((~blind, lot >= alone), dim=1)
    sights = {**shot.views, "keypoint_values": shot.keypoints, "evidence": evidence}
    return Seen(sights, shot.rotations, shot.camera, shot.marks)


def _snapshots(folder: Path, processor: UniPoseProcessor) -> tuple[Snapshots, Snapshots]:
    sizes: dict[str, Any] = {"side": processor.clip_side, "size": (processor.pose_height, processor.pose_width)}
    return Snapshots.load(folder, "train", **sizes), Snapshots.load(folder, "val", **sizes, mirrored=False)


def _measured(model: UniPoseModel, tests: Mapping[str, Seen]) -> dict[str, float]:
    figures = {}
    for name, seen in tests.items():
        given = seen.to(model.device)
        parts = [
            model.read_poses(**{k: v[rows] for k, v in given.sights.items()}) for rows in _chunks(len(seen.rotations))
        ]
        latents = torch.cat([part.latents for part in parts])
        found = model.pose_tokenizer.decode(model.pose_tokenizer.quantizer.codes(latents))
        joints, truth = forward_kinematics(found)[0], forward_kinematics(given.rotations)[0]
        figures[f"{name}_mpjpe"] = float(mpjpe(joints, truth).mean())
        figures[f"{name}_pa_mpjpe"] = float(pa_mpjpe(joints, truth).mean())
    return figures


def _chunks(count: int, size: int = 128) -> list[slice]:
    return [slice(first, first + size) for first in range(0, count, size)]

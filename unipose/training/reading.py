"""The pose reader learns: poses from keypoints as detectors would find them, and then what a picture adds to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from unipose.body.errors import mpjpe, pa_mpjpe
from unipose.body.skeleton import forward_kinematics
from unipose.data.named import read_named
from unipose.data.projected import Projected, project
from unipose.data.snapshots import Shot
from unipose.data.sources import load_poses
from unipose.model.finder import Found
from unipose.model.pose_reader import LOCATED, PICTURED, Reading
from unipose.model.sight import keypoint_view
from unipose.model.unipose import UniPoseModel
from unipose.training.augment import augment
from unipose.training.objective import Figures, Objective, distance
from unipose.training.tokenizer import sampling_weights

DETECTED, PICTURED_PEOPLE = 512, 128
"""People a step: found by an imagined detector, and in pictures."""
NAMED = 0.15  # share of the detected whose pose is one of the lexicon's
JOINT_WEIGHT, ROTATION_WEIGHT, LATENT_WEIGHT, CAMERA_WEIGHT = 8.0, 2.0, 0.002, 0.5
PICTURE_ALONE = 0.6  # of the pictured; of the rest a detector tells keypoints, too
_HELD_OUT = 1024


@dataclass(frozen=True)
class Seen:
    """N people as the reader is shown them, and the truth.

    Attributes:
        keypoints, evidence: float32 [N, 27, 7] and bool [N, 2], see :meth:`unipose.model.pose_reader.PoseReader.read`.
        rotations: float32 [N, 22, 3, 3] as the camera sees them.
        found: in their pictures; None without pictures.
        camera: float32 [N, 3], see :class:`unipose.model.pose_reader.Reading`; None without pictures.
    """

    keypoints: Tensor
    evidence: Tensor
    rotations: Tensor
    found: Found | None = None
    camera: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rotations)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Seen:
        found = None if self.found is None else Found(*map(change, self.found))
        camera = None if self.camera is None else change(self.camera)
        return Seen(change(self.keypoints), change(self.evidence), change(self.rotations), found, camera)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Seen:
        """The same on ``device``."""
        return self._each(lambda each: each.to(device, non_blocking=non_blocking))

    def at(self, rows: Tensor | slice) -> Seen:
        """Some of them."""
        return self._each(lambda each: each[rows])

    @staticmethod
    def join(parts: Sequence[Seen]) -> Seen:
        """The people of all parts, which have pictures."""
        names = ("keypoints", "evidence", "rotations", "camera")
        tensors = {name: torch.cat([getattr(part, name) for part in parts]) for name in names}
        found = Found(*map(torch.cat, zip(*(part.found for part in parts if part.found is not None), strict=True)))
        return Seen(found=found, **tensors)

    def told(self, picture: Tensor | bool, keypoints: Tensor | bool) -> Seen:
        """The same people, of whom only the picture, or only the keypoints, or both are shown; bool [N] each."""
        evidence = torch.empty_like(self.evidence)
        evidence[:, PICTURED], evidence[:, LOCATED] = torch.as_tensor(picture), torch.as_tensor(keypoints)
        return replace(self, evidence=evidence)


class Lifting(Objective):
    """How far the poses that are read are from the truth: joints, rotations, the tokenizer's latents and the camera."""

    model: UniPoseModel

    def forward(self, batch: Seen) -> tuple[Tensor, Figures]:
        """People to the loss and its parts (lengths in millimetres)."""
        reader = self.model.pose_reader
        assert reader is not None  # with_eyes gave it one
        reading = reader.read(batch.found, batch.keypoints, batch.evidence)
        return lifting(self.model, reading, batch.rotations, batch.camera)


class Detections:
    """People as an imagined detector finds them.

    Args:
        data: folder of a pose collection.
        named: file of the lexicon's poses, or None.
        seed: of the run.
    """

    def __init__(self, data: Path, named: Path | None, seed: int) -> None:
        self._poses, self._seed = load_poses(data, "train"), seed
        self._chances = sampling_weights(self._poses)
        self._names = None if named is None else torch.cat(list(read_named(named).values()))

    def batch(self, step: int, share: int, shares: int) -> Seen:
        """A share of a step."""
        dice = share_dice(self._seed, step, share, shares)
        count = share_of(DETECTED, share, shares)
        rows = torch.multinomial(self._chances, 2 * count, replacement=True, generator=dice)
        taken, donors = self._poses.rotations[rows].chunk(2)
        if self._names is not None:
            which = torch.randint(len(self._names), (int(NAMED * count),), generator=dice)
            taken = torch.cat((self._names[which], taken[len(which) :]))
        return detected(project(augment(taken, donors, dice)[1], dice))


class Glances:
    """People as the finder of a model found them in pictures; most without what a detector would say.

    Args:
        seen: all of them.
        seed: of the run.
    """

    def __init__(self, seen: Seen, seed: int) -> None:
        self._seen, self._seed = seen, seed

    def batch(self, step: int, share: int, shares: int) -> Seen:
        """A share of a step."""
        dice = share_dice(self._seed, step, share, shares)
        count = share_of(PICTURED_PEOPLE, share, shares)
        chosen = self._seen.at(torch.randint(len(self._seen), (count,), generator=dice))
        return chosen.told(True, torch.rand(count, generator=dice) >= PICTURE_ALONE)


def lifting(model: UniPoseModel, reading: Reading, rotations: Tensor, camera: Tensor | None) -> tuple[Tensor, Figures]:
    """How far what was read of N people is from their rotations [N, 22, 3, 3] and cameras [N, 3]; see
    :class:`Lifting`.
    """
    tokenizer = model.pose_tokenizer
    with torch.autocast(rotations.device.type, enabled=False):  # geometry in bfloat16 is off by centimetres
        posed = tokenizer.reconstruct(reading.latents)
        joint = distance(forward_kinematics(posed)[0], forward_kinematics(rotations)[0])
        rotation = (posed - rotations).square().sum((-1, -2)).mean()
        with torch.no_grad():
            codes = tokenizer.encode(rotations)
        latent = (reading.latents - tokenizer.quantizer.lookup(codes)).square().sum(-1).mean()
    loss = JOINT_WEIGHT * joint + ROTATION_WEIGHT * rotation + LATENT_WEIGHT * latent
    parts = {"joint_mm": 1000 * joint, "rotation": rotation, "latent": latent}
    if camera is not None:
        away = (reading.camera - camera).abs().sum(-1).mean()
        loss = loss + CAMERA_WEIGHT * away
        parts |= {"camera": away}
    return loss, {name: value.detach() for name, value in parts.items()}


def detected(found: Projected) -> Seen:
    """People that a detector found, without their pictures."""
    view = keypoint_view(found.keypoints, found.world)
    shown = torch.where(found.lifted[:, None, None], view, keypoint_view(found.keypoints))
    evidence = torch.zeros(len(view), 2, dtype=torch.bool)
    evidence[:, LOCATED] = True
    return Seen(shown, evidence, found.rotations)


def pictured(shot: Shot, found: Found) -> Seen:
    """People in pictures, in which this was found; with what a detector would say of them."""
    lean = found._replace(looks=found.looks.half(), places=found.places[..., :0])  # a thousand numbers a keypoint
    return Seen(shot.keypoints, torch.ones(len(shot), 2, dtype=torch.bool), shot.rotations, lean, shot.camera)


def detected_tests(data: Path) -> dict[str, Seen]:
    """Held-out poses as a detector finds them, without and with 3D landmarks."""
    held_out = load_poses(data, "val")
    spread = torch.linspace(0, len(held_out) - 1, min(_HELD_OUT, len(held_out))).long()
    found = project(held_out.rotations[spread], torch.Generator().manual_seed(7))
    return {
        "keypoints": detected(replace(found, lifted=torch.zeros_like(found.lifted))),
        "landmarks": detected(replace(found, lifted=torch.ones_like(found.lifted))),
    }


def pictured_tests(seen: Seen) -> dict[str, Seen]:
    """Held-out pictures: alone, what a detector says of them alone, and both together."""
    return {
        "pictures": seen.told(True, False),
        "their_keypoints": seen.told(False, True),
        "pictures_and_keypoints": seen.told(True, True),
    }


def measured(model: UniPoseModel, tests: Mapping[str, Seen]) -> dict[str, float]:
    """Joint errors of what the reader alone says, in millimetres."""
    figures, tokenizer, reader = {}, model.pose_tokenizer, model.pose_reader
    assert reader is not None
    for name, test in tests.items():
        given = test.to(model.device)
        parts = [given.at(slice(first, first + 128)) for first in range(0, len(given), 128)]
        latents = torch.cat([reader.read(part.found, part.keypoints, part.evidence).latents for part in parts])
        posed = tokenizer.decode(tokenizer.quantizer.codes(latents))
        joints, truth = forward_kinematics(posed)[0], forward_kinematics(given.rotations)[0]
        figures[f"{name}_mpjpe"] = float(mpjpe(joints, truth).mean())
        figures[f"{name}_pa_mpjpe"] = float(pa_mpjpe(joints, truth).mean())
    return figures


def share_dice(seed: int, step: int, share: int, shares: int) -> torch.Generator:
    """What chance decides in a share of a step."""
    return torch.Generator().manual_seed((seed * 1_000_003 + step) * shares + share)


def share_of(count: int, share: int, shares: int) -> int:
    """How many of ``count`` are in a share."""
    return count // shares + (share < count % shares)

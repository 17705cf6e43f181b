"""Shelves: poses that can be searched, with all that a search asks of them at hand."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
import roma
import torch
import yaml
from torch import Tensor

from unipose.body import packing
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import forward_kinematics
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.measuring.registry import Registry
from unipose.library.names import Label, called, of_entry

SHIPPED = "library"
"""Source of the poses that come with the package."""
_CHUNK = 2048  # poses measured at a time, to bound the memory it takes


@dataclass(frozen=True, eq=False)
class Shelf:
    """N poses of one source.

    Attributes:
        source: where they are from, such as ``SHIPPED``, "collection" or "conversation".
        labels: [N], what each is called; poses of one name share the label.
        packed: int16 [N, 22, 3], see :func:`unipose.body.packing.pack`.
        values: float32 [N, M], the registry's measures.
        joints: float32 [N, 22, 3] metres, about their middle.
        unrest: float32 [N], how much they do besides standing: mean over the joints, 1 at a right angle from rest.
    """

    source: str
    labels: tuple[Label, ...]
    packed: np.ndarray
    values: Tensor
    joints: Tensor
    unrest: Tensor

    @classmethod
    @torch.no_grad()
    def of(cls, source: str, rotations: Tensor, labels: Sequence[Label]) -> Shelf:
        """A shelf of poses [N, 22, 3, 3]; about 1.5 kB each.

        Raises:
            ValueError: another number of labels than of poses.
        """
        if len(labels) != len(rotations):
            raise ValueError(f"{len(rotations)} poses need as many labels, found {len(labels)}")
        registry = Registry.load()
        values, joints, unrest = [torch.zeros(0, len(registry.measures))], [torch.zeros(0, 22, 3)], [torch.zeros(0)]
        packed = [np.zeros((0, 22, 3), np.int16)]
        for part in rotations.split(_CHUNK):
            packed.append(packing.pack(part))
            places = forward_kinematics(part)[0]
            values.append(registry.measure(places, part))
            joints.append(centred(places))
            turned = roma.rotmat_geodesic_distance(part[:, 1:], standing().rotations[1:])
            unrest.append((turned / (0.5 * math.pi)).mean(-1))
        return cls(
            source, tuple(labels), np.concatenate(packed), torch.cat(values), torch.cat(joints), torch.cat(unrest)
        )

    def __len__(self) -> int:
        return len(self.labels)

    def pose(self, place: int) -> Pose:
        """The pose at a place."""
        return Pose(packing.unpack(self.packed[place]))


def centred(joints: Tensor) -> Tensor:
    """Joints [..., 22, 3] about their middle."""
    return joints - joints.mean(-2, keepdim=True)


@functools.cache
def shipped() -> Shelf:
    """The poses that come with the package: a few of each entry of the lexicon and of each plain pose, in its left form
    where it has sides. Measured when first asked for, in less than a second."""
    known = {entry.id: of_entry(entry) for entry in load_lexicon()} | plain_labels()
    content = resources.files("unipose.library").joinpath("poses.npz").read_bytes()
    poses = {name: own for name, own in packing.read(content).items() if name in known and len(own)}
    labels = [known[name] for name, own in poses.items() for _ in range(len(own))]
    return Shelf.of(SHIPPED, torch.cat(list(poses.values())), labels)


def plain_labels() -> dict[str, Label]:
    """The plain poses of ``plain.yaml``, by their predicates with a blank between them."""
    data = yaml.safe_load(resources.files("unipose.library").joinpath("plain.yaml").read_text(encoding="utf-8"))
    found = {}
    for posture, be in data["postures"].items():
        for arms, held in data["arms"].items():
            ids = f"{posture} {arms}"
            found[ids] = called(f"{be[:1].upper()}{be[1:]}, {held}", sided="left_" in ids)
    return found

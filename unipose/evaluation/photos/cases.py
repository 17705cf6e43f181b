"""People whose pose is known, and what there is to see of them: poses photographed in the mind, rendered pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.data.drawn import Drawn
from unipose.data.projected import Rig, project
from unipose.photos import Detections, Person

RIG = Rig(lifted=1.0)
"""Cameras and detectors of the cases: those of training, but there are always 3D landmarks, for who wants them."""
RENDERED = replace(RIG, cut=0.0)
"""The same for rendered pictures, which end where they end."""
IMAGINED = 500.0
"""Pixels a person is tall in photos that are imagined."""

_FAR = ("nose", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_WHOLE = [row for row, name in enumerate(KEYPOINT_NAMES) if name.split("_")[-1] in _FAR]


@dataclass(frozen=True)
class Way:
    """What of a photo is given to the model; landmarks come with keypoints."""

    picture: bool = False
    keypoints: bool = False
    landmarks: bool = False


WAYS: dict[str, Way] = {
    "image alone": Way(picture=True),
    "keypoints": Way(keypoints=True),
    "keypoints and landmarks": Way(keypoints=True, landmarks=True),
    "image and keypoints": Way(picture=True, keypoints=True),
    "image, keypoints and landmarks": Way(picture=True, keypoints=True, landmarks=True),
}
"""The ways by name."""


@dataclass(frozen=True, eq=False)
class Given:
    """What is known of one photo, as :meth:`unipose.chat.UniPose.estimate` takes it: at least one of the two."""

    picture: Path | None = None
    detections: Detections | None = None


@dataclass(frozen=True, eq=False)
class Cases:
    """N people.

    Attributes:
        rotations: float32 [N, 22, 3, 3], the pose as the camera sees it.
        photos: what is known of each.
    """

    rotations: Tensor
    photos: tuple[Given, ...]

    def __len__(self) -> int:
        return len(self.photos)

    def given(self, way: Way) -> list[Given]:
        """What the model is shown.

        Raises:
            ValueError: a way that wants pictures of people who have none.
        """
        if way.picture and any(photo.picture is None for photo in self.photos):
            raise ValueError("these people have no pictures; ask for keypoints, or name a folder of pictures")
        return [_limited(photo, way) for photo in self.photos]

    def at(self, rows: Sequence[int]) -> Cases:
        """Some of them."""
        return Cases(self.rotations[list(rows)], tuple(self.photos[row] for row in rows))

    @property
    def points(self) -> Tensor:
        """Float32 [N, 27, 3]: keypoints in pixels and confidence."""
        return torch.stack([torch.from_numpy(person.keypoints) for person in self._people])

    @property
    def whole(self) -> list[bool]:
        """Who has all of head and limbs found, be they sure or guessed."""
        return (self.points[:, _WHOLE, 2] > 0).all(1).tolist()

    @property
    def landmarks(self) -> Tensor:
        """Float32 [N, 27, 3] metres."""
        return torch.stack([torch.from_numpy(person.world) for person in self._people if person.world is not None])

    @property
    def _people(self) -> list[Person]:
        return [photo.detections.people[0] for photo in self.photos if photo.detections is not None]


def imagined(rotations: Tensor, seed: int, rig: Rig = RIG) -> Cases:
    """Poses [N, 22, 3, 3] photographed in the mind and detected, without a picture."""
    found = project(rotations, torch.Generator().manual_seed(seed), rig)
    there = found.keypoints[..., 2:] > 0
    corner = found.keypoints[..., :2].where(there, torch.inf).amin(1, keepdim=True) - 0.1
    places = torch.cat(((found.keypoints[..., :2] - corner) * IMAGINED, found.keypoints[..., 2:]), dim=-1)
    photos = [Given(None, _detected(*pair)) for pair in zip(places.numpy(), found.world.numpy(), strict=True)]
    return Cases(found.rotations, tuple(photos))


def rendered(folder: str | Path, split: str, count: int, seed: int, rig: Rig = RENDERED) -> Cases:
    """Pictures of a folder that :mod:`unipose.data.drawn` describes, with what a detector would find in them.

    Args:
        folder: of pictures and ``labels.npz``.
        split: "train", "val" or "test".
        count: at most so many, drawn by ``seed``.
        seed: of the draw and of the detector's errors.
        rig: how well the detector does.

    Raises:
        ValueError: no such labels, or no pictures in the split.
    """
    labels = Drawn.read(folder, split)
    chosen = labels.at(np.sort(np.random.default_rng(seed).permutation(len(labels))[:count]).tolist())
    found, world, _ = chosen.detect(torch.Generator().manual_seed(seed), rig)
    found = torch.cat((found[..., :2] * chosen.tall, found[..., 2:]), dim=-1)
    photos = [
        Given(file, _detected(one, three))
        for file, one, three in zip(chosen.files, found.numpy(), world.numpy(), strict=True)
    ]
    return Cases(chosen.rotations, tuple(photos))


def _limited(photo: Given, way: Way) -> Given:
    found = photo.detections if way.keypoints else None
    if found is not None and not way.landmarks:
        found = replace(found, people=tuple(replace(person, world=None) for person in found.people))
    return Given(photo.picture if way.picture else None, found)


def _detected(points: np.ndarray, world: np.ndarray | None) -> Detections:
    """One person, in a photo that ends a little beyond them."""
    seen = points[points[:, 2] > 0, :2]
    (left, top), (right, bottom) = (seen.min(axis=0) - 1).tolist(), (seen.max(axis=0) + 1).tolist()
    person = Person((left, top, right, bottom), points, world)
    return Detections((max(1, math.ceil(right)), max(1, math.ceil(bottom))), (person,), "made up")

"""Drawn people (:mod:`unipose.data.drawn`), in memory as the image towers see them: what the eyes learn from."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from unipose.body.cameras import STATURE
from unipose.body.keypoints import KEYPOINT_MIRROR
from unipose.body.skeleton import mirror_rotations
from unipose.data.drawn import Drawn
from unipose.data.projected import detect
from unipose.data.retouching import Frame, Retouch, covered, recoloured
from unipose.model.image import clip_pixels, normalise_clip, normalise_pose, pose_pixels, squared
from unipose.model.sight import keypoint_view
from unipose.photos import open_photo

_SPARE = 1.25
"""Pictures are kept so much larger than the towers see them: some are looked at from closer."""


@dataclass(frozen=True, eq=False)
class Shot:
    """N pictures with what is known of the people in them.

    Attributes:
        pixel_values, pose_pixel_values: both towers' views, see
            :meth:`unipose.model.unipose.UniPoseModel.read_poses`.
        keypoints: float32 [N, 27, 7], what a detector would find, see :func:`unipose.model.sight.keypoint_view`.
        rotations: float32 [N, 22, 3, 3] as the camera sees them.
        camera: float32 [N, 3], see :class:`unipose.model.pose_reader.Reading`.
        marks: float32 [N, 27, 3], where the keypoints are in the same frame, and 1 where they are visible.
        inside: bool [N, 27], keypoints that lie within the picture, be they hidden.
        points: float32 [N, 27, 3] metres around the middle of the hips, as the camera sees them.
    """

    pixel_values: Tensor
    pose_pixel_values: Tensor
    keypoints: Tensor
    rotations: Tensor
    camera: Tensor
    marks: Tensor
    inside: Tensor
    points: Tensor

    def __len__(self) -> int:
        return len(self.rotations)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Shot:
        return Shot(*(change(getattr(self, field.name)) for field in fields(self)))

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Shot:
        """The same on ``device``."""
        return self._each(lambda each: each.to(device, non_blocking=non_blocking))

    def at(self, rows: slice) -> Shot:
        """Some of them."""
        return self._each(lambda each: each[rows])


@dataclass(frozen=True, eq=False)
class Snapshots:
    """One split of a folder. Make it with :meth:`load`.

    Attributes:
        pictures: uint8 [N, 3, S, S], each in the middle of a square of its mean colour.
        aspects: float32 [N], width of each to its height.
        side, size: pixels of the semantic view, height and width of the pose-aware view.
        rotations, camera, points: as of :class:`Shot`.
        marks: float32 [N, 27, 3], as of a :class:`Shot`.
    """

    pictures: Tensor
    aspects: Tensor
    side: int
    size: tuple[int, int]
    rotations: Tensor
    camera: Tensor
    marks: Tensor
    points: Tensor

    def __len__(self) -> int:
        return len(self.rotations)

    @classmethod
    def load(cls, folder: str | Path, split: str, *, side: int, size: tuple[int, int]) -> Snapshots:
        """Read all pictures of a split; 20,000 take a minute, and 1.5 GB at nano's sizes.

        Args:
            folder: in the layout of :mod:`unipose.data.drawn`.
            split: "train", "val" or "test".
            side: pixels of the semantic view.
            size: height and width in pixels of the pose-aware view.

        Raises:
            ValueError: no labels, arrays missing or of another shape, a picture missing, or an empty split.
        """
        labels = Drawn.read(folder, split)
        kept = round(_SPARE * max(side, *size))
        pictures = torch.empty(len(labels), 3, kept, kept, dtype=torch.uint8)
        sizes = torch.empty(len(labels), 2)

        def read(row: int) -> None:
            picture = open_photo(labels.files[row])
            sizes[row] = torch.tensor(picture.size)
            pictures[row] = clip_pixels(squared(picture), kept)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(read, range(len(labels))))
        marks, camera = framed(labels, sizes)
        return cls(pictures, sizes[:, 0] / sizes[:, 1], side, size, labels.rotations, camera, marks, labels.points)

    def draw(self, count: int, dice: torch.Generator, how: Retouch | None = None) -> Shot:
        """``count`` pictures, changed by chance, with what a detector would find in them.

        Args:
            count: how many.
            dice: source of randomness.
            how: much they are changed.
        """
        how = how or Retouch()
        rows = torch.randint(len(self), (count,), generator=dice)
        frame = Frame.draw(count, how, dice)
        flip = frame.flip[:, None, None]
        order, sides = list(KEYPOINT_MIRROR), torch.tensor([-1.0, 1.0, 1.0])
        marks, points = (
            torch.where(flip, each[rows][:, order] * sides, each[rows]) for each in (self.marks, self.points)
        )
        there = inside(marks, self.aspects[rows])
        marks = torch.cat((frame.places(marks[..., :2]), marks[..., 2:]), dim=-1)
        there &= inside(marks, self.aspects[rows])
        camera = self.camera[rows]
        pelvis = torch.where(flip[:, 0], camera[:, 1:] * sides[:2], camera[:, 1:])
        camera = torch.cat((camera[:, :1] * frame.scale[:, None], frame.places(pelvis)), dim=-1)
        rotations = self.rotations[rows]
        rotations = torch.where(flip[..., None], mirror_rotations(rotations), rotations)
        rotations = torch.cat((frame.rotation[:, None] @ rotations[:, :1], rotations[:, 1:]), dim=1)
        points = points @ frame.rotation.mT
        clip, pose = self._views(rows, frame, how, dice)
        seen = _detected(marks, camera, points, there, dice)
        return Shot(clip, pose, seen, rotations, camera, marks, there, points)

    def _views(self, rows: Tensor, frame: Frame, how: Retouch, dice: torch.Generator) -> tuple[Tensor, Tensor]:
        pictures = self.pictures[rows].float() / 255  # and back: the views are made of pixels
        mean = pictures[..., ::8, ::8].mean((-1, -2), keepdim=True)
        wide = max(self.side, *self.size)
        moved = covered(frame.pictures(pictures - mean, wide) + mean, how, dice)
        middles = (torch.arange(wide) + 0.5) * (2.0 / wide) - 1.0
        beside = middles.abs() > self.aspects[rows, None]
        moved = recoloured(torch.where(beside[:, None, None], mean, moved), how, dice)
        height, width = self.size
        clip, pose = (
            moved if each == wide else functional.interpolate(moved, size=(each, each), mode="bilinear", antialias=True)
            for each in (self.side, height)
        )
        left = (height - width) // 2
        return normalise_clip(255 * clip), normalise_pose(255 * pose[..., left : left + width])


def album(folder: str | Path, split: str, count: int, *, side: int, size: tuple[int, int], seed: int = 7) -> Shot:
    """The first ``count`` pictures of a split as they are, to be measured on; arguments and errors as of
    :meth:`Snapshots.load`, and ``seed`` of what a detector would find.
    """
    labels = Drawn.read(folder, split)
    labels = labels.at(range(min(count, len(labels))))
    pictures = [open_photo(file) for file in labels.files]
    sizes = torch.tensor([picture.size for picture in pictures]).float()
    squares = [squared(picture) for picture in pictures]
    clip = normalise_clip(torch.stack([clip_pixels(square, side) for square in squares]))
    pose = normalise_pose(torch.stack([pose_pixels(square, *size) for square in squares]))
    marks, camera = framed(labels, sizes)
    there = inside(marks, sizes[:, 0] / sizes[:, 1])
    seen = _detected(marks, camera, labels.points, there, torch.Generator().manual_seed(seed))
    return Shot(clip, pose, seen, labels.rotations, camera, marks, there, labels.points)


def framed(labels: Drawn, sizes: Tensor) -> tuple[Tensor, Tensor]:
    """Marks and cameras of pictures of ``sizes`` [N, 2] (width, height) around the middle, in half heights."""
    marks = labels.marks.clone()
    half, middle = sizes[:, 1] / 2, sizes / 2
    marks[..., :2] = (marks[..., :2] - middle[:, None]) / half[:, None, None]
    camera = torch.cat((labels.camera[:, :1], labels.camera[:, 1:] - middle), dim=1) / half[:, None]
    return marks, camera


def inside(marks: Tensor, aspects: Tensor) -> Tensor:
    """Bool [N, K]: which marks [N, K, 3] lie in pictures whose widths to their heights are ``aspects`` [N]."""
    return (marks[..., 0].abs() < aspects[:, None]) & (marks[..., 1].abs() < 1.0)


def _detected(marks: Tensor, camera: Tensor, points: Tensor, there: Tensor, dice: torch.Generator) -> Tensor:
    place = marks[..., :2] / (camera[:, None, :1] * STATURE)
    found, world, lifted = detect(place, points, (marks[..., 2] < 0.5) | ~there, dice)
    return torch.where(lifted[:, None, None], keypoint_view(found, world), keypoint_view(found))

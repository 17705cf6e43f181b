"""Drawn people (:mod:`unipose.data.drawn`), in memory as the image towers see them: what the eyes learn from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from unipose.body.cameras import STATURE
from unipose.body.keypoints import KEYPOINT_MIRROR
from unipose.body.skeleton import mirror_rotations
from unipose.data.drawn import Drawn
from unipose.data.projected import detect
from unipose.model.image import clip_pixels, normalise_clip, normalise_pose, pose_pixels, squared
from unipose.model.sight import keypoint_view
from unipose.photos import open_photo

MIRRORED = 0.5


@dataclass(frozen=True, eq=False)
class Shot:
    """N pictures with what is known of the people in them.

    Attributes:
        views: ``pixel_values`` and ``pose_pixel_values``, for :meth:`unipose.model.unipose.UniPoseModel.read_poses`.
        keypoints: float32 [N, 27, 7], what a detector would find, see :func:`unipose.model.sight.keypoint_view`.
        rotations: float32 [N, 22, 3, 3] as the camera sees them.
        camera: float32 [N, 3], see :class:`unipose.model.pose_reader.Reading`.
        marks: float32 [N, 27, 3], where the keypoints are in the same frame, and 1 where they are visible.
    """

    views: dict[str, Tensor]
    keypoints: Tensor
    rotations: Tensor
    camera: Tensor
    marks: Tensor


@dataclass(frozen=True, eq=False)
class Snapshots:
    """One split of a folder. Make it with :meth:`load`.

    Attributes:
        clip, pose: uint8 [N, 3, H, W], both towers' views.
        rotations: float32 [N, 22, 3, 3].
        marks: float32 [N, 27, 3], places in the middle's frame (upper and lower edge at -1 and 1) and visibility.
        points: float32 [N, 27, 3], metres.
        camera: float32 [N, 3].
        mirrored: whether pictures are drawn mirrored, too.
    """

    clip: Tensor
    pose: Tensor
    rotations: Tensor
    marks: Tensor
    points: Tensor
    camera: Tensor
    mirrored: bool

    def __len__(self) -> int:
        return len(self.rotations)

    @classmethod
    def load(
        cls, folder: str | Path, split: str, *, side: int, size: tuple[int, int], mirrored: bool = True
    ) -> Snapshots:
        """Read all pictures of a split; 24,000 take a minute and 1.8 GB.

        Args:
            folder: in the layout of :mod:`unipose.data.drawn`.
            split: "train", "val" or "test".
            side: pixels of the semantic view.
            size: height and width in pixels of the pose-aware view.
            mirrored: draw mirrored pictures, too.

        Raises:
            ValueError: no labels, arrays missing or of another shape, a picture missing, or an empty split.
        """
        labels = Drawn.read(folder, split)
        clip = torch.empty(len(labels), 3, side, side, dtype=torch.uint8)
        pose = torch.empty(len(labels), 3, *size, dtype=torch.uint8)
        sizes = torch.empty(len(labels), 2)

        def read(row: int) -> None:
            picture = open_photo(labels.files[row])
            sizes[row] = torch.tensor(picture.size)
            square = squared(picture)
            clip[row], pose[row] = clip_pixels(square, side), pose_pixels(square, *size)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(read, range(len(labels))))
        marks = labels.marks.clone()
        half, middle = sizes[:, 1] / 2, sizes / 2
        marks[..., :2] = (marks[..., :2] - middle[:, None]) / half[:, None, None]
        camera = torch.cat((labels.camera[:, :1], labels.camera[:, 1:] - middle), dim=1) / half[:, None]
        return cls(clip, pose, labels.rotations, marks, labels.points, camera, mirrored)

    def draw(self, count: int, generator: torch.Generator) -> Shot:
        """``count`` pictures, half of them mirrored, with what a detector would find in them."""
        rows = torch.randint(len(self), (count,), generator=generator)
        flip = (torch.rand(count, generator=generator) < MIRRORED) if self.mirrored else torch.zeros(count).bool()
        clip, pose = (_flipped(pixels[rows], flip) for pixels in (self.clip, self.pose))
        sides, order = torch.tensor([-1.0, 1.0, 1.0]), list(KEYPOINT_MIRROR)
        marks, points = (
            torch.where(flip[:, None, None], each[rows][:, order] * sides, each[rows])
            for each in (self.marks, self.points)
        )
        camera = torch.where(flip[:, None], self.camera[rows] * torch.tensor([1.0, -1.0, 1.0]), self.camera[rows])
        rotations = self.rotations[rows]
        rotations = torch.where(flip[:, None, None, None], mirror_rotations(rotations), rotations)
        place = marks[..., :2] / (camera[:, None, :1] * STATURE)
        found, world, lifted = detect(place, points, marks[..., 2] < 0.5, generator)
        seen = torch.where(lifted[:, None, None], keypoint_view(found, world), keypoint_view(found))
        views = {"pixel_values": normalise_clip(clip), "pose_pixel_values": normalise_pose(pose)}
        return Shot(views, seen, rotations, camera, marks)


def _flipped(pixels: Tensor, flip: Tensor) -> Tensor:
    return torch.where(flip[:, None, None, None], pixels.flip(-1), pixels)

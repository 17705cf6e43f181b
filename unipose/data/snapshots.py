"""Labelled pictures of people, held in memory as the image towers see them: what the eyes learn from.

A folder in the layout of :mod:`unipose.data.pictures`, with an archive ``labels.npz`` that also has, for N pictures:

``keypoints_2d``
    float [N, 27, 3]: x and y in pixels of the picture, y down, and 1 where the keypoint is visible, else 0.
``keypoints_3d``
    float [N, 27, 3]: metres around the middle of the hips, as the camera sees them.
``camera``
    float [N, 3]: scale, and x and y in pixels of the pelvis: (x, y) in metres stands at ``scale * (x, -y) + (x, y)``.

``tools/people`` writes such folders. Pictures are of one person each, higher than wide.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unipose.body.cameras import STATURE
from unipose.body.keypoints import KEYPOINT_MIRROR
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import mirror_rotations
from unipose.data.projected import detect
from unipose.data.sources import SPLITS
from unipose.model.image import clip_pixels, normalise_clip, normalise_pose, pose_pixels, squared
from unipose.model.sight import keypoint_view
from unipose.photos import open_photo

MIRRORED = 0.5
_KEYS = ("image", "pose_aa", "split", "keypoints_2d", "keypoints_3d", "camera")


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
            folder: in the layout of this module.
            split: "train", "val" or "test".
            side: pixels of the semantic view.
            size: height and width in pixels of the pose-aware view.
            mirrored: draw mirrored pictures, too.

        Raises:
            ValueError: no labels, arrays missing or of another shape, a picture missing, or an empty split.
        """
        folder, path = Path(folder), Path(folder) / "labels.npz"
        if split not in SPLITS:
            raise ValueError(f"split is one of {', '.join(SPLITS)}, found {split!r}")
        if not path.is_file():
            raise ValueError(f"no labels.npz in '{folder}'; make pictures with tools/people")
        with np.load(path, allow_pickle=False) as archive:
            if missing := sorted(set(_KEYS) - set(archive.files)):
                raise ValueError(f"'{path}' lacks {missing}; found {sorted(archive.files)}")
            rows = np.flatnonzero(archive["split"] == split)
            arrays = {name: archive[name][rows] for name in _KEYS}
        if not len(rows):
            raise ValueError(f"no pictures in '{folder}' are in split {split!r}")
        clip = torch.empty(len(rows), 3, side, side, dtype=torch.uint8)
        pose = torch.empty(len(rows), 3, *size, dtype=torch.uint8)
        sizes = torch.empty(len(rows), 2)

        def read(row: int) -> None:
            picture = open_photo(folder / str(arrays["image"][row]))
            sizes[row] = torch.tensor(picture.size)
            square = squared(picture)
            clip[row], pose[row] = clip_pixels(square, side), pose_pixels(square, *size)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(read, range(len(rows))))
        marks, camera = (torch.from_numpy(arrays[name].astype(np.float32)) for name in ("keypoints_2d", "camera"))
        half, middle = sizes[:, 1] / 2, sizes / 2
        marks[..., :2] = (marks[..., :2] - middle[:, None]) / half[:, None, None]
        camera = torch.cat((camera[:, :1], camera[:, 1:] - middle), dim=1) / half[:, None]
        return cls(
            clip,
            pose,
            axis_angle_to_matrix(torch.from_numpy(arrays["pose_aa"].astype(np.float32))),
            marks,
            torch.from_numpy(arrays["keypoints_3d"].astype(np.float32)),
            camera,
            mirrored,
        )

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

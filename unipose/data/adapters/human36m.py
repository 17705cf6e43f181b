"""Human3.6M with SMPL parameters in JSON, as mesh papers share it (Ionescu et al., PAMI 2014; academic use only).

Layout, one set of four files a subject (1, 5, 6, 7, 8 train; 9, 11 test)::

    Human36M/
      annotations/Human36M_subject1_data.json
      annotations/Human36M_subject1_camera.json
      annotations/Human36M_subject1_joint_3d.json
      annotations/Human36M_subject1_smpl_param.json      or ..._SMPL_NeuralAnnot.json
      images/s_01_act_02_subact_01_ca_01/..._000001.jpg  may be missing

Keys read:

- data: ``images`` with ``id``, ``file_name``, ``action_idx``, ``subaction_idx``, ``cam_idx``, ``frame_idx``;
  ``annotations`` with ``image_id`` and ``bbox`` [4], left, top, width, height in pixels.
- camera, by camera: ``R`` [3, 3] world to camera, ``t`` [3] millimetres, ``f`` [2] and ``c`` [2] pixels.
- joint_3d, by action, subaction and frame: [17, 3] millimetres in the world; projected they are the keypoints.
- smpl_param, by action, subaction and frame: ``pose`` [72] axis-angle, radians, joint 0 in the world's axes, and
  ``shape`` [10]. A frame that was not fitted has none, and no pose here.

Axes: the world has Z up, converted by -90 degrees about X; the camera has X right, Y down, Z forward, converted by
half a turn about X: who faces the camera faces +Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose.data.adapters import checks
from unipose.data.adapters.keypoints import names, to_coco
from unipose.data.adapters.labelled import CAMERA, Z_UP, Labelled, body_rotations

NAME = "human36m"
LICENCE = "Human3.6M terms: academic use only"
SPLITS = {"1": "train", "5": "train", "6": "train", "7": "train", "8": "train", "9": "test", "11": "test"}
DATA = "annotations/Human36M_subject*_data.json"

_PLACE = ("action_idx", "subaction_idx", "frame_idx")


def recognises(folder: Path) -> bool:
    """Whether a subject's annotations are there."""
    return next(folder.glob(DATA), None) is not None


def read(folder: str | Path, axes: str = "world", every: int = 1) -> Iterator[Labelled]:
    """Pictures of every subject, in the order of its annotations; a subject's files are loaded whole.

    Args:
        folder: Human36M.
        axes: "world" keeps bodies upright; "camera" turns them as the picture shows them.
        every: frames whose number is a multiple of it.

    Raises:
        ValueError: no folder, nothing in it, or (while reading) a file that is not as documented.
    """
    place = checks.existing_folder(folder)
    checks.axes_of(axes)
    checks.stride(every)
    files = checks.find_files(place, [DATA], "Human3.6M annotations")
    return (item for path in files for item in _items(place, path, axes, every))


def _items(place: Path, path: Path, axes: str, every: int) -> Iterator[Labelled]:
    subject = path.stem.removeprefix("Human36M_subject").removesuffix("_data")
    stem = path.stem.removesuffix("data")
    cameras, joints, fits = (
        checks.find_files(path.parent, patterns, f"file of subject {subject}")[0]
        for patterns in (
            [f"{stem}camera.json"],
            [f"{stem}joint_3d.json"],
            [f"{stem}smpl_param.json", f"{stem}SMPL*.json"],
        )
    )
    placed, fitted = checks.read_json(joints, dict), checks.read_json(fits, dict)
    lenses = {name: _Camera(row, f"{cameras}, camera {name}") for name, row in checks.read_json(cameras, dict).items()}
    content = checks.read_json(path, dict)
    pictured, people = (checks.rows_of(checks.take(content, (n,), path), n, path) for n in ("images", "annotations"))
    images = {checks.identity(checks.take(row, ("id",), path), "id", path): row for row in pictured}
    pictures = place / "images"
    has_pictures = pictures.is_dir()
    for row in people:
        number = checks.identity(checks.take(row, ("image_id",), path), "image_id", path)
        if number not in images:
            raise ValueError(f"'{path}' annotates image {number}, which 'images' does not list")
        image = images[number]
        action, part, frame = (checks.whole_number(checks.take(image, (n,), path), n, path) for n in _PLACE)
        if frame % every:
            continue
        name = checks.take(image, ("file_name",), path)
        file = checks.inside(pictures, name, path)
        camera = checks.take(lenses, (str(checks.take(image, ("cam_idx",), path)),), cameras)
        where = f"{joints}, action {action}, subaction {part}, frame {frame}"
        marks = checks.numbers(_look_up(placed, action, part, frame), (len(names("human36m")), 3), "joints", where)
        fit = _look_up(fitted, action, part, frame)
        left, top, width, height = checks.numbers(checks.take(row, ("bbox",), path), (4,), "bbox", path).tolist()
        rotations, betas = (None, None) if fit is None else _fitted(fit, camera, axes, fits)
        yield Labelled(
            dataset=NAME,
            key=name,
            recording=Path(name).parent.as_posix(),
            subject=f"S{subject}",
            split=SPLITS.get(subject, ""),
            licence=LICENCE,
            rotations=rotations,
            image=file if has_pictures else None,
            keypoints=camera.keypoints(marks),
            box=(left, top, width, height),
            betas=betas,
        )


class _Camera:
    """One camera: world to camera to pixels."""

    def __init__(self, row: Any, where: str) -> None:
        shapes = {"R": (3, 3), "t": (3,), "f": (2,), "c": (2,)}
        found = {name: checks.numbers(checks.take(row, (name,), where), shapes[name], name, where) for name in shapes}
        self.rotation, self.offset, self.focal, self.centre = found.values()

    def keypoints(self, joints: np.ndarray) -> Tensor:
        """[17, 3] millimetres in the world to float32 [17, 3] COCO keypoints; what lies behind the camera is unsure."""
        seen = joints @ self.rotation.T + self.offset
        ahead = seen[:, 2] > 0
        depth = np.where(ahead, seen[:, 2], 1.0)[:, None]
        pixels = self.focal * seen[:, :2] / depth + self.centre
        return to_coco(np.concatenate((pixels, ahead[:, None]), axis=1), "human36m")


def _fitted(fit: Any, camera: _Camera, axes: str, path: Path) -> tuple[Tensor, Tensor]:
    pose = checks.numbers(checks.take(fit, ("pose",), path), (72,), "pose", path, flatten=True)
    betas = checks.numbers(checks.take(fit, ("shape",), path), (10,), "shape", path, flatten=True)
    turn = Z_UP if axes == "world" else CAMERA @ torch.from_numpy(camera.rotation)
    return body_rotations(pose[None], turn, path)[0], torch.from_numpy(betas).float()


def _look_up(table: Any, *places: int) -> Any:
    """What lies under these numbers, None where a level has no such entry."""
    for place in places:
        table = table.get(str(place)) if isinstance(table, dict) else None
    return table

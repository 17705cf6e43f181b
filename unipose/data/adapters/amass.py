"""AMASS: motion capture fitted with SMPL-H or SMPL-X (https://amass.is.tue.mpg.de, registration, research only).

Layout::

    AMASS/
      CMU/01/01_01_poses.npz          SMPL-H release, one motion a file
      CMU/01/01_01_stageii.npz        SMPL-X release
      CMU/01/shape.npz, neutral_stagei.npz    calibration without motion, passed over

Keys read, of T frames:

- ``poses`` [T, 66, 72, 156 (SMPL-H) or 165 (SMPL-X)]: axis-angle, radians; or ``root_orient`` [T, 3] with
  ``pose_body`` [T, 63]. The first 66 are the body in every release.
- ``mocap_framerate`` or ``mocap_frame_rate`` (SMPL-X): frames a second.
- ``betas`` [S], if there: shape.

``trans``, ``gender``, hands and faces are not read. Axes: Z up; converted to Y up by -90 degrees about X.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from unipose.data.adapters import checks
from unipose.data.adapters.labelled import Z_UP, Labelled, body_rotations

NAME = "amass"
LICENCE = "AMASS terms: non-commercial research; each collection has terms of its own besides"
WIDTHS = (66, 72, 156, 165)

_DATA = Path(__file__).with_name("amass.yaml")
_RATES = ("mocap_framerate", "mocap_frame_rate")
_PARTS = ("root_orient", "pose_body")


def recognises(folder: Path) -> bool:
    """Whether a motion of AMASS lies below the folder."""
    return any(next(folder.rglob(pattern), None) for pattern in ("*_poses.npz", "*_stageii.npz"))


def read(folder: str | Path, fps: float | None = 10.0) -> Iterator[Labelled]:
    """Poses of every motion below ``folder``, file by file in order of name.

    Args:
        folder: AMASS, or one of its collections.
        fps: poses a second; fewer where the recording has fewer. None reads every frame.

    Raises:
        ValueError: no folder, nothing in it, or (while reading) a file that is not as documented.
    """
    root = checks.existing_folder(folder)
    checks.positive(fps, "fps")
    files = [path for path in checks.find_files(root, ["**/*.npz"], "AMASS motion") if _is_motion(path)]
    if not files:
        raise ValueError(f"no AMASS motion in '{root}': it holds calibration (shape.npz, *_stagei.npz) alone")
    return (item for path in files for item in _items(root, path, fps))


def read_frames(path: Path, frames: np.ndarray) -> Tensor:
    """Poses [len(frames), 22, 3, 3] of one motion, Y up.

    Raises:
        ValueError: not as documented, or a frame beyond its end.
    """
    poses = _poses(path, checks.read_npz(path, ("poses", *_PARTS)))
    if frames.max(initial=0) >= len(poses):
        raise ValueError(f"'{path}' has {len(poses)} frames, frame {frames.max()} was asked for")
    return body_rotations(poses[frames], Z_UP, path)


def find_motion(root: Path, sequence: str, where: Path) -> Path | None:
    """The file of a motion another dataset names, in whichever release's folders it lies; None if it is not there.

    Args:
        root: AMASS.
        sequence: like ``BMLrub/BioMotionLab_NTroje/rub083/0031_rom_poses.npz``: the archive's name first, which only
            is a folder where the archive was unpacked into one; folders go by any name their collection had.
        where: the file that names the motion, for the error.

    Raises:
        ValueError: the name leads out of ``root``.
    """
    checks.inside(root, sequence, where)
    known, parts = present_names(), Path(sequence).parts
    for tail in (parts, parts[1:]):
        choices = [[name, *(other for other in known if known[other] == known.get(name))] for name in tail[:-1]]
        for folders in itertools.product(*choices):
            path = root.joinpath(*folders, *tail[-1:])
            if path.is_file():
                return path
    return None


def split_of(collection: str) -> str:
    """The recommended split of a collection by its present name."""
    splits = _table()["splits"]
    return next((split for split in ("val", "test") if collection in splits[split]), "train")


def collection_of(folders: tuple[str, ...]) -> str:
    """The collection a file belongs to by the folders above it, outermost first; its present name where it is known."""
    known = present_names()
    return next((known[name] for name in folders if name in known), folders[0] if folders else "")


@functools.lru_cache(maxsize=1)
def present_names() -> dict[str, str]:
    """Every name a collection had, to its present one."""
    collections = _table()["collections"]
    return {name: present for present, earlier in collections.items() for name in (present, *earlier)}


@functools.lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return yaml.safe_load(_DATA.read_text(encoding="utf-8"))


def _is_motion(path: Path) -> bool:
    return path.name != "shape.npz" and not path.stem.endswith("_stagei")


def _items(root: Path, path: Path, fps: float | None) -> Iterator[Labelled]:
    arrays, held = checks.read_npz(path, ("poses", "betas", *_PARTS, *_RATES))
    poses = _poses(path, (arrays, held))
    frames = np.arange(len(poses)) if fps is None else _thinned(len(poses), _rate(arrays, held, path), fps)
    betas = checks.numbers(arrays["betas"], (None,), "betas", path) if "betas" in arrays else None
    shape = None if betas is None else torch.from_numpy(betas).float()
    relative = path.relative_to(root)
    collection = collection_of((*relative.parts[:-1], root.name))
    recording = relative.with_suffix("").as_posix()
    for frame, rotations in zip(frames, body_rotations(poses[frames], Z_UP, path), strict=True):
        yield Labelled(
            dataset=NAME,
            key=f"{recording}:{frame}",
            recording=recording,
            subject=f"{collection}/{path.parent.name}",
            split=split_of(collection),
            licence=LICENCE,
            rotations=rotations,
            betas=shape,
        )


def _poses(path: Path, content: tuple[dict[str, np.ndarray], list[str]]) -> np.ndarray:
    arrays, held = content
    if "poses" in arrays:
        poses = checks.numbers(arrays["poses"], (None, WIDTHS), "poses", path)
    elif set(_PARTS) <= arrays.keys():
        root = checks.numbers(arrays["root_orient"], (None, 3), "root_orient", path)
        body = checks.numbers(arrays["pose_body"], (len(root), 63), "pose_body", path)
        poses = np.concatenate((root, body), axis=1)
    else:
        raise ValueError(f"'{path}' lacks 'poses' [T, 156 or 165] (AMASS layout); found {', '.join(held) or 'nothing'}")
    if not len(poses):
        raise ValueError(f"'{path}' holds a motion of no frames")
    return poses


def _rate(arrays: dict[str, np.ndarray], held: list[str], path: Path) -> float:
    found = next((arrays[name] for name in _RATES if name in arrays), None)
    if found is None:
        raise ValueError(
            f"'{path}' lacks {' or '.join(_RATES)}, needed to read so many poses a second; found "
            f"{', '.join(held)}; pass fps=None to read every frame"
        )
    rate = float(checks.numbers(found, (1,), "mocap_framerate", path, flatten=True)[0])
    if rate <= 0:
        raise ValueError(f"'{path}' needs a frame rate above 0, found {rate:g}")
    return rate


def _thinned(count: int, rate: float, fps: float) -> np.ndarray:
    """Frames [<= count] spaced so that ``fps`` of them make a second of a recording at ``rate``."""
    step = min(max(rate / fps, 1.0), count)
    return (np.arange(int(np.ceil(count / step))) * step).astype(np.int64)

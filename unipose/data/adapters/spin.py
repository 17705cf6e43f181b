"""SMPL labels of single pictures in SPIN's file layout: Human3.6M (``h36m_train.npz``) and others fitted the same way.

Layout::

    labels/
      h36m_train.npz                                          any .npz with the keys below
      images/..., S1/...                                      as ``imgname`` says; may be missing

Keys read, of N pictures (Kolotouros et al., "Learning to Reconstruct 3D Human Pose and Shape", ICCV 2019):

- ``imgname`` [N] text: the picture, relative to the folder; ``S9`` or ``s_09`` in it names the subject.
- ``pose`` [N, 72]: axis-angle, radians, joint 0 in the camera's axes. ``shape`` [N, 10]: betas.
- ``has_smpl`` [N], if there: 0 where pose and shape mean nothing; such a row has no pose here.
- ``part`` [N, 24, 3], if there: x, y in pixels and sureness, in SPIN's order.
- ``center`` [N, 2] in pixels with ``scale`` [N], the side of the box in units of 200 pixels, if there.

Axes: camera, X right, Y down, Z forward; converted by half a turn about X: who faces the camera faces +Z.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from unipose.data.adapters import checks
from unipose.data.adapters.keypoints import to_coco
from unipose.data.adapters.labelled import CAMERA, Labelled, body_rotations

NAME = "spin"
LICENCE = "terms of the labelled pictures (Human3.6M: academic use only)"
NEEDED = ("imgname", "pose", "shape")
OPTIONAL = ("has_smpl", "part", "center", "scale")
BOX_UNIT = 200.0  # pixels a unit of scale, as MPII defined it

_SUBJECT = re.compile(r"(?:^|[/_])[sS]_?0*(\d+)(?=[/_])")
_RECORDING = re.compile(r"[_/-]?\d+\.\w+$")


def recognises(folder: Path) -> bool:
    """Whether a file with pictures and poses lies in the folder."""
    for path in sorted(folder.glob("*.npz")):
        try:
            _, held = checks.read_npz(path, ())
        except ValueError:
            continue
        if set(NEEDED) <= set(held):
            return True
    return False


def read(folder: str | Path, every: int = 1) -> Iterator[Labelled]:
    """Pictures of every file, in the file's order.

    Args:
        folder: where the files lie, and the pictures below it.
        every: one picture of so many.

    Raises:
        ValueError: no folder, nothing in it, or (while reading) a file that is not as documented.
    """
    place = checks.existing_folder(folder)
    checks.stride(every)
    files = checks.find_files(place, ["*.npz"], "SMPL labels")
    return (item for path in files for item in _items(place, path, every))


def _items(place: Path, path: Path, every: int) -> Iterator[Labelled]:
    arrays, _ = checks.read_npz(path, (*NEEDED, *OPTIONAL))
    names = [_text(name) for name in np.ravel(checks.take(arrays, ("imgname",), path))[::every]]
    count = len(np.ravel(arrays["imgname"]))
    shapes: dict[str, tuple[int, ...]] = {
        "pose": (count, 72), "shape": (count, 10), "has_smpl": (count,), "part": (count, 24, 3), "center": (count, 2),
        "scale": (count,),
    }  # fmt: skip
    wanted = [*NEEDED[1:], *(name for name in OPTIONAL if name in arrays)]
    found = {name: checks.numbers(checks.take(arrays, (name,), path), shapes[name], name, path) for name in wanted}
    found = {name: values[::every] for name, values in found.items()}
    rotations = body_rotations(found["pose"], CAMERA, path)
    fitted = found.get("has_smpl", np.ones(len(names))) > 0
    points = to_coco(found["part"], "spin") if "part" in found else None
    boxed = {"center", "scale"} <= found.keys()
    split = next((split for split in ("train", "val", "test") if split in path.stem), "")
    for row, name in enumerate(names):
        file, person = checks.inside(place, name, path), _SUBJECT.search(name)
        yield Labelled(
            dataset=NAME,
            key=f"{path.stem}:{row * every}",
            recording=_RECORDING.sub("", name),
            subject=f"S{person[1]}" if person else f"{path.stem}:{row * every}",
            split=split,
            licence=LICENCE,
            rotations=rotations[row] if fitted[row] else None,
            image=file if file.parent.is_dir() else None,
            keypoints=None if points is None else points[row],
            box=_box(found["center"][row], found["scale"][row]) if boxed else None,
            betas=torch.from_numpy(found["shape"][row]).float() if fitted[row] else None,
        )


def _box(center: np.ndarray, scale: float) -> tuple[float, float, float, float]:
    side = BOX_UNIT * float(scale)
    return float(center[0]) - side / 2, float(center[1]) - side / 2, side, side


def _text(name: object) -> str:
    """Names written by Python 2 come as bytes."""
    return name.decode("latin1") if isinstance(name, bytes) else str(name)

"""Labelled pictures to examples of the image tasks.

A folder of pictures with one file of labels beside them, ``labels.jsonl`` or ``labels.npz``:

``labels.jsonl``
    one JSON object a line: ``{"image": "dance/0001.jpg", "pose": [[x, y, z] x 22], "text": "...", "split": "train"}``.
``labels.npz``
    arrays of equal length: ``image`` [N] of str, ``pose_aa`` float [N, 22, 3], and where wanted ``text`` [N] of str and
    ``split`` [N] of str.

``image`` is a path below the folder. A pose is SMPL axis-angle in radians, its root as the camera sees it, turned
upright: Y up, the camera looking along -Z, so that a person facing the camera faces +Z. ``text`` is a hint that may go
with the picture, empty or left out where there is none. ``split`` is "train", "val" or "test"; without it every tenth
picture, in order, is "val" and the others are "train".
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from unipose import tasks
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES
from unipose.data.sources import SPLITS
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.photos import open_photo

LABELS = ("labels.jsonl", "labels.npz")
HINTED = 0.5  # share of the pictures with a hint that are asked about with it
_EVERY = 10


@dataclass(frozen=True)
class PictureExample:
    """A picture to learn to read the pose from. It is opened when the conversation is asked for.

    Attributes:
        task: "estimate" or "estimate_hinted".
        picture: its file.
        codes: of the pose of the person in it.
        text: the hint; empty without one.
        template: which of the task's ways of asking.
    """

    task: str
    picture: Path
    codes: tuple[int, ...]
    text: str = ""
    template: int = 0
    answers_with_pose: bool = True
    statements: tuple[str, ...] = ()
    question_poses: tuple[tuple[int, ...], ...] = ()

    def messages(self) -> list[dict[str, Any]]:
        """A question with the picture and its answer, for the processor.

        Raises:
            ValueError: see :func:`unipose.photos.open_photo`.
        """
        task = tasks.task(self.task)
        ask = task.ask(text=self.text or None, images=[open_photo(self.picture)], template=self.template)
        return [{"role": "user", "content": ask}, {"role": "assistant", "content": task.answer(poses=[self.codes])}]


@dataclass(frozen=True)
class Pictures:
    """The pictures of one split: files, codes and hints, row by row."""

    files: tuple[Path, ...]
    codes: tuple[tuple[int, ...], ...]
    hints: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def load(cls, folder: str | Path, split: str, tokenizer: PoseTokenizer) -> Pictures:
        """Read the labels of a folder; the pictures themselves are opened as they are needed.

        Args:
            folder: in the layout of this module.
            split: "train", "val" or "test".
            tokenizer: turns the poses into codes.

        Raises:
            ValueError: no labels, a label out of its layout (naming it), a picture that is missing, or an empty split.
        """
        folder = Path(folder)
        if split not in SPLITS:
            raise ValueError(f"split is one of {', '.join(SPLITS)}, found {split!r}")
        labels = _read(folder)
        rows = [row for number, row in enumerate(labels) if (row.split or _usual(number)) == split]
        if not rows:
            raise ValueError(f"none of the {len(labels)} pictures in '{folder}' is in split {split!r}")
        absent = [row.image for row in rows if not (folder / row.image).is_file()]
        if absent:
            raise ValueError(f"'{folder}' lacks {len(absent)} of {len(rows)} labelled pictures, first '{absent[0]}'")
        poses = axis_angle_to_matrix(torch.from_numpy(np.stack([row.pose for row in rows])))
        with torch.inference_mode():
            codes = torch.cat([tokenizer.encode(part) for part in poses.split(1024)])
        return cls(
            tuple(folder / row.image for row in rows),
            tuple(tuple(one) for one in codes.tolist()),
            tuple(row.text for row in rows),
        )

    def batch(self, size: int, seed: int) -> list[PictureExample]:
        """``size`` examples, drawn by ``seed`` alone."""
        rng = random.Random(seed)
        return [self._example(rng.randrange(len(self)), rng) for _ in range(size)]

    def _example(self, row: int, rng: random.Random) -> PictureExample:
        hint = self.hints[row] if rng.random() < HINTED else ""
        task = "estimate_hinted" if hint else "estimate"
        template = rng.randrange(len(tasks.task(task).asks))
        return PictureExample(task, self.files[row], self.codes[row], hint, template)


@dataclass(frozen=True)
class _Label:
    image: str
    pose: np.ndarray
    text: str
    split: str


def _usual(number: int) -> str:
    return "val" if number % _EVERY == _EVERY - 1 else "train"


def _read(folder: Path) -> list[_Label]:
    found = [folder / name for name in LABELS if (folder / name).is_file()]
    if len(found) != 1:
        many = "both" if found else "neither"
        raise ValueError(f"expected one of {' and '.join(LABELS)} in '{folder}', found {many}")
    (path,) = found
    rows = _from_lines(path) if path.suffix == ".jsonl" else _from_archive(path)
    labels = []
    for number, row in enumerate(rows, start=1):
        try:
            labels.append(_label(row))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"'{path}', label {number}: {error}") from None
    return labels


def _from_lines(path: Path) -> list[Any]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except ValueError as error:
        raise ValueError(f"'{path}' is not one JSON object a line: {error}") from None


def _from_archive(path: Path) -> list[Any]:
    with np.load(path, allow_pickle=False) as archive:
        missing = {"image", "pose_aa"} - set(archive.files)
        if missing:
            raise ValueError(f"'{path}' lacks {sorted(missing)}; found {sorted(archive.files)}")
        columns = {name: archive[name] for name in ("image", "pose_aa", "text", "split") if name in archive.files}
    if len({len(column) for column in columns.values()}) != 1:
        raise ValueError(f"the arrays of '{path}' differ in length")
    columns["pose"] = columns.pop("pose_aa")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _label(row: Any) -> _Label:
    if not isinstance(row, dict) or not {"image", "pose"} <= row.keys():
        raise ValueError(f"expected an object with image and pose, found {str(row)[:80]}")
    pose = np.asarray(row["pose"], np.float32)
    if pose.shape != (len(JOINT_NAMES), 3) or not np.isfinite(pose).all():
        raise ValueError(f"expected a finite pose [{len(JOINT_NAMES)}, 3], found shape {list(pose.shape)}")
    split = str(row.get("split", ""))
    if split and split not in SPLITS:
        raise ValueError(f"split is one of {', '.join(SPLITS)}, found {split!r}")
    image = Path(str(row["image"]))
    if image.is_absolute() or ".." in image.parts:
        raise ValueError(f"a picture lies below the folder, found '{image}'")
    return _Label(str(image), pose, str(row.get("text") or ""), split)

"""Poses that a dataset of texts names by motion and frame: its table of ids, and the poses behind them.

``ids_2_dataset_sequence_and_frame_index*.json``: ``{"17": ["AMASS", "CMU/CMU/01/01_01_poses.npz", 120], ...}``, or a
list whose place is the id. The frame counts the motion's own frames, at its own rate.

The poses come from AMASS's SMPL-H release (the frames of its SMPL-X release differ), or from a file of one's own beside
the texts, ``poses.npz``: ``ids`` [N] whole numbers and ``poses`` [N, 66, 72, 156 or 165] axis-angle in radians, Z up as
in AMASS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from unipose.data.adapters import amass, checks
from unipose.data.adapters.labelled import Z_UP, body_rotations

TABLE = "ids_2_dataset_sequence_and_frame_index*.json"
POSES = "poses.npz"


@dataclass(frozen=True)
class Frame:
    """One frame of one motion."""

    sequence: str
    number: int

    @property
    def subject(self) -> str:
        """Collection and person, as AMASS's folders tell them."""
        folders = Path(self.sequence).parts[:-1]
        return f"{amass.collection_of(folders)}/{folders[-1]}" if folders else ""


def read_table(folder: Path) -> dict[str, Frame]:
    """Frames by pose id.

    Raises:
        ValueError: no table, or not as documented.
    """
    path = checks.find_files(folder, [TABLE], "table of pose ids")[-1]
    frames = {}
    for key, row in entries(checks.read_json(path, (dict, list))):
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[1], str) or not row[1]:
            raise ValueError(f"'{path}' needs [dataset, sequence, frame] for id {key}, found {row!r}")
        frames[key] = Frame(row[1], checks.whole_number(row[2], f"frame of id {key}", path))
    return frames


def read_poses(
    folder: Path, archive: str | Path | None, frames: Mapping[str, Frame], ids: Collection[str], partial: bool
) -> Iterator[tuple[str, Tensor]]:
    """Ids with their poses [22, 3, 3], Y up, motion by motion in order of time; each is opened once.

    Args:
        folder: of the texts, for :data:`POSES`.
        archive: AMASS; when left out the poses come from :data:`POSES`.
        frames: :func:`read_table`.
        ids: which poses.
        partial: pass over poses that are not there.

    Raises:
        ValueError: an id that is unknown, or a motion that is missing.
    """
    unknown = sorted(set(ids) - frames.keys())
    if unknown:
        raise ValueError(f"'{folder}' speaks of pose {unknown[0]}, which '{TABLE}' does not know")
    if archive is None:
        yield from _own(folder / POSES, ids, partial)
        return
    root = checks.existing_folder(archive)
    motions: dict[str, list[str]] = {}
    for key in ids:
        motions.setdefault(frames[key].sequence, []).append(key)
    for sequence, keys in sorted(motions.items()):
        path = amass.find_motion(root, sequence, folder)
        if path is None and not partial:
            raise ValueError(
                f"no motion '{sequence}' in '{root}', which pose {keys[0]} of '{folder}' is taken from; unpack that "
                "collection (SMPL-H) there, or pass partial=True to leave out what is missing"
            )
        if path is not None:
            keys = sorted(keys, key=lambda key: frames[key].number)
            numbers = np.array([frames[key].number for key in keys])
            yield from zip(keys, amass.read_frames(path, numbers), strict=True)


def read_texts(paths: Sequence[Path]) -> dict[str, list[str]]:
    """Texts by id from files of ``{"17": "text"}`` or ``{"17": ["text", ...]}``, in the order of the files.

    Raises:
        ValueError: not as documented.
    """
    texts: dict[str, list[str]] = {}
    for path in paths:
        for key, value in entries(checks.read_json(path, (dict, list))):
            lines = value if isinstance(value, list) else [value]
            words = [line.strip() for line in lines if isinstance(line, str)]
            if not lines or len(words) < len(lines) or not all(words):
                raise ValueError(f"'{path}' needs a text or a list of texts for id {key}, found {value!r}")
            texts.setdefault(key, []).extend(words)
    return texts


def read_splits(folder: Path, pattern: str) -> dict[str, str]:
    """Splits by id from lists of ids; ``{split}`` in the pattern is train, val or test. Empty where there is no list.

    Raises:
        ValueError: a file that is no list of whole numbers, or an id in two splits.
    """
    splits: dict[str, str] = {}
    for split in ("train", "val", "test"):
        for path in sorted(folder.glob(pattern.format(split=split))):
            for key in checks.read_json(path, list):
                name = str(
                    checks.whole_number(int(key) if isinstance(key, str) and key.isdecimal() else key, "id", path)
                )
                if splits.setdefault(name, split) != split:
                    raise ValueError(f"'{path}' lists id {name}, which is in the {splits[name]} split already")
    return splits


def entries(table: dict | list) -> Iterator[tuple[str, object]]:
    """Ids with their values, of a table by id or a list whose place is the id."""
    return iter(table.items()) if isinstance(table, dict) else ((str(place), row) for place, row in enumerate(table))


def _own(path: Path, ids: Collection[str], partial: bool) -> Iterator[tuple[str, Tensor]]:
    if not path.is_file():
        raise ValueError(f"no '{path}'; pass amass= (the folder of AMASS, SMPL-H), or put the poses there")
    arrays, _ = checks.read_npz(path, ("ids", "poses"))
    numbers = checks.numbers(checks.take(arrays, ("ids",), path), (None,), "ids", path)
    poses = checks.numbers(checks.take(arrays, ("poses",), path), (len(numbers), amass.WIDTHS), "poses", path)
    rows = {str(int(number)): row for row, number in enumerate(numbers)}
    if len(rows) < len(numbers) or (numbers % 1).any():
        raise ValueError(f"'{path}' needs 'ids' that are whole numbers, each once")
    missing = next((key for key in ids if key not in rows), None)
    if missing is not None and not partial:
        raise ValueError(f"'{path}' lacks pose {missing}; pass partial=True to leave out what is missing")
    kept = [key for key in ids if key in rows]
    yield from zip(kept, body_rotations(poses[[rows[key] for key in kept]], Z_UP, path), strict=True)

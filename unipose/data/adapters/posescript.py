"""PoseScript: captions of single poses of AMASS (Delmas et al., ECCV 2022; CC BY-NC-SA 4.0).

Layout, first release in brackets; the numbers in the names vary and are not looked at::

    posescript/
      ids_2_dataset_sequence_and_frame_index_100k.json     id -> motion and frame, see frames.py
      posescript_human_6293.json    (human6293.json)       {"17": "caption"} or {"17": ["caption", ...]}
      posescript_auto_100k.json     (automatic_A.json ...) the same, written by a program
      train_ids_100k.json, val_..., test_...               [17, 18, ...]
      poses.npz                                            only without AMASS, see frames.py

Axes: AMASS's, Z up; converted to Y up by -90 degrees about X. The heading is kept, where PoseScript's own code takes
it out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from unipose.data.adapters import checks, frames
from unipose.data.adapters.labelled import Labelled

NAME = "posescript"
LICENCE = "PoseScript texts: CC BY-NC-SA 4.0 (share alike, non-commercial); poses: AMASS terms"
WRITERS = {
    "human": ["posescript_human*.json", "human*.json"],
    "automatic": ["posescript_auto*.json", "automatic*.json"],
}


def recognises(folder: Path) -> bool:
    """Whether captions and the table of poses lie in the folder."""
    has_texts = any(next(folder.glob(pattern), None) for patterns in WRITERS.values() for pattern in patterns)
    return has_texts and next(folder.glob(frames.TABLE), None) is not None


def read(
    folder: str | Path,
    amass: str | Path | None = None,
    writers: Collection[str] = ("human", "automatic"),
    partial: bool = False,
) -> Iterator[Labelled]:
    """Poses with their captions, motion by motion; people's captions come before a program's.

    Args:
        folder: the texts.
        amass: AMASS, SMPL-H release; when left out, ``poses.npz`` beside the texts.
        writers: whose captions: "human", "automatic" or both; a file that is missing adds none.
        partial: leave out poses whose motion is not there.

    Raises:
        ValueError: a folder or file missing or not as documented (a pose only while reading).
    """
    place = checks.existing_folder(folder)
    patterns = [WRITERS[writer] for writer in WRITERS if writer in writers]
    if not patterns or set(writers) - WRITERS.keys():
        raise ValueError(f"writers are {' and '.join(WRITERS)}, found {sorted(writers)}")
    checks.find_files(place, [name for choice in patterns for name in choice], "PoseScript captions")
    texts = frames.read_texts([path for choice in patterns for name in choice for path in sorted(place.glob(name))])
    table, splits = frames.read_table(place), frames.read_splits(place, "{split}_ids*.json")
    return (
        Labelled(
            dataset=NAME,
            key=key,
            recording=table[key].sequence,
            subject=table[key].subject,
            split=splits.get(key, ""),
            licence=LICENCE,
            rotations=rotations,
            texts=tuple(texts[key]),
        )
        for key, rotations in frames.read_poses(place, amass, table, texts.keys(), partial)
    )

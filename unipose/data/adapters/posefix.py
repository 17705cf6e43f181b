"""PoseFix: instructions that lead from one pose of AMASS to another (Delmas et al., ICCV 2023; CC BY-NC-SA 4.0).

Layout; the numbers in the names vary and are not looked at::

    posefix/
      pair_id_2_pose_ids.json                              [[a, b], ...] by pair, or {"0": [a, b]}: from a to b
      ids_2_dataset_sequence_and_frame_index_100k.json     pose id -> motion and frame, see frames.py
      posefix_human_6157.json                              {"0": "instruction"} or {"0": ["instruction", ...]}
      posefix_paraphrases_4284.json, posefix_auto_135305.json    the same, by a language model and by rules
      train_in_sequence_pair_ids.json, train_out_of_sequence_pair_ids.json, val_..., test_...    [0, 1, ...]
      poses.npz                                            only without AMASS, see frames.py

Axes: AMASS's, Z up; converted to Y up by -90 degrees about X, both poses alike, so that a turn of the body between
them is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from unipose.data.adapters import checks, frames
from unipose.data.adapters.labelled import Labelled

NAME = "posefix"
LICENCE = "PoseFix texts: CC BY-NC-SA 4.0 (share alike, non-commercial); poses: AMASS terms"
PAIRS = "pair_id_2_pose_ids*.json"
WRITERS = {"human": "posefix_human*.json", "paraphrase": "posefix_para*.json", "automatic": "posefix_auto*.json"}


def recognises(folder: Path) -> bool:
    """Whether the table of pairs lies in the folder."""
    return next(folder.glob(PAIRS), None) is not None


def read(
    folder: str | Path,
    amass: str | Path | None = None,
    writers: Collection[str] = ("human", "paraphrase", "automatic"),
    partial: bool = False,
) -> Iterator[Labelled]:
    """Pairs of poses with their instructions, in order of pair id.

    All poses of the pairs are held in memory at once (about 0.8 kB each), since pairs cross motions.

    Args:
        folder: the texts.
        amass: AMASS, SMPL-H release; when left out, ``poses.npz`` beside the texts.
        writers: whose instructions: any of "human", "paraphrase", "automatic"; a file that is missing adds none.
        partial: leave out pairs of which a pose is not there.

    Raises:
        ValueError: a folder or file missing or not as documented (a pose only while reading).
    """
    place = checks.existing_folder(folder)
    patterns = [WRITERS[writer] for writer in WRITERS if writer in writers]
    if not patterns or set(writers) - WRITERS.keys():
        raise ValueError(f"writers are {', '.join(WRITERS)}, found {sorted(writers)}")
    pairs = _read_pairs(checks.find_files(place, [PAIRS], "table of pairs")[-1])
    checks.find_files(place, patterns, "PoseFix instructions")
    texts = frames.read_texts([path for pattern in patterns for path in sorted(place.glob(pattern))])
    unknown = sorted(texts.keys() - pairs.keys())
    if unknown:
        raise ValueError(f"'{place}' has instructions for pair {unknown[0]}, which '{PAIRS}' does not know")
    kept = {key: pairs[key] for key in sorted(texts, key=lambda key: (len(key), key))}
    return _items(place, amass, kept, texts, partial)


def _items(
    place: Path,
    amass: str | Path | None,
    pairs: dict[str, tuple[str, str]],
    texts: dict[str, list[str]],
    partial: bool,
) -> Iterator[Labelled]:
    table, splits = frames.read_table(place), frames.read_splits(place, "{split}*pair_ids*.json")
    wanted = dict.fromkeys(pose for pair in pairs.values() for pose in pair)
    poses = dict(frames.read_poses(place, amass, table, wanted, partial))
    for key, (before, after) in pairs.items():
        if before in poses and after in poses:
            yield Labelled(
                dataset=NAME,
                key=key,
                recording=table[before].sequence,
                subject=table[before].subject,
                split=splits.get(key, ""),
                licence=LICENCE,
                rotations=poses[before],
                texts=tuple(texts[key]),
                partner=poses[after],
            )


def _read_pairs(path: Path) -> dict[str, tuple[str, str]]:
    pairs = {}
    for key, row in frames.entries(checks.read_json(path, (dict, list))):
        if not isinstance(row, list) or len(row) != 2:
            raise ValueError(f"'{path}' needs [pose id, pose id] for pair {key}, found {row!r}")
        before, after = (str(checks.whole_number(pose, f"pose id of pair {key}", path)) for pose in row)
        pairs[key] = (before, after)
    return pairs

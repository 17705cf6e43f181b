"""The data's own words: what recordings were called and how people described them, where it fits a single pose.

``trials.json`` has a ``description`` of each trial and at times ``captions`` (``text``, and ``start`` and ``end`` in
seconds). They tell of a motion. A text is kept for a pose when it is no sequence and no change of posture
(``talk/recorded.yaml`` has the reasons), when something is read in it, and when the pose shows all that is read. What
is said of a posture that was held is taken at its word.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.rotations import axis_angle_to_matrix
from unipose.data.filling import filled
from unipose.data.records import Record
from unipose.data.sources import SHIPPABLE_LICENSES, SPLITS
from unipose.data.synthesis import Synthesis, as_typed
from unipose.data.wording import draw_template, read_talk
from unipose.language.checking.checker import Checker
from unipose.language.items import Item, spell
from unipose.language.reading.parser import Parser

_CHUNK = 8192  # poses measured at a time


@dataclass(frozen=True, eq=False)
class Told:
    """A text of a recording and the poses of the time it is about.

    Attributes:
        text: as it stands in the data.
        rotations: float32 [N, 22, 3, 3].
        still: whether the recording has so few poses that it is a posture that was held.
    """

    text: str
    rotations: Tensor
    still: bool


def read_told(folder: str | Path, split: str, shippable_only: bool = True) -> list[Told]:
    """Every text of the recordings of one split.

    Args:
        folder: where ``poses.npz`` (with ``time`` besides what ``load_poses`` reads) and ``trials.json`` are.
        split: "train", "val" or "test".
        shippable_only: leave out recordings whose licence would bind weights trained on them.
    """
    trials = json.loads((Path(folder) / "trials.json").read_text(encoding="utf-8"))
    with np.load(Path(folder) / "poses.npz", allow_pickle=False) as archive:
        chosen = archive["split"] == SPLITS.index(split)
        axis_angle, number, time = (archive[name][chosen] for name in ("pose_aa", "trial", "time"))
    few = read_talk("recorded")["still"]
    found = []
    for which in np.unique(number):
        trial, mine = trials[which], number == which
        if shippable_only and not trial["license"].startswith(SHIPPABLE_LICENSES):
            continue
        spans: list[tuple[str | None, float, float]] = [(trial.get("description"), 0.0, float("inf"))]
        spans += [(each["text"], each["start"], each["end"]) for each in trial.get("captions", ())]
        for text, start, end in spans:
            during = mine & (time >= start) & (time <= end)
            if text and during.any():
                rotations = axis_angle_to_matrix(torch.from_numpy(axis_angle[during].astype(np.float32)))
                found.append(Told(text, face_forward(rotations), bool(mine.sum() <= few)))
    return found


class Recorded:
    """Records of the task ``generate`` in the words of recordings.

    Args:
        told: texts and poses (:func:`read_told`).
        synthesis: quantises and measures.

    Attributes:
        reasons: how many poses with a text were kept, and how many were not, by reason.

    Raises:
        ValueError: when no text fits any pose.
    """

    def __init__(self, told: Sequence[Told], synthesis: Synthesis) -> None:
        self._synthesis = synthesis
        self._checker = Checker(synthesis.registry)
        self.reasons: Counter[str] = Counter()
        self._fitting: dict[str, Tensor] = {}
        self._items: dict[str, tuple[Item, ...]] = {}
        for one in told:
            kept = self._fitting_poses(one)
            if len(kept):
                known = self._fitting.get(one.text, kept[:0])
                self._fitting[one.text] = torch.cat((known, kept))
        if not self._fitting:
            raise ValueError(f"none of {len(told)} texts of recordings fits a single pose: {dict(self.reasons)}")
        self._texts = list(self._fitting)

    @property
    def texts(self) -> Mapping[str, int]:
        """The texts that were kept, and how many poses each fits."""
        return {text: len(poses) for text, poses in self._fitting.items()}

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records; every text is as likely, however long its recording.

        Raises:
            ValueError: when no quantised pose does what its text says.
        """
        rng = random.Random(seed)
        why_none = "no pose does what its text says once it is quantised; is the tokenizer trained?"
        return filled(size, lambda missing: self._made(missing, rng), why_none)

    def _made(self, size: int, rng: random.Random) -> list[Record]:
        texts = [rng.choice(self._texts) for _ in range(size)]
        poses = [self._fitting[text][rng.randrange(len(self._fitting[text]))] for text in texts]
        codes, values = self._synthesis.quantise(torch.stack(poses))
        records = []
        for text, pose, measured in zip(texts, codes.tolist(), values, strict=True):
            items = self._items[text]
            if all(self._checker.holds(items, measured)):
                template, words = draw_template("generate", rng), as_typed(text, rng)
                records.append(Record("generate", words, (tuple(pose),), tuple(map(spell, items)), template))
        return records

    def _fitting_poses(self, one: Told) -> Tensor:
        """The poses that the text fits; counts why the others do not."""
        count = len(one.rotations)
        items = () if one.still else _read(one.text)
        reason = dropped(one.text) or ("" if items or one.still else "not_read")
        if reason:
            self.reasons[reason] += count
            return one.rotations[:0]
        self._items[one.text] = items
        values = torch.cat([self._synthesis.measure(part) for part in one.rotations.split(_CHUNK)])
        holds = (self._checker.margins(items, values) >= 0).all(dim=-1)
        self.reasons["kept"] += int(holds.sum())
        self.reasons["not_true"] += int((~holds).sum())
        return one.rotations[holds]


def dropped(text: str) -> str:
    """Why a text is not for a single pose, as ``talk/recorded.yaml`` names it; empty when it may be."""
    reasons: Mapping[str, Sequence[str]] = read_talk("recorded")["drop"]
    return next((name for name, patterns in reasons.items() if any(re.search(p, text) for p in patterns)), "")


def _read(text: str) -> tuple[Item, ...]:
    """What a text surely claims of one pose."""
    data: Any = read_talk("recorded")
    items = Parser.load().parse(text).sure(data["sure"])
    return tuple(item for item in items if not Checker.needs_before(item))

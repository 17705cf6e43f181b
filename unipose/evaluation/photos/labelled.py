"""Photos that others have labelled: 3DPW, Human3.6M and SPIN's files, as :mod:`unipose.data.adapters` reads them.

People are shown to the model with the keypoints of the labels, or found in the picture by our own detector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from unipose.chat import UniPose
from unipose.data.adapters.labelled import Labelled
from unipose.data.adapters.table import detect, read
from unipose.evaluation.metrics import estimate
from unipose.evaluation.photos.cases import WAYS, Cases, Given
from unipose.evaluation.photos.errors import PROTOCOLS, errors
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.tables.material import Figures, Table
from unipose.photos import Detections, Person
from unipose.photos.layouts import SURE, box_around, from_layout

OPTIONS: dict[str, dict[str, Any]] = {"3dpw": {"axes": "camera"}, "human36m": {"axes": "camera"}, "spin": {}}
"""The datasets that can be measured on, and how they are read: poses as the camera sees them."""
FEWEST = 6
"""Keypoints that are seen of a person who is estimated."""

_SHOWN = ("keypoints", "image and keypoints", "image alone")


def labelled(
    unipose: UniPose, folder: str | Path, split: str, count: int, seed: int, progress: Callable[[str], None]
) -> Iterator[tuple[str, Table]]:
    """Tables with their titles: each way of being shown the people, by each protocol.

    Args:
        unipose: what is measured.
        folder: of a dataset in :data:`OPTIONS`.
        split: of the dataset.
        count: people at most, drawn by ``seed``.
        seed: of the draw.
        progress: told the title before its people are estimated.

    Raises:
        ValueError: another dataset, a file that is not as documented, or nobody of that split to be estimated.
    """
    dataset = detect(folder)
    if dataset not in OPTIONS:
        raise ValueError(f"poses in photos are measured on {', '.join(OPTIONS)}, found {dataset} in '{folder}'")
    people = [item for item in read(folder, dataset, **OPTIONS[dataset]) if _shows(item)]
    chosen = [item for item in people if item.split == split]
    if not chosen:
        held = ", ".join(sorted({item.split or "none" for item in people})) or "none with a pose and keypoints"
        raise ValueError(f"'{folder}' has nobody of split {split!r} to estimate; splits there: {held}")
    order = torch.randperm(len(chosen), generator=torch.Generator().manual_seed(seed))[:count]
    cases = _cases([chosen[row] for row in sorted(order.tolist())])
    seer, pictured = Seer(unipose), all(photo.picture is not None for photo in cases.photos)
    for name in _SHOWN:
        if seer.takes(WAYS[name]) and (pictured or not WAYS[name].picture):
            progress(f"{dataset}, {name}")
            photos = cases.given(WAYS[name])
            poses = {"reader": seer.read(photos)} if seer.reads else {}
            poses |= {"model": seer.draft(photos), "shown": seer.show(photos).rotations}
            for protocol, joints in PROTOCOLS.items():
                title = f"{dataset}, {name}, {protocol}"
                yield title, {who: errors(each, cases.rotations, joints) for who, each in poses.items()}
    if pictured and unipose.looker.detector is not None:
        progress(f"{dataset}, our detector")
        for protocol, figures in _found(unipose, cases).items():
            yield f"{dataset}, our detector, {protocol}", {"shown": figures}


def _shows(item: Labelled) -> bool:
    if item.rotations is None or item.keypoints is None:
        return False
    return int((item.keypoints[:, 2] >= SURE).sum()) >= FEWEST


def _cases(items: list[Labelled]) -> Cases:
    rotations = torch.stack([item.rotations for item in items if item.rotations is not None])
    return Cases(rotations, tuple(_given(item) for item in items))


def _given(item: Labelled) -> Given:
    assert item.keypoints is not None, "people without keypoints were left out"
    points = from_layout(item.keypoints.numpy(), "coco17")
    box = box_around(points)
    size = (max(1, round(box[2])), max(1, round(box[3])))
    there = item.image is not None and item.image.is_file()
    return Given(item.image if there else None, Detections(size, (Person(box, points),), "labels"))


def _found(unipose: UniPose, cases: Cases) -> dict[str, Figures]:
    """By protocol: who is found where the labels have them, and how well those are estimated."""
    rows, poses = [], []
    for row, photo in enumerate(cases.photos):
        assert photo.detections is not None
        left, top, right, bottom = photo.detections.people[0].box
        reply = unipose.estimate(photo.picture, who=((left + right) / 2, (top + bottom) / 2))
        if reply.poses:
            rows.append(row)
            poses.append(reply.poses[0].rotations)
    found = {"found": estimate([float(row in rows) for row in range(len(cases))])}
    if not rows:
        return {protocol: found for protocol in PROTOCOLS}
    pairs = torch.stack(poses), cases.rotations[rows]
    return {protocol: errors(*pairs, joints) | found for protocol, joints in PROTOCOLS.items()}

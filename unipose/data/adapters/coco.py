"""COCO-style keypoints: people in pictures with 17 marked points and a box; no poses (https://cocodataset.org).

Layout::

    coco/
      annotations/person_keypoints_{train,val}2017.json      or any *keypoints*.json, also beside the pictures
      {train,val}2017/000000000139.jpg                       or images/..., may be missing

Keys read:

- ``images``: ``id``, ``file_name``, and ``license`` if there, an id of ``licenses`` (``id``, ``name``).
- ``annotations``: ``id``, ``image_id``, ``keypoints`` [51] as x, y (pixels from the upper left corner), visibility
  (0 not labelled, 1 labelled though hidden, 2 seen), ``bbox`` [4] as left, top, width, height in pixels, ``iscrowd``.
- ``categories``, if there: its ``keypoints`` must be COCO's 17 in COCO's order.

Visibility 0, 1, 2 becomes sureness 0, 0.5, 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unipose.data.adapters import checks
from unipose.data.adapters.keypoints import from_flags, names
from unipose.data.adapters.labelled import NUM_KEYPOINTS, Labelled

NAME = "coco"
LICENCE = "COCO annotations: CC BY 4.0; picture: {picture}"
PATTERNS = ["annotations/*keypoints*.json", "*keypoints*.json"]


def recognises(folder: Path) -> bool:
    """Whether a file of keypoints lies where COCO puts it."""
    return any(next(folder.glob(pattern), None) for pattern in PATTERNS)


def read(folder: str | Path, least: int = 1) -> Iterator[Labelled]:
    """People of every file of keypoints, in the file's order; crowds are left out.

    A file is loaded whole (the largest, train2017, takes about 1 GB while it is read).

    Args:
        folder: COCO.
        least: leave out people with fewer labelled keypoints.

    Raises:
        ValueError: no folder, nothing in it, or (while reading) a file that is not as documented.
    """
    place = checks.existing_folder(folder)
    files = checks.find_files(place, PATTERNS, "COCO keypoints")
    return (item for path in files for item in _items(place, path, least))


def _items(place: Path, path: Path, least: int) -> Iterator[Labelled]:
    content = checks.read_json(path, dict)
    _check_order(content, path)
    pictured, people = (checks.rows_of(checks.take(content, (n,), path), n, path) for n in ("images", "annotations"))
    images = {checks.identity(checks.take(row, ("id",), path), "id", path): row for row in pictured}
    split = next((split for split in ("train", "val", "test") if split in path.stem), "")
    pictures = _pictures(place, path)
    for row in people:
        key = checks.identity(checks.take(row, ("id",), path), "id", path)
        where = f"{path}, annotation {key}"
        number = checks.identity(checks.take(row, ("image_id",), where), "image_id", where)
        if number not in images:
            raise ValueError(f"'{where}' is of image {number}, which 'images' does not list")
        if row.get("iscrowd"):
            continue
        marks = checks.numbers(checks.take(row, ("keypoints",), where), (3 * NUM_KEYPOINTS,), "keypoints", where)
        marks = marks.reshape(NUM_KEYPOINTS, 3)
        if not set(marks[:, 2]) <= {0, 1, 2}:
            raise ValueError(f"'{where}' needs visibilities of 0, 1 or 2, found {sorted(set(marks[:, 2].tolist()))}")
        if (marks[:, 2] > 0).sum() < least:
            continue
        left, top, width, height = checks.numbers(checks.take(row, ("bbox",), where), (4,), "bbox", where).tolist()
        name = checks.take(images[number], ("file_name",), path)
        file = checks.inside(pictures or place, name, path)
        yield Labelled(
            dataset=NAME,
            key=f"{path.stem}:{key}",
            recording=name,
            subject=f"{path.stem}:{key}",
            split=split,
            licence=_terms(content, images[number], path),
            image=file if pictures else None,
            keypoints=from_flags(marks),
            box=(left, top, width, height),
        )


def _terms(content: dict[str, Any], image: dict[str, Any], path: Path) -> str:
    """What the file says of a picture's licence."""
    rows = checks.rows_of(content.get("licenses", []), "licenses", path)
    named = (row.get("name") for row in rows if row.get("id") == image.get("license"))
    return LICENCE.format(picture=next(named, None) or "its own terms")


def _check_order(content: dict[str, Any], path: Path) -> None:
    for row in checks.rows_of(content.get("categories", []), "categories", path):
        found = row.get("keypoints")
        if found is not None and found != list(names()):
            raise ValueError(f"'{path}' needs the keypoints {', '.join(names())}, found {found}")


def _pictures(place: Path, path: Path) -> Path | None:
    """The folder of the file's pictures: named like the end of the file's name, or ``images``; None if not there."""
    name = path.stem.rpartition("_")[2]
    choices = [place / name, place / "images" / name, place / "images"]
    return next((choice for choice in choices if choice.is_dir()), None)

"""What there is to do: a folder's files or a table's rows, one after another, never all at once."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.batch.parquet import read_parquet

POSES = (".npz", ".json", ".bvh")
PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
TABLES = (".jsonl", ".csv", ".parquet", ".txt")
"""Endings of what is read; a .txt has one text a line."""

FOLDERS: dict[str, tuple[str, ...]] = {
    "describe": (*POSES, *PHOTOS),
    "estimate": PHOTOS,
    "edit": POSES,
    "ask": POSES,
}
"""Tasks that a folder's files are enough for, and which files they take."""


@dataclass(frozen=True)
class Item:
    """One thing to do.

    Attributes:
        id: a file's path below the folder, the ``id`` of a row, or its number, from 1.
        given: the row, or the file as ``pose`` or ``photo``.
        folder: where paths in it start.
        problem: why it cannot be read; empty where it can.
    """

    id: str
    given: dict[str, Any]
    folder: Path
    problem: str = ""


def read_items(source: str | Path, task: str) -> Iterator[Item]:
    """The items of a folder, sorted by name, folders in it included; or of a table, in order.

    Args:
        source: a folder, or a file with one of the endings in ``TABLES``.
        task: decides which files of a folder are taken.

    Raises:
        ValueError: no such source, or one that cannot be read; a row that cannot be read is an item with a problem.
    """
    source = Path(source)
    if source.is_dir():
        if task not in FOLDERS:
            raise ValueError(f"{task} takes rows, not a folder: name a file ending in {', '.join(TABLES[:-1])}")
        return _files(source, source, FOLDERS[task])
    if not source.is_file():
        raise ValueError(f"there is no folder or file '{source}'")
    readers = {".jsonl": _json_lines, ".csv": _comma_separated, ".parquet": read_parquet, ".txt": _lines}
    ending = source.suffix.lower()
    if ending not in readers:
        raise ValueError(f"items are the files of a folder, or rows of {', '.join(TABLES)}; found '{source.name}'")
    rows: Iterator[Any] = readers[ending](source)
    return (_item(number, row, source.parent) for number, row in enumerate(rows, 1))


def _item(number: int, row: Any, folder: Path) -> Item:
    if isinstance(row, ValueError):
        return Item(str(number), {}, folder, str(row))
    given = {key: value for key, value in row.items() if key is not None and value is not None and value != ""}
    return Item(str(given.get("id", number)), given, folder)


def _files(folder: Path, top: Path, endings: tuple[str, ...]) -> Iterator[Item]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _files(path, top, endings)
        elif path.suffix.lower() in endings:
            name = path.relative_to(top).as_posix()
            kind = "pose" if path.suffix.lower() in POSES else "photo"
            yield Item(name, {kind: name}, top)


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                yield _object(line)


def _object(line: bytes) -> Any:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return ValueError(f"this line is no JSON: {' '.join(str(error).split())[:200]}")
    return row if isinstance(row, dict) else ValueError(f"a line holds a JSON object, found {type(row).__name__}")


def _comma_separated(path: Path) -> Iterator[Any]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"'{path.name}' is no CSV in UTF-8 that can be read: {error}") from None


def _lines(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            if line.strip():
                yield {"text": line.strip()}

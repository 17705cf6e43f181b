"""Records between sources and files: a source is streamed into a file, and files are a source again.

A source is anything with ``batch(size, seed) -> list[Record]`` whose records depend on the seed alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from unipose.data.records import Record, read_record, read_records

_CHUNK = 256  # records made at a time while streaming


class Source(Protocol):
    """Makes records."""

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records, always the same ones for a seed."""
        ...


def stream(source: Source, count: int, seed: int = 0) -> Iterator[Record]:
    """``count`` records of a source one after the other, for :func:`unipose.data.records.write_records`."""
    made = 0
    while made < count:
        size = min(_CHUNK, count - made)
        yield from source.batch(size, seed + made)
        made += size


class FileSource:
    """Draws records from JSON-line files, each as likely as any other.

    Every line is read and checked once, here, rather than in the middle of a run; after that only where each line
    starts is kept in memory.

    Args:
        paths: files that ``write_records`` wrote.

    Raises:
        ValueError: naming the line that is not a record, or when there is no record at all.
    """

    def __init__(self, *paths: str | Path) -> None:
        self._places: list[tuple[Path, int, int]] = []  # file, line and byte of each record
        for path in map(Path, paths):
            if not path.is_file():
                raise ValueError(f"no records at '{path}'; write some with write_records")
            with path.open("rb") as file:
                start = 0
                for number, line in enumerate(file, start=1):
                    self._places.append((path, number, start))
                    start += len(line)
            for _ in read_records(path):
                pass
        if not self._places:
            raise ValueError(f"no records in {', '.join(map(str, paths)) or 'no files'}")

    def __len__(self) -> int:
        return len(self._places)

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records."""
        rng = random.Random(seed)
        return [self._read(*rng.choice(self._places)) for _ in range(size)]

    @staticmethod
    def _read(path: Path, number: int, start: int) -> Record:
        with path.open("rb") as file:
            file.seek(start)
            return read_record(file.readline().decode("utf-8"), f"{path}, line {number}")

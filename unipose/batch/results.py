"""What is done: a file of rows that can be broken off at any byte and gone on with.

JSON lines are added one by one. Parquet cannot be added to, so until all is done its rows lie in a file of JSON lines
beside it, with ``.part.jsonl`` after its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from unipose.batch.parquet import check_parquet, read_results, write_results

ENDINGS = (".jsonl", ".parquet")
_BEGIN = b'{"id": '


class Results:
    """The rows of a batch. First read :meth:`finished` to its end, then :meth:`append`, at last :meth:`close`.

    Args:
        path: ends in one of ``ENDINGS``; it may exist.

    Raises:
        ValueError: another ending, no such folder, or parquet without pyarrow.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if self.path.suffix.lower() not in ENDINGS:
            raise ValueError(f"results are written as {' or '.join(ENDINGS)}, found '{self.path.name}'")
        if not self.path.parent.is_dir():
            raise ValueError(f"there is no folder '{self.path.parent}' to write '{self.path.name}' into")
        self._packed = self.path.suffix.lower() == ".parquet"
        if self._packed:
            check_parquet()
        self._lines = self.path.with_name(f"{self.path.name}.part.jsonl") if self._packed else self.path
        self._file: BinaryIO | None = None

    def finished(self) -> Iterator[dict[str, Any]]:
        """The rows there are. A last line that was cut off is dropped, once all before it turned out to be rows.

        Raises:
            ValueError: the file holds something else.
        """
        if self._packed and self.path.exists() and not self._lines.exists():
            self._unpack()
        end = 0
        if self._lines.exists():
            with self._lines.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if not line.startswith(_BEGIN[: len(line)]):
                        raise self._foreign(number)
                    if not line.endswith(b"\n"):
                        break
                    end += len(line)
                    yield self._row(line, number)
        self._file = self._lines.open("ab")
        self._file.truncate(end)

    def append(self, row: dict[str, Any]) -> None:
        """Add a row, whose first key is ``id``; it is in the hands of the system when this returns."""
        if self._file is None:
            raise RuntimeError("finished() was not read to its end")
        self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()

    def close(self, whole: bool) -> None:
        """No more rows for now; ``whole`` says that none are missing."""
        if self._file is not None:
            self._file.close()
        if whole and self._packed:
            self._replace(self.path, lambda fresh: write_results(self._read(), fresh))
            self._lines.unlink()

    def discard(self) -> None:
        """Of a batch without rows nothing stays."""
        if self._lines.exists() and not self._lines.stat().st_size:
            self._lines.unlink()

    # -- how ---------------------------------------------------------------------------------------------------------

    def _read(self) -> Iterator[dict[str, Any]]:
        with self._lines.open("rb") as file:
            for number, line in enumerate(file, 1):
                yield self._row(line, number)

    def _row(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            return json.loads(line)
        except ValueError:
            raise self._foreign(number) from None

    def _foreign(self, number: int) -> ValueError:
        return ValueError(f"line {number} of '{self._lines.name}' is no row of a batch; name another file with --out")

    def _unpack(self) -> None:
        def write(fresh: Path) -> None:
            with fresh.open("wb") as file:
                for row in read_results(self.path):
                    file.write(json.dumps({"id": row.pop("id", None), **row}).encode() + b"\n")

        self._replace(self._lines, write)

    def _replace(self, path: Path, write: Any) -> None:
        """Whoever is broken off here leaves the old file as it was."""
        fresh = path.with_name(f"{path.name}.new")
        write(fresh)
        os.replace(fresh, path)

"""Parquet files of rows, a group of rows at a time. They need the package pyarrow, which nothing else here does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

_AT_ONCE = 256
_INSTALL = "pip install 'pyarrow>=17'"


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, as plain values.

    Raises:
        ValueError: no such file, or pyarrow is not installed; says how to get it.
    """
    arrow, parquet = _arrow()
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_AT_ONCE):
                yield from batch.to_pylist()
    except arrow.ArrowException as error:
        raise ValueError(f"'{path.name}' is no parquet file that can be read: {str(error).splitlines()[0]}") from None


def read_results(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file that :func:`write_results` wrote, as they were."""
    for row in read_parquet(path):
        found = {key: value for key, value in row.items() if value is not None}
        yield found | ({"photos": json.loads(found["photos"])} if "photos" in found else {})


def write_results(rows: Iterator[dict[str, Any]], path: Path) -> None:
    """Write rows of a batch. ``photos``, whose shape differs from row to row, are JSON text.

    Raises:
        ValueError: pyarrow is not installed.
    """
    arrow, parquet = _arrow()
    text, numbers = arrow.string(), arrow.list_(arrow.float64())
    poses = arrow.list_(arrow.list_(numbers))
    columns = {"id": text, "task": text, "model": text, "text": text, "poses": poses, "scores": numbers}
    schema = arrow.schema(columns | {"photos": text, "seconds": arrow.float64(), "error": text})
    with parquet.ParquetWriter(path, schema) as writer:
        while some := list(islice(rows, _AT_ONCE)):
            flat = [row | ({"photos": json.dumps(row["photos"])} if "photos" in row else {}) for row in some]
            writer.write_table(arrow.Table.from_pylist(flat, schema))


def check_parquet() -> None:
    """Raises ``ValueError`` unless parquet can be read and written here."""
    _arrow()


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:  # not there, or built for another numpy
        raise ValueError(f"parquet needs the package pyarrow ({error}): {_INSTALL}; or use .jsonl") from None
    return pyarrow, pyarrow.parquet

"""The loop: items to rows, from where the last run ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.batch.items import Item, read_items
from unipose.batch.results import Results
from unipose.batch.work import Worker
from unipose.chat import UniPose

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """What came of a batch.

    Attributes:
        total: items of the input.
        resumed: of them, those that an earlier run had finished.
        errors: of all, those without an answer.
        seconds: that this run took.
    """

    total: int
    resumed: int
    errors: int
    seconds: float


def run_batch(
    model: UniPose,
    task: str,
    source: str | Path,
    out: str | Path,
    *,
    text: str | None = None,
    candidates: int = 1,
    seed: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Answer every item of a folder or table, one row each in ``out``, in their order.

    Rows have ``id``, ``task`` and ``model``, and then either what :meth:`unipose.batch.work.Worker.answer` gives or an
    ``error`` in one line. If ``out`` exists, its rows are kept and the rest is done, whatever broke the last run off.

    Args:
        model: answers.
        task: one of :data:`unipose.batch.work.TASKS`.
        source: see :func:`unipose.batch.items.read_items`.
        out: ``.jsonl`` or ``.parquet``.
        text: for items that have none: what to change, the question, or the hint.
        candidates: poses of an answer, unless a row says how many.
        seed: of every answer, unless a row has its own.
        progress: called with the number of rows and of errors among them, at the start and after each row.

    Raises:
        ValueError: no such task, no items, an input that cannot be read, or an ``out`` that is of something else.
        OSError: ``out`` cannot be written.
    """
    started = time.perf_counter()
    worker = Worker(model, task, text, candidates, seed)
    if Path(out).resolve() == Path(source).resolve():
        raise ValueError(f"'{out}' is the input itself; name another file with --out")
    items, results = read_items(source, task), Results(out)
    resumed = errors = 0
    for row in results.finished():
        _check(row, next(items, None), worker, results.path)
        resumed, errors = resumed + 1, errors + ("error" in row)
    total, whole = resumed, False
    try:
        if progress:
            progress(total, errors)
        for item in items:
            row = _row(worker, item)
            results.append(row)
            total, errors = total + 1, errors + ("error" in row)
            if progress:
                progress(total, errors)
        whole = total > 0
    finally:
        results.close(whole)
    if not total:
        results.discard()
        raise ValueError(f"there is nothing to {task} in '{source}'")
    return Summary(total, resumed, errors, time.perf_counter() - started)


def _check(row: dict[str, Any], item: Item | None, worker: Worker, path: Path) -> None:
    """Refuse to go on with the rows of another input, task or model."""
    made, now = (row.get("task"), row.get("model")), (worker.task, worker.model.name)
    if made != now:
        raise ValueError(f"'{path.name}' holds {made[0]} by model {made[1]!r}, not {now[0]} by {now[1]!r}; {_ANEW}")
    if item is None or row.get("id") != item.id:
        found = "nothing" if item is None else f"'{item.id}'"
        raise ValueError(f"'{path.name}' goes on with '{row.get('id')}', the input with {found}: it changed; {_ANEW}")


_ANEW = "name another file with --out, or delete this one"


def _row(worker: Worker, item: Item) -> dict[str, Any]:
    begin: dict[str, Any] = {"id": item.id, "task": worker.task, "model": worker.model.name}
    try:
        return begin | worker.answer(item)
    except (ValueError, OSError) as error:
        return begin | {"error": " ".join(str(error).split()) or type(error).__name__}
    except Exception as error:  # our own mistake; it must not take a night's work with it
        log.exception("item '%s' failed", item.id)
        return begin | {"error": f"this went wrong on our side, see the log: {type(error).__name__}"}


def count_items(source: str | Path, task: str) -> int:
    """How many items there are; reads the input once."""
    items: Iterator[Item] = read_items(source, task)
    return sum(1 for _ in items)

"""The log of a run: one JSON object a line, and the same numbers for TensorBoard."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

from accelerate import Accelerator

LOG = "log.jsonl"
TENSORBOARD = "tensorboard"


class RunLog:
    """Writes figures, on the main process alone.

    Args:
        accelerator: holds the TensorBoard writer.
        out: folder of the run, where ``log.jsonl`` is.
        step: how far the run has come; lines that an interrupted process wrote beyond it are dropped.
    """

    def __init__(self, accelerator: Accelerator, out: Path, step: int) -> None:
        self._accelerator = accelerator
        accelerator.init_trackers(TENSORBOARD, init_kwargs={TENSORBOARD: {"purge_step": step + 1 if step else None}})
        if not accelerator.is_main_process:
            self._file = None
            return
        kept = [line for line in _lines(out / LOG) if json.loads(line).get("step", step + 1) <= step]
        self._file = (out / LOG).open("w", encoding="utf-8")
        self._file.writelines(kept)

    def __enter__(self) -> RunLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        for tracker in self._accelerator.trackers:  # not end_training: another stage may follow in this process
            tracker.finish()

    def write(self, step: int, **figures: float) -> None:
        """One line, and one point of each curve."""
        self._put({"step": step, **_short(figures)})
        self._accelerator.log(figures, step=step)

    def write_final(self, figures: dict[str, float]) -> None:
        """The last line: what the run came to."""
        self._put({"final": True, **_short(figures)})

    def _put(self, line: dict[str, float]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


def _short(figures: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.7g}") for name, value in figures.items()}


def _lines(path: Path) -> list[str]:
    """Whole lines of a log; the last one may be cut off."""
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("}\n")]

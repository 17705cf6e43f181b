"""All figures of a model in one run: ``python -m unipose evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from unipose.chat import UniPose
from unipose.data.sources import load_poses
from unipose.evaluation.language import Examination
from unipose.evaluation.metrics import Estimate
from unipose.model.reconstruction import reconstruction_errors

Report = dict[str, dict[str, dict[str, Any]]]


def evaluate(
    unipose: UniPose,
    data: Path,
    *,
    split: str = "val",
    count: int = 300,
    seed: int = 0,
    progress: Callable[[str], None] = lambda task: None,
) -> Report:
    """Measure a model on the people of a split.

    Args:
        unipose: what is measured.
        data: folder of a pose collection (see :mod:`unipose.data.sources`).
        split: "val" or "test".
        count: examples of each language task.
        seed: of the choice of examples.
        progress: told the name of each task before it starts.

    Returns:
        task to {"model" | "shown" | "ceiling" | "chance"} to figure to {"value", "low", "high", "count"}.
        Millimetres for distances, shares from 0 to 1 for the rest.
    """
    bank = load_poses(data, split)
    exam = Examination(unipose, bank, count, seed)
    steps: dict[str, Callable[[], dict[str, dict[str, Estimate]]]] = {
        "text to pose, 1 statement": lambda: exam.generate(1),
        "text to pose, 3 statements": lambda: exam.generate(3),
        "pose to text": exam.describe,
        "editing": exam.edit,
        "pose difference": exam.compare,
    }
    progress("pose tokenizer")
    errors = reconstruction_errors(unipose.model.pose_tokenizer, bank.rotations)
    report: Report = {
        "pose tokenizer": {
            "model": {name: {"value": value, "count": len(bank)} for name, value in errors.items()},
        }
    }
    for task, step in steps.items():
        progress(task)
        found = step()
        report[task] = {who: {name: vars(figure) for name, figure in figures.items()} for who, figures in found.items()}
    return report


def table(report: Report) -> str:
    """A report as lines of text: one figure a line, the model first, ceiling and chance beside it."""
    lines = []
    for task, found in report.items():
        lines.append(task)
        for name, figure in found["model"].items():
            beside = [
                f"{who} {_written(name, found[who][name])}" for who in found if who != "model" and name in found[who]
            ]
            spread = f" [{_number(name, figure['low'])}, {_number(name, figure['high'])}]" if "low" in figure else ""
            extra = f"  ({', '.join(beside)})" if beside else ""
            lines.append(f"  {name:<14}{_written(name, figure):>9}{spread}  n={figure['count']}{extra}")
    return "\n".join(lines)


def _written(name: str, figure: dict[str, Any]) -> str:
    return _number(name, figure["value"]) + ("" if not _is_share(name) else " %")


def _number(name: str, value: float) -> str:
    return f"{100 * value:.1f}" if _is_share(name) else f"{value:.1f}"


def _is_share(name: str) -> bool:
    return name in ("statements", "all", "unread")

"""All figures of a model in one run: ``python -m unipose evaluate``."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from unipose.chat import UniPose
from unipose.data.sources import PoseBank, load_poses
from unipose.evaluation.exam import prompts
from unipose.evaluation.exam.dialogues import DATA, UNSEEN, hold, read_exam
from unipose.evaluation.metrics import Estimate, rates
from unipose.evaluation.tables.decoding import decoding
from unipose.evaluation.tables.editing import chained, editing
from unipose.evaluation.tables.freely import asked_freely
from unipose.evaluation.tables.generation import generation
from unipose.evaluation.tables.material import Material, Table
from unipose.evaluation.tables.speaking import description, difference
from unipose.model.reconstruction import reconstruction_errors

Report = dict[str, dict[str, dict[str, Any]]]
"""Task to who answered to figure to ``{"value", "low", "high", "count"}`` and ``"pool"`` where something is found."""

STATEMENTS = (1, 3, 5)
DECODED = (3, 5)
LEARNT, _LEARNT_EACH = 4000, 40
"""Training poses that the baselines know, at most; fewer in a quick look at few examples."""


def evaluate(
    unipose: UniPose,
    data: Path,
    *,
    split: str = "val",
    count: int = 300,
    seed: int = 0,
    only: str = "",
    progress: Callable[[str], None] = lambda task: None,
) -> Report:
    """Measure a model on the people of a split.

    Args:
        unipose: what is measured.
        data: folder of a pose collection (see :mod:`unipose.data.sources`).
        split: "val" or "test".
        count: examples of each language task; of chains and of prompts written by hand as many as there are.
        seed: of the choice of examples.
        only: tables with these words in their titles; all but ways of decoding when left out.
        progress: told the name of each task before it starts.

    Returns:
        The figures; who is "model" (its first draft), "shown" (what its verbs answer), "ceiling", "chance" or a
        baseline. Millimetres for distances, milliseconds for time, shares from 0 to 1 for the rest.

    Raises:
        ValueError: for a split that holds no people back, and as :func:`unipose.data.sources.load_poses` and
            :func:`unipose.evaluation.retrieval.load`.
    """
    if split not in ("val", "test"):
        raise ValueError(f"a model is measured on the people of val or of test, found {split!r}")
    held = load_poses(data, split)
    learnt = min(LEARNT, _LEARNT_EACH * count)
    material = Material(unipose, held, load_poses(data, "train"), count, learnt, seed)
    steps: dict[str, Callable[[], Table]] = {
        **{_named(size): lambda size=size: generation(material, size) for size in STATEMENTS},  # type: ignore[misc]
        "pose to text": lambda: description(material),
        "pose difference": lambda: difference(material),
        "editing": lambda: editing(material),
        "chains of four edits": lambda: chained(material),
        "dialogues": lambda: {"shown": _held(unipose, DATA)},
        "unseen dialogues": lambda: {"shown": _held(unipose, UNSEEN)},
    }
    for title, path in prompts.shipped().items():
        steps[title] = lambda path=path: asked_freely(material, prompts.read_prompts(path))  # type: ignore[misc]
    for size in DECODED:
        steps[f"decoding, {size} statements"] = lambda size=size: decoding(material, size)  # type: ignore[misc]
    steps = {title: step for title, step in steps.items() if only in title and (only or "decoding" not in title)}
    report: Report = {}
    if only in "pose tokenizer":
        progress("pose tokenizer")
        report["pose tokenizer"] = {"model": _reconstructed(unipose, held)}
    if not steps and not report:
        raise ValueError(f"no table has {only!r} in its title")
    for task, step in steps.items():
        progress(task)
        found = step()
        report[task] = {who: {name: one.to_dict() for name, one in figures.items()} for who, figures in found.items()}
    return report


def origin(command: str, split: str, count: int, seed: int) -> dict[str, Any]:
    """Where figures come from: the command, the commit of this code ("" outside its repository), machine and data."""
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        commit = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:  # no git
        commit = ""
    return {
        "command": command,
        "commit": commit,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
        "split": split,
        "count": count,
        "seed": seed,
    }


def _held(unipose: UniPose, path: Path) -> dict[str, Estimate]:
    turns = hold(unipose, read_exam(path)).turns
    right = rates([[mark.right for mark in turns if mark.dialogue == one] for one in {mark.dialogue for mark in turns}])
    return {"turns right": right["statements"], "dialogues right": right["all"]}


def _named(statements: int) -> str:
    return f"text to pose, {statements} statement{'s' * (statements > 1)}"


def _reconstructed(unipose: UniPose, held: PoseBank) -> dict[str, Any]:
    errors = reconstruction_errors(unipose.model.pose_tokenizer, held.rotations)
    return {name: {"value": value, "count": len(held)} for name, value in errors.items()}

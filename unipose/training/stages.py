"""The stages of training as one table: what is trained, on which tasks, by which loss, from what, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unipose.training.loops import LoopSettings


@dataclass(frozen=True)
class Stage:
    """One row of the table.

    Attributes:
        trains: the parts of the model that move; all others are frozen.
        tasks: names of the task table; empty for the tokenizer, which sees poses only.
        loss: in words.
        starts_from: what must exist before.
        steps: default length.
        learning_rate, warmup, weight_decay: see :class:`unipose.training.loops.LoopSettings`.
    """

    trains: str
    tasks: tuple[str, ...]
    loss: str
    starts_from: str
    steps: int
    learning_rate: float
    warmup: int
    weight_decay: float


STAGES: dict[str, Stage] = {
    "tokenizer": Stage(
        trains="pose tokenizer",
        tasks=(),
        loss="joint distance + rotation matrices + commitment",
        starts_from="nothing",
        steps=12_000,
        learning_rate=2e-3,
        warmup=200,
        weight_decay=0.0,
    ),
    "language": Stage(
        trains="language model with its table of words, codes and queries",
        tasks=("generate", "describe", "edit", "compare"),
        loss="next word; code of each query",
        starts_from="tokenizer",
        steps=6_000,
        learning_rate=1.5e-3,
        warmup=100,
        weight_decay=0.01,
    ),
}


def settings(
    stage: str,
    out: Path,
    *,
    steps: int | None = None,
    budget: float | None = None,
    resume: bool = False,
    seed: int = 0,
    threads: int = 0,
) -> LoopSettings:
    """How to run a stage: its row of the table, with the length and place of this run."""
    row = STAGES[stage]
    return LoopSettings(
        out=out,
        steps=row.steps if steps is None else steps,
        budget=budget,
        learning_rate=row.learning_rate,
        weight_decay=row.weight_decay,
        warmup=row.warmup,
        seed=seed,
        resume=resume,
        threads=threads,
    )

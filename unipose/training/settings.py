"""How long and how to train."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

PRECISIONS = ("bf16", "no")


@dataclass(frozen=True)
class LoopSettings:
    """How long and how to train.

    Attributes:
        out: folder of the run; the trained model is saved there, the resumable checkpoint and the logs inside it.
        steps: length of the run and of the learning-rate schedule.
        budget: seconds of the whole run, from the start of the program to the saved model; when they run out sooner
            than the steps, the schedule is compressed to end with them.
        pause: seconds after which this process leaves with a checkpoint, to be resumed; the schedule stays as it is.
        learning_rate: peak, reached after ``warmup`` steps, then a cosine to a hundredth.
        weight_decay: of matrices.
        seed: of batches and initialisation.
        shares: how many shares a step's batch is cut into; 0 for one a process. With more shares than processes,
            gradients are accumulated.
        precision: "bf16" (mixed) or "no".
        evaluate_every, save_every, log_every: steps.
        save_seconds: a checkpoint is written at least so often, too: on a slow machine 500 steps are hours.
        resume: go on from the checkpoint in ``out`` when there is one.
        threads: CPU threads; 0 leaves torch's choice.
        began: when time began to count, by ``time.monotonic``.
    """

    out: Path
    steps: int
    budget: float | None = None
    pause: float | None = None
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: int = 100
    seed: int = 0
    shares: int = 0
    precision: str = "bf16"
    evaluate_every: int = 500
    save_every: int = 500
    save_seconds: float = 300.0
    log_every: int = 20
    resume: bool = False
    threads: int = 0
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is one of {', '.join(PRECISIONS)}, found {self.precision!r}")

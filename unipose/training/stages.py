"""The stages of training (paper section 3.4) as one table: the four of the paper, and one for eyes of our own.

What is trained, on which tasks, by which loss, from what, how long and how fast. Everything that a stage does not name
under ``trains`` is frozen, and stays in evaluation mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.training.settings import LoopSettings

PARTS = ("pose tokenizer", "language model", "table", "projector", "towers", "reader")
"""The parts of a model; the table is that of words, codes, markers and queries, with the head."""


@dataclass(frozen=True)
class Lora:
    """Low-rank adapters in place of the language model's own numbers; merged into them when the stage is saved.

    The defaults are the published ones: every linear layer of the language model, rank 64.

    Attributes:
        rank, alpha, dropout: as in LoRA (Hu et al. 2021).
        targets: layers that get an adapter, by the last part of their names.
        learning_rate: peak; adapters of a pretrained model want a far smaller one than a model trained whole.
        smallest: language models below this many numbers are trained whole unless told otherwise. A model that small
            was trained here from nothing: adapters protect what a large model learnt elsewhere, and it has nothing of
            that kind; whole, it also has the more to learn with.
    """

    rank: int = 64
    alpha: int = 16
    dropout: float = 0.05
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    learning_rate: float = 1.5e-4
    smallest: int = 100_000_000


@dataclass(frozen=True)
class Stage:
    """One row of the table.

    Attributes:
        trains: the parts of the model that move.
        tasks: names of the task table; empty for the tokenizer, which sees poses only.
        loss: in words.
        starts_from: in words; what it needs of it is under ``needs``.
        needs, takes: folders and files that it must, and may, be given, see :class:`unipose.training.pipeline.Given`.
        steps: default length.
        learning_rate, warmup, weight_decay: see :class:`unipose.training.settings.LoopSettings`.
        share: of the budget when all stages run one after another.
        lora: how a pretrained language model is trained; ``None`` where the language model is not trained at all.
    """

    trains: tuple[str, ...]
    tasks: tuple[str, ...]
    loss: str
    starts_from: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]
    steps: int
    learning_rate: float
    warmup: int
    weight_decay: float
    share: float
    lora: Lora | None = None

    @property
    def frozen(self) -> tuple[str, ...]:
        """The parts that do not move."""
        return tuple(part for part in PARTS if part not in self.trains)


STAGES: dict[str, Stage] = {
    "tokenizer": Stage(
        trains=("pose tokenizer",),
        tasks=(),
        loss="rotation matrices + joint distance + vertex distance + commitment",
        starts_from="nothing",
        needs=("data",),
        takes=(),
        steps=12_000,
        learning_rate=2e-3,
        warmup=200,
        weight_decay=0.0,
        share=0.2,
    ),
    # Nano's language model starts from nothing and is trained whole; see Lora.smallest.
    "alignment": Stage(
        trains=("language model", "table"),
        tasks=("generate", "describe", "edit", "compare"),
        loss="next word + code of each query + probes + verdict on the pose",
        starts_from="tokenizer; the language model from nothing, or a model to go on from",
        needs=("data", "tokenizer"),
        takes=("start", "named", "lora"),
        steps=6_000,
        learning_rate=1.5e-3,
        warmup=100,
        weight_decay=0.01,
        share=0.45,
        lora=Lora(),
    ),
    # What the official size takes ready-made, nano learns here.
    "eyes": Stage(
        trains=("towers", "reader"),
        tasks=(),
        loss="places of keypoints + joint distance + rotation matrices + distance to the codes + camera",
        starts_from="alignment",
        needs=("data", "start"),
        takes=("named", "pictures"),
        steps=20_000,
        learning_rate=1e-3,
        warmup=200,
        weight_decay=0.01,
        share=0.15,
    ),
    "projector": Stage(
        trains=("projector",),
        tasks=("estimate", "estimate_hinted", "describe_photo", "compare_photos"),
        loss="next word + code of each query",
        starts_from="eyes, or a model that came with towers",
        needs=("pictures", "start"),
        takes=("data", "named"),
        steps=2_000,
        learning_rate=1e-3,
        warmup=50,
        weight_decay=0.0,
        share=0.05,
    ),
    "instruction": Stage(
        trains=("language model", "table", "projector"),
        tasks=(
            *("generate", "describe", "edit", "compare", "ask", "chat"),
            *("estimate", "estimate_hinted", "describe_photo", "compare_photos"),
        ),
        loss="next word + code of each query + probes + verdict on the pose",
        starts_from="projector, or alignment where the model has no eyes",
        needs=("data", "start"),
        takes=("named", "pictures", "lora"),
        steps=2_000,
        learning_rate=5e-4,
        warmup=50,
        weight_decay=0.01,
        share=0.15,
        lora=Lora(),
    ),
}


def settings(stage: str, out: Path, *, steps: int | None = None, **how: Any) -> LoopSettings:
    """How to run a stage: its row of the table, with the length, place and manner of this run.

    Args:
        stage: a name of :data:`STAGES`.
        out: folder of the run.
        steps: another length than the table's.
        how: any other field of :class:`unipose.training.settings.LoopSettings`.
    """
    row = STAGES[stage]
    paces: dict[str, Any] = {
        "learning_rate": row.learning_rate,
        "weight_decay": row.weight_decay,
        "warmup": row.warmup,
        "steps": row.steps if steps is None else steps,
    }
    return LoopSettings(out=out, **{**paces, **how})


def adapters(stage: str, language_model: int, lora: bool | None = None) -> Lora | None:
    """How a stage trains a language model of so many numbers: through adapters, or (``None``) whole or not at all.

    Args:
        stage: a name of :data:`STAGES`.
        language_model: its parameters.
        lora: True or False overrules the table.
    """
    row = STAGES[stage].lora
    if row is None or lora is False:
        return None
    return row if lora or language_model >= row.smallest else None

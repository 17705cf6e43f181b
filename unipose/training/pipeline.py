"""One stage by its name, or all of them in order."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import PartialState

from unipose.training.eyes import train_eyes
from unipose.training.language import train_alignment, train_instruction, train_projector
from unipose.training.material import Material
from unipose.training.provenance import finished
from unipose.training.settings import LoopSettings
from unipose.training.stages import STAGES, settings
from unipose.training.tokenizer import train_tokenizer


@dataclass(frozen=True)
class Given:
    """What a stage may be given.

    Attributes:
        data: folder of a pose collection.
        tokenizer: folder of a trained pose tokenizer.
        start: folder of a model to go on from.
        named: file of the lexicon's poses.
        pictures: folder of labelled pictures.
        lora: train the language model through adapters (True) or whole (False); by the table when left out.
    """

    data: Path | None = None
    tokenizer: Path | None = None
    start: Path | None = None
    named: Path | None = None
    pictures: Path | None = None
    lora: bool | None = None


@contextmanager
def main_process() -> Iterator[bool]:
    """Join the other processes of a launch, and part from them at the end; gives whether this one speaks for all."""
    state = PartialState()
    try:
        yield state.is_main_process
    finally:
        state.destroy_process_group()


def train_stage(stage: str, given: Given, how: LoopSettings) -> dict[str, float]:
    """Run one stage.

    Returns:
        Its figures.

    Raises:
        ValueError: for an unknown stage, something it needs and was not given, or something it has no use for; and
            whatever the stage raises.
    """
    if stage not in STAGES:
        raise ValueError(f"unknown stage {stage!r}; there are {', '.join(STAGES)}")
    row = STAGES[stage]
    present = {name for name, value in vars(given).items() if value is not None}
    if lacking := [name for name in row.needs if name not in present]:
        raise ValueError(f"stage {stage} needs --{' and --'.join(lacking)}; it starts from: {row.starts_from}")
    if idle := sorted(present - {*row.needs, *row.takes}):
        raise ValueError(f"stage {stage} has no use for {', '.join(idle)}; leave it out")
    if stage == "tokenizer":
        return train_tokenizer(_the(given.data), how)
    if stage == "eyes":
        return train_eyes(_the(given.data), _the(given.start), how, named=given.named, pictures=given.pictures)
    if stage == "projector":
        return train_projector(_the(given.pictures), _the(given.start), how, data=given.data, named=given.named)
    material = Material(_the(given.data), given.named, given.pictures)
    if stage == "alignment":
        return train_alignment(material, _the(given.tokenizer), how, start=given.start, lora=given.lora)
    return train_instruction(material, _the(given.start), how, lora=given.lora)


def train_all(
    out: Path,
    given: Given,
    *,
    budget: float | None = None,
    pause: float | None = None,
    progress: Callable[[str], None] = lambda line: None,
    **how: Any,
) -> dict[str, float]:
    """Run all stages in order, each in a folder of its name in ``out``, from where they stand.

    A finished stage is skipped. The projector has its turn only where there are pictures and the language model is
    shown them, see :attr:`unipose.model.config.UniPoseConfig.picture_tokens`.

    Args:
        out: folder of the folders.
        given: ``start`` is for the alignment; ``tokenizer`` in place of training one.
        budget: seconds for all of it, finished stages included, shared out by the table.
        pause: seconds after which to leave, with a checkpoint of the stage that is running.
        progress: called with a line when a stage is skipped or begins.
        how: other fields of :class:`unipose.training.settings.LoopSettings`, for every stage.

    Returns:
        The figures of all stages, each name preceded by its stage's and a slash.
    """
    began = time.monotonic()
    if given.data is None:
        raise ValueError("all stages together need --data")
    figures: dict[str, float] = {}
    turns = [stage for stage in STAGES if not _skipped(stage, given)]
    whole = sum(STAGES[stage].share for stage in turns)
    model = given.start
    tokenizer = given.tokenizer or out / "tokenizer"
    for stage in turns:
        done = finished(out / stage)
        if stage == "eyes" and _has(_the(model), "vision_config") and not _has(_the(model), "reader_config"):
            progress("eyes: this model came with its own")
            continue
        if stage == "projector" and not (_has(_the(model), "vision_config") and _shown(_the(model))):
            progress("projector: the language model is shown no pictures, only what is read in them")
            continue
        if done is None:
            progress(f"{stage}: {STAGES[stage].loss}")
            pace = settings(
                stage,
                out / stage,
                budget=None if budget is None else budget * STAGES[stage].share / whole,
                pause=None if pause is None else max(1.0, pause - (time.monotonic() - began)),
                **how,
            )
            done = train_stage(stage, _given_to(stage, given, tokenizer, model), pace)
        else:
            progress(f"{stage}: finished already")
        figures |= {f"{stage}/{name}": value for name, value in done.items()}
        if finished(out / stage) is None:
            progress(f"{stage}: paused; go on with --resume")
            break
        if stage != "tokenizer":
            model = out / stage
    return figures


def _skipped(stage: str, given: Given) -> bool:
    return (stage == "tokenizer" and given.tokenizer is not None) or (stage == "projector" and given.pictures is None)


def _given_to(stage: str, given: Given, tokenizer: Path, model: Path | None) -> Given:
    """What a stage has a use for, of what all were given and what the stages before it made."""
    there = {**vars(given), "tokenizer": tokenizer, "start": model}
    row = STAGES[stage]
    sees = stage == "eyes" or (model is not None and _has(model, "vision_config"))
    useful = {name: there[name] for name in (*row.needs, *row.takes) if name != "pictures" or sees}
    return Given(**useful)


def _has(model: Path, part: str) -> bool:
    return json.loads((model / "config.json").read_text(encoding="utf-8")).get(part) is not None


def _shown(model: Path) -> bool:
    settings = json.loads((model / "config.json").read_text(encoding="utf-8"))
    return bool(settings.get("picture_tokens", True))


def _the(path: Path | None) -> Path:
    assert path is not None  # the table says that it is needed
    return path

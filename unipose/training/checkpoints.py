"""Checkpoints: all that a stage trains, written so that a run killed at any moment keeps a whole one.

A checkpoint folder holds ``model.safetensors``, the numbers of the model that move (frozen ones come from where the
stage started), and ``training.pt``: the optimizer, the training aids, the step, and the seconds spent so far.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from unipose.training.settings import LoopSettings

CHECKPOINT, OLD_CHECKPOINT = "checkpoint", "checkpoint.old"
WEIGHTS, STATE = "model.safetensors", "training.pt"


def checkpoint(out: Path) -> Path | None:
    """The newest whole checkpoint of a run; ``None`` when there is none."""
    return next((out / name for name in (CHECKPOINT, OLD_CHECKPOINT) if (out / name).is_dir()), None)


def claim(settings: LoopSettings) -> None:
    """Make the folder of a run, before anything is written into it.

    Raises:
        ValueError: when it holds a run and that is not to be resumed.
    """
    if not settings.resume and checkpoint(settings.out):
        raise ValueError(f"'{settings.out}' holds a run already; resume it, or train into another folder")
    settings.out.mkdir(parents=True, exist_ok=True)


def moving(model: nn.Module) -> dict[str, Tensor]:
    """What of a model changes in training, by name: parameters that are trained, and buffers."""
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    kept = trained | {name for name, _ in model.named_buffers()}
    return {name: value for name, value in model.state_dict().items() if name in kept}


def save_checkpoint(out: Path, model: nn.Module, state: dict[str, Any]) -> None:
    """Write a checkpoint beside the old one, then swap."""
    folder, fresh, old = out / CHECKPOINT, out / f"{CHECKPOINT}.new", out / OLD_CHECKPOINT
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    save_file({name: value.contiguous() for name, value in moving(model).items()}, fresh / WEIGHTS)
    torch.save(state, fresh / STATE)
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path, model: nn.Module) -> dict[str, Any]:
    """Put a checkpoint's numbers into ``model``; returns the state it was saved with.

    Raises:
        ValueError: when the checkpoint lacks some of what the stage trains, or has it in another shape.
    """
    saved, wanted = load_file(folder / WEIGHTS), moving(model)
    wrong = sorted(name for name, value in wanted.items() if name not in saved or saved[name].shape != value.shape)
    if wrong:
        raise ValueError(
            f"the checkpoint in '{folder}' is of another model or stage: {len(wrong)} of {len(wanted)} tensors are "
            f"missing or of another shape, first {wrong[0]}; train into another folder"
        )
    model.load_state_dict({name: saved[name] for name in wanted}, strict=False)
    return torch.load(folder / STATE, weights_only=True, map_location="cpu")

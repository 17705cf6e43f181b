"""The training loop every stage runs in: budget, schedule, checkpoints, one log.

A batch is a pure function of (seed, step), so a run that is cut and resumed sees the batches, and draws the random
numbers, that it would have seen uncut.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm
from transformers import PreTrainedModel

CHECKPOINT, OLD_CHECKPOINT = "checkpoint", "checkpoint.old"
LOG = "log.jsonl"


@dataclass(frozen=True)
class LoopSettings:
    """How long and how to train.

    Attributes:
        out: folder of the run; the trained model is saved there, the resumable checkpoint and the log inside it.
        steps: length of the run and of the learning-rate schedule.
        budget: seconds; when they run out sooner than the steps, the schedule is compressed to end with them.
        learning_rate: peak, reached after ``warmup`` steps, then a cosine to a hundredth.
        weight_decay: of matrices.
        seed: of batches and initialisation.
        evaluate_every, save_every: steps.
        resume: go on from the checkpoint in ``out`` when there is one.
        threads: CPU threads; 0 leaves torch's choice.
    """

    out: Path
    steps: int
    budget: float | None = None
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: int = 100
    seed: int = 0
    evaluate_every: int = 500
    save_every: int = 500
    resume: bool = False
    threads: int = 0


def parse_budget(text: str) -> float:
    """ "90s", "9m" or "1.5h" to seconds.

    Raises:
        ValueError: for anything else.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if not match:
        raise ValueError(f"a budget looks like 90s, 9m or 1.5h, found {text!r}")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def learning_rate(progress: float, step: int, peak: float, warmup: int) -> float:
    """Linear warm-up by steps, then a cosine in ``progress`` (0 to 1) down to a hundredth of the peak."""
    ramp = min(1.0, (step + 1) / max(1, warmup))
    return peak * ramp * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def run(
    model: PreTrainedModel,
    settings: LoopSettings,
    batch: Callable[[int], Any],
    loss: Callable[[Any], tuple[Tensor, dict[str, float]]],
    evaluate: Callable[[], dict[str, float]],
    aids: nn.Module | None = None,
) -> dict[str, float]:
    """Train ``model`` in place and save it.

    Args:
        model: parameters with ``requires_grad`` are trained.
        settings: see :class:`LoopSettings`.
        batch: step to batch; must depend on nothing but the step, and draw from generators of its own: it is called
            from another thread.
        loss: batch to the loss to minimise and figures to log.
        evaluate: figures on held-out data; called every ``evaluate_every`` steps and at the end.
        aids: trained along, kept in the checkpoint, but no part of the model that is saved.

    Returns:
        The last evaluation, with the steps and seconds the whole run took.

    Raises:
        ValueError: when ``out`` holds a run and it is not to be resumed.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    if not settings.resume and checkpoint(settings.out):
        raise ValueError(f"'{settings.out}' holds a run already; resume it, or train into another folder")
    settings.out.mkdir(parents=True, exist_ok=True)
    aids = nn.Module() if aids is None else aids
    optimizer = _optimizer([model, aids], settings)
    step, spent = _restore(model, aids, optimizer, settings) if settings.resume else (0, 0.0)
    started = time.monotonic() - spent
    log = (settings.out / LOG).open("a" if step else "w", encoding="utf-8")
    bar = tqdm(total=settings.steps, initial=step, desc=settings.out.name, dynamic_ncols=True, mininterval=5)
    batches = _ahead(batch, step)
    figures: dict[str, float] = {}
    with log, bar:
        while step < settings.steps:
            elapsed = time.monotonic() - started
            progress = max(step / settings.steps, elapsed / settings.budget if settings.budget else 0.0)
            if progress >= 1:
                break
            rate = learning_rate(progress, step, settings.learning_rate, settings.warmup)
            for group in optimizer.param_groups:
                group["lr"] = rate
            torch.manual_seed(settings.seed * 1_000_003 + step)
            model.train()
            value, figures = loss(next(batches))
            optimizer.zero_grad(set_to_none=True)
            value.backward()
            torch.nn.utils.clip_grad_norm_([*model.parameters(), *aids.parameters()], 1.0)
            optimizer.step()
            step += 1
            bar.update()
            if step % 20 == 0:
                figures = {"loss": value.item(), **figures}
                bar.set_postfix({k: f"{v:.3g}" for k, v in figures.items()}, refresh=False)
                _write(log, step=step, seconds=round(time.monotonic() - started, 1), lr=rate, **figures)
            if step % settings.evaluate_every == 0:
                _write(log, step=step, seconds=round(time.monotonic() - started, 1), **_held_out(model, evaluate))
            if step % settings.save_every == 0:
                _save(model, aids, optimizer, settings, step, time.monotonic() - started)
        final = {**_held_out(model, evaluate), "steps": float(step), "seconds": round(time.monotonic() - started, 1)}
        _write(log, final=True, **final)
    _save(model, aids, optimizer, settings, step, time.monotonic() - started)
    model.save_pretrained(settings.out)
    return final


def _ahead(batch: Callable[[int], Any], step: int) -> Iterator[Any]:
    """Batches from ``step`` on, the next one made while the last is learnt from."""
    with ThreadPoolExecutor(1) as worker:
        future = worker.submit(batch, step)
        while True:
            step += 1
            ready, future = future.result(), worker.submit(batch, step)
            yield ready


def _held_out(model: PreTrainedModel, evaluate: Callable[[], dict[str, float]]) -> dict[str, float]:
    model.eval()
    with torch.inference_mode():
        return {f"val_{name}": value for name, value in evaluate().items()}


def _optimizer(modules: list[nn.Module], settings: LoopSettings) -> torch.optim.AdamW:
    trained = [p for module in modules for p in module.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))


def _write(log: Any, **figures: Any) -> None:
    log.write(json.dumps({k: round(v, 6) if isinstance(v, float) else v for k, v in figures.items()}) + "\n")
    log.flush()


def _save(
    model: PreTrainedModel,
    aids: nn.Module,
    optimizer: torch.optim.AdamW,
    settings: LoopSettings,
    step: int,
    spent: float,
) -> None:
    """Write the checkpoint beside the old one, then swap: a run killed while saving keeps a whole checkpoint."""
    folder = settings.out / CHECKPOINT
    fresh = settings.out / f"{CHECKPOINT}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    model.save_pretrained(fresh)
    state = {"optimizer": optimizer.state_dict(), "aids": aids.state_dict(), "step": step, "spent": spent}
    torch.save(state, fresh / "training.pt")
    old = settings.out / OLD_CHECKPOINT
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def checkpoint(out: Path) -> Path | None:
    """The newest whole checkpoint of a run; ``None`` when there is none."""
    return next((out / name for name in (CHECKPOINT, OLD_CHECKPOINT) if (out / name).is_dir()), None)


def _restore(
    model: PreTrainedModel, aids: nn.Module, optimizer: torch.optim.AdamW, settings: LoopSettings
) -> tuple[int, float]:
    folder = checkpoint(settings.out)
    if folder is None:
        return 0, 0.0
    saved = type(model).from_pretrained(folder)
    model.load_state_dict(saved.state_dict())
    state = torch.load(folder / "training.pt", weights_only=True)
    aids.load_state_dict(state["aids"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["spent"])

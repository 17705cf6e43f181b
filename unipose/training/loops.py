"""The loop every stage runs in: one process or many, budget, schedule, checkpoints, one log.

The batch of a step is cut into shares. A share is a pure function of (seed, step, share, shares), and so are the random
numbers drawn while it is learnt from. Each process takes its shares, one after another, and the gradients of all are
averaged. So a run that is cut and resumed sees what it would have seen uncut, and with the same number of shares one
process learns what several learn together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.utils import ProjectConfiguration, broadcast, broadcast_object_list, send_to_device
from torch import Tensor
from tqdm.auto import tqdm

from unipose.training.checkpoints import checkpoint, claim, load_checkpoint, save_checkpoint
from unipose.training.log import RunLog
from unipose.training.objective import Objective
from unipose.training.schedule import Clock, learning_rate
from unipose.training.settings import LoopSettings

Batch = Callable[[int, int, int], Any]
"""Step, share and number of shares to what the objective takes."""


def run(
    objective: Objective,
    settings: LoopSettings,
    batch: Batch,
    evaluate: Callable[[], dict[str, float]],
    finish: Callable[[dict[str, float]], None],
) -> dict[str, float]:
    """Train the model of an objective in place.

    Args:
        objective: the model and its loss.
        settings: see :class:`unipose.training.settings.LoopSettings`.
        batch: must depend on nothing but its arguments, and draw from generators of its own: it is called from
            another thread.
        evaluate: figures on held-out data; called every ``evaluate_every`` steps and at the end, on the main process.
        finish: saves the trained model, given the last figures; called on the main process, unless the run pauses.

    Returns:
        The last evaluation, with the steps and seconds the whole run took; the same on every process.

    Raises:
        ValueError: when ``out`` holds a run and it is not to be resumed, when what it holds is another run, or when the
            shares cannot be dealt out evenly to the processes.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    claim(settings)
    return _Run(objective, settings, batch, evaluate).go(finish)


class _Run:
    """One process's part of a run."""

    def __init__(
        self, objective: Objective, settings: LoopSettings, batch: Batch, evaluate: Callable[[], dict[str, float]]
    ) -> None:
        self.objective, self.settings, self.evaluate = objective, settings, evaluate
        self.accelerator = _accelerator(settings)
        self.shares = settings.shares or self.accelerator.num_processes
        self.mine = range(self.accelerator.process_index, self.shares, self.accelerator.num_processes)
        if self.shares % self.accelerator.num_processes:
            raise ValueError(f"{self.shares} shares cannot be dealt to {self.accelerator.num_processes} processes")
        self.module, self.optimizer = self.accelerator.prepare(objective, _optimizer(objective, settings))
        self.clock = Clock(settings.began)
        self.step = self._restore() if settings.resume else 0
        self.saved = self.clock.total
        self.batches = _ahead(batch, ((s, p, self.shares) for s in range(self.step, settings.steps) for p in self.mine))

    def go(self, finish: Callable[[dict[str, float]], None]) -> dict[str, float]:
        """Train to the end, or to the pause."""
        settings, main = self.settings, self.accelerator.is_main_process
        bar = tqdm(
            total=settings.steps,
            initial=self.step,
            desc=settings.out.name,
            dynamic_ncols=True,
            mininterval=5,
            disable=not main,
        )
        paused = False
        with RunLog(self.accelerator, settings.out, self.step) as log, bar:
            if settings.budget or settings.pause:
                self._measure()  # for the time it takes
            while self.step < settings.steps:
                progress, paused = self._progress()
                if progress >= 1 or paused:
                    break
                rate = learning_rate(progress, self.step, settings.learning_rate, settings.warmup)
                loss, figures = self._learn(rate)
                bar.update()
                if self.step % settings.log_every == 0 or self.step in (1, settings.steps):
                    told = self._gathered({"loss": loss, **figures})
                    bar.set_postfix({name: f"{value:.3g}" for name, value in told.items()}, refresh=False)
                    log.write(self.step, seconds=self.clock.total, lr=rate, **told)
                if self.step % settings.evaluate_every == 0:
                    log.write(self.step, seconds=self.clock.total, **self._measure())
                if self.step % settings.save_every == 0 or self.clock.total - self.saved >= settings.save_seconds:
                    self._save()
            final = self._measure()
            self._save()
            final |= {"steps": float(self.step), "seconds": round(self.clock.total, 1)}
            if paused:
                log.write(self.step, **final)
            else:
                log.write_final(final)
        if main and not paused:
            finish(final)
        self.accelerator.wait_for_everyone()
        return broadcast_object_list([final])[0]

    def _progress(self) -> tuple[float, bool]:
        """How far along its schedule the run is, and whether to pause; the main process's clock counts for all."""
        budget, pause, progress = self.settings.budget, self.settings.pause, self.step / self.settings.steps
        if budget is None and pause is None:
            return progress, False
        used = self.clock.share_of(budget) if budget else 0.0
        told = torch.tensor([used, float(bool(pause) and self.clock.due(pause or 0.0))])
        used, due = broadcast(told.to(self.accelerator.device)).tolist()
        return max(progress, used), bool(due)

    def _learn(self, rate: float) -> tuple[Tensor, dict[str, Tensor]]:
        """One step; gives loss and figures, means over this process's shares."""
        settings = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.module.train()
        parts = []
        for share in self.mine:
            torch.manual_seed((settings.seed * 1_000_003 + self.step) * self.shares + share)
            given = send_to_device(next(self.batches), self.accelerator.device)
            with nullcontext() if share == self.mine[-1] else self.accelerator.no_sync(self.module):
                loss, figures = self.module(given)
                self.accelerator.backward(loss / len(self.mine))
            parts.append({"loss": loss.detach(), **figures})
        self.accelerator.clip_grad_norm_(self.objective.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        mean = {name: torch.stack([part[name] for part in parts]).mean() for name in parts[0]}
        return mean.pop("loss"), mean

    def _gathered(self, figures: dict[str, Tensor]) -> dict[str, float]:
        """Means over all processes."""
        named = self.accelerator.reduce(torch.stack([value.float() for value in figures.values()]), "mean")
        return dict(zip(figures, named.tolist(), strict=True))

    def _measure(self) -> dict[str, float]:
        """Held-out figures; empty but on the main process."""
        if not self.accelerator.is_main_process:
            return {}
        started = time.monotonic()
        self.objective.eval()
        with torch.inference_mode():
            figures = {f"val_{name}": value for name, value in self.evaluate().items()}
        self.clock.closing_took(1.2 * (time.monotonic() - started))  # and a little for saving
        return figures

    def _save(self) -> None:
        if not self.accelerator.is_main_process:
            return
        state = {
            "optimizer": self.optimizer.state_dict(),
            "aids": self.objective.aids.state_dict(),
            "step": self.step,
            "spent": self.clock.total,
        }
        save_checkpoint(self.settings.out, self.objective.model, state)
        self.saved = self.clock.total

    def _restore(self) -> int:
        folder = checkpoint(self.settings.out)
        if folder is None:
            return 0
        state = load_checkpoint(folder, self.objective.model)
        self.objective.aids.load_state_dict(state["aids"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.clock = Clock(self.settings.began, float(state["spent"]))
        return int(state["step"])


def _accelerator(settings: LoopSettings) -> Accelerator:
    return Accelerator(
        mixed_precision=settings.precision,
        log_with="tensorboard",
        project_config=ProjectConfiguration(str(settings.out), logging_dir=str(settings.out)),
        # a share may hold no pose to probe, or none to judge
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def _ahead(batch: Batch, places: Iterable[tuple[int, int, int]]) -> Iterator[Any]:
    """The batches of some places, the next one made while the last is learnt from."""
    with ThreadPoolExecutor(1) as worker:
        waiting: list[Any] = []
        for place in places:
            waiting.append(worker.submit(batch, *place))
            if len(waiting) > 1:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _optimizer(objective: Objective, settings: LoopSettings) -> torch.optim.AdamW:
    trained = [p for module in (objective.model, objective.aids) for p in module.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))

"""The loop every stage runs in, tried on a tiny autoencoder of poses."""

from __future__ import annotations

import itertools
import json

import pytest
import torch

from unipose.body.rotations import axis_angle_to_matrix
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training.checkpoints import checkpoint
from unipose.training.loops import run
from unipose.training.objective import Objective
from unipose.training.schedule import Clock, learning_rate, parse_budget
from unipose.training.settings import LoopSettings

from .conftest import TINY_POSES


class Smooth(Objective):
    """The tokenizer without its codes: a mean over poses, so that shares of equal size add up to their union."""

    def forward(self, batch):
        loss = (self.model.reconstruct(self.model.latents(batch)) - batch).square().mean()
        return loss, {"squared": loss.detach()}


def poses(step, share, shares):
    """One share of eight random poses; numbers drawn from elsewhere are left alone."""
    return axis_angle_to_matrix(torch.randn(8, 22, 3, generator=torch.Generator().manual_seed(step)))[share::shares]


def train(out, steps, batch=poses, config=None, **how):
    how = {"evaluate_every": 1000, "save_every": 10, "log_every": 10, "warmup": 5, "learning_rate": 1e-2, **how}
    torch.manual_seed(0)
    model = PoseTokenizer(PoseTokenizerConfig(**TINY_POSES, **(config or {})))
    held_out = poses(-1, 0, 1)

    def evaluate():
        return {"error": float((model.reconstruct(model.latents(held_out)) - held_out).square().mean())}

    settings = LoopSettings(out=out, steps=steps, **how)
    return run(Smooth(model), settings, batch, evaluate, lambda figures: model.save_pretrained(out))


def lines(out):
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def weights(out):
    return PoseTokenizer.from_pretrained(out).state_dict()


def test_training_lowers_the_loss_and_leaves_a_model_and_its_logs(tmp_path, losses):
    figures = train(tmp_path, 40)
    curve = losses(tmp_path)
    assert list(curve) == [1, 10, 20, 30, 40] and curve[40] < 0.8 * curve[1]
    assert figures["steps"] == 40 and figures["val_error"] > 0
    assert lines(tmp_path)[-1] == pytest.approx({"final": True, **figures}, rel=1e-6)
    assert list((tmp_path / "tensorboard").glob("events.out.tfevents.*"))
    assert weights(tmp_path)


def test_a_run_cut_and_resumed_follows_the_curve_of_the_run_that_was_not(tmp_path, monkeypatch, losses):
    train(tmp_path / "whole", 40)

    def dies_in_step_twenty_five(step, share, shares):
        if step == 25:
            raise KeyboardInterrupt
        return poses(step, share, shares)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "cut", 40, dies_in_step_twenty_five)
    with (tmp_path / "cut" / "log.jsonl").open("a") as log:
        log.write('{"step": 24, "loss": 9}\n{"step": 2')  # what was logged after the checkpoint, and cut off
    train(tmp_path / "cut", 40, resume=True)
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "whole"), rel=1e-5)
    whole, cut = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.allclose(whole[name].float(), cut[name].float(), atol=1e-5) for name in whole)


def test_a_paused_run_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch, losses):
    train(tmp_path / "whole", 30)
    clock = itertools.count(step=0.01)  # each look at the clock finds it a little later, whatever the machine
    with monkeypatch.context() as patched:
        patched.setattr("unipose.training.schedule.time.monotonic", lambda: next(clock))
        paused = train(tmp_path / "cut", 30, pause=0.2, began=0.0)
    assert 0 < paused["steps"] < 30 and not any("final" in line for line in lines(tmp_path / "cut"))
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    train(tmp_path / "cut", 30, resume=True)
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "whole"), rel=1e-5)


def test_the_budget_ends_a_run_and_the_schedule_with_it(tmp_path, monkeypatch):
    clock = itertools.count(step=0.01)  # each look at the clock finds it a little later, whatever the machine
    monkeypatch.setattr("unipose.training.schedule.time.monotonic", lambda: next(clock))
    figures = train(tmp_path, 1_000_000, budget=0.7, began=0.0)
    assert 20 < figures["steps"] <= 70
    rates = [line["lr"] for line in lines(tmp_path) if "lr" in line]
    assert rates[-1] < 0.5 * max(rates)
    assert lines(tmp_path)[-1]["final"]


def test_what_measuring_takes_is_kept_back_from_the_budget(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("unipose.training.schedule.time.monotonic", lambda: now[0])
    clock = Clock(began=100.0, spent=50.0)
    now[0] = 120.0
    assert (clock.here, clock.total) == (20.0, 70.0)
    assert clock.share_of(100.0) == pytest.approx(0.7) and not clock.due(25.0)
    clock.closing_took(10.0)
    assert clock.share_of(100.0) == pytest.approx(0.8) and clock.due(25.0)


@pytest.mark.parametrize("shares", [2, 4])
def test_shares_by_turns_are_learnt_like_their_union(tmp_path, losses, shares):
    how = {"log_every": 1, "precision": "no"}
    train(tmp_path / "whole", 6, **how)
    train(tmp_path / "shared", 6, shares=shares, **how)
    whole = losses(tmp_path / "whole")
    assert whole[6] < whole[1]
    assert losses(tmp_path / "shared") == pytest.approx(whole, rel=1e-5)


def test_the_rate_warms_up_and_falls_to_a_hundredth():
    assert learning_rate(0.0, 0, 1.0, 10) == pytest.approx(0.1)
    assert learning_rate(0.0, 50, 1.0, 10) == pytest.approx(1.0)
    assert learning_rate(1.0, 50, 1.0, 10) == pytest.approx(0.01)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("9m", 540), ("1.5h", 5400)])
def test_budgets(text, seconds):
    assert parse_budget(text) == seconds


def test_a_budget_without_a_unit_is_refused():
    with pytest.raises(ValueError, match="90s, 9m or 1.5h, found '9'"):
        parse_budget("9")


def test_a_run_is_not_overwritten_by_accident(tmp_path):
    train(tmp_path, 2)
    with pytest.raises(ValueError, match="holds a run already"):
        train(tmp_path, 2)


def test_another_models_run_is_not_gone_on_with(tmp_path):
    train(tmp_path, 2)
    with pytest.raises(ValueError, match="another model or stage"):
        train(tmp_path, 4, resume=True, config={"upsample_steps": 1, "layout": "conv"})


@pytest.mark.parametrize("window", ["before the swap", "within the swap"])
def test_killed_while_saving_it_goes_on_from_the_checkpoint_before(tmp_path, window):
    train(tmp_path, 20)
    if window == "before the swap":
        (tmp_path / "checkpoint.new").mkdir()
        (tmp_path / "checkpoint.new" / "model.safetensors").write_bytes(b"half")
        (tmp_path / "checkpoint.old").mkdir()
    else:
        (tmp_path / "checkpoint").rename(tmp_path / "checkpoint.old")
    train(tmp_path, 30, resume=True)
    steps = [line.get("step") for line in lines(tmp_path)]
    assert steps.count(10) == 1 and 30 in steps
    assert sorted(path.name for path in tmp_path.glob("checkpoint*")) == ["checkpoint"]


def test_a_slow_run_is_saved_between_its_steps(tmp_path):
    class Cut(Exception):
        """The machine goes away."""

    def cut_short(step, share, shares):
        if step > 4:
            raise Cut
        return poses(step, share, shares)

    for seconds, saved in ((3600.0, False), (0.0, True)):
        out = tmp_path / str(saved)
        with pytest.raises(Cut):
            train(out, 40, batch=cut_short, save_every=1000, save_seconds=seconds)
        assert (checkpoint(out) is not None) == saved

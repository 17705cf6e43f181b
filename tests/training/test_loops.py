"""The loop every stage runs in, tried on a real, tiny pose tokenizer."""

from __future__ import annotations

import itertools
import json

import pytest

from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training.loops import LoopSettings, learning_rate, parse_budget
from unipose.training.tokenizer import train_tokenizer

from ..data.poses import write_collection

TINY = {"hidden_size": 16, "num_layers": 1, "num_codes": 32, "code_width": 4}


def losses(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return {line["step"]: line["loss"] for line in lines if "loss" in line}


def train(data, out, steps, **settings):
    settings = {"evaluate_every": 1000, "save_every": 20, "warmup": 5, **settings}
    return train_tokenizer(data, LoopSettings(out=out, steps=steps, **settings), PoseTokenizerConfig(**TINY))


def test_training_lowers_the_loss_and_leaves_a_model_that_loads(tmp_path):
    figures = train(write_collection(tmp_path), tmp_path / "run", 80)
    curve = losses(tmp_path / "run")
    assert curve[80] < 0.8 * curve[20]
    assert figures["steps"] == 80 and figures["val_mpjpe"] > 0
    assert PoseTokenizer.from_pretrained(tmp_path / "run").config.num_codes == 32


def test_a_run_cut_and_resumed_follows_the_curve_of_the_run_that_was_not(tmp_path, monkeypatch):
    data = write_collection(tmp_path)
    train(data, tmp_path / "whole", 80)

    from unipose.training import tokenizer as stage

    real, calls = stage.landmarks, iter(range(10_000))

    def dies_in_step_fifty(rotations):
        if next(calls) > 100:  # twice a step
            raise KeyboardInterrupt
        return real(rotations)

    monkeypatch.setattr(stage, "landmarks", dies_in_step_fifty)
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "cut", 80)
    monkeypatch.setattr(stage, "landmarks", real)
    train(data, tmp_path / "cut", 80, resume=True)
    whole, cut = losses(tmp_path / "whole"), losses(tmp_path / "cut")
    assert whole.keys() == cut.keys()
    assert [cut[step] for step in (60, 80)] == pytest.approx([whole[step] for step in (60, 80)], rel=1e-4)


def test_the_budget_ends_a_run_and_the_schedule_with_it(tmp_path, monkeypatch):
    clock = itertools.count(step=0.01)  # each look at the clock finds it a little later, whatever the machine
    monkeypatch.setattr("unipose.training.loops.time.monotonic", lambda: next(clock))
    figures = train(write_collection(tmp_path), tmp_path / "run", 1_000_000, budget=1.0)
    assert 60 < figures["steps"] <= 100
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    rates = [line["lr"] for line in lines if "lr" in line]
    assert rates[-1] < 0.5 * max(rates)


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
    data = write_collection(tmp_path)
    train(data, tmp_path / "run", 2)
    with pytest.raises(ValueError, match="holds a run already"):
        train(data, tmp_path / "run", 2)


@pytest.mark.parametrize("window", ["before the swap", "within the swap"])
def test_killed_while_saving_it_goes_on_from_the_checkpoint_before(tmp_path, window):
    data, run = write_collection(tmp_path), tmp_path / "run"
    train(data, run, 40)
    if window == "before the swap":
        (run / "checkpoint.new").mkdir()
        (run / "checkpoint.new" / "model.safetensors").write_bytes(b"half")
        (run / "checkpoint.old").mkdir()
    else:
        (run / "checkpoint").rename(run / "checkpoint.old")
    train(data, run, 60, resume=True)
    steps = [json.loads(line).get("step") for line in (run / "log.jsonl").read_text().splitlines()]
    assert steps.count(20) == 1 and 60 in steps
    assert sorted(path.name for path in run.glob("checkpoint*")) == ["checkpoint"]

"""The loop every stage runs in, tried on a real, tiny pose tokenizer."""

from __future__ import annotations

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


def test_the_budget_ends_a_run_and_the_schedule_with_it(tmp_path):
    figures = train(write_collection(tmp_path), tmp_path / "run", 1_000_000, budget=3.0)
    assert figures["steps"] < 1_000_000 and figures["seconds"] < 30
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

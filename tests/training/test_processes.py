"""Two processes that share the work of every step learn what one learns from the same shares."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = 8


def command(folder: Path, out: Path, start: Path) -> list[str]:
    words = ["-m", "unipose", "train", "alignment", "--data", folder, "--tokenizer", start / "tokenizer"]
    words += ["--start", start, "--lora", "--out", out, "--steps", STEPS, "--shares", 2, "--precision", "no"]
    return [str(word) for word in [*words, "--threads", 1, "--json"]]


@pytest.mark.slow  # three processes load everything anew
def test_two_processes_follow_the_curve_of_one(workshop, tiny, tmp_path, losses):
    start = tmp_path / "start"
    tiny.save_pretrained(start)
    tiny.model.pose_tokenizer.save_pretrained(start / "tokenizer")
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    figures = {}
    for name, before in {"one": [sys.executable], "two": launch}.items():
        done = subprocess.run(
            [*before, *command(workshop, tmp_path / name, start)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert len(done.stdout.splitlines()) == 1, done.stdout  # one process speaks for all
        figures[name] = json.loads(done.stdout)["figures"]
    curves = [losses(tmp_path / name) for name in ("one", "two")]
    assert list(curves[0]) == [1, STEPS]
    assert curves[1] == pytest.approx(curves[0], rel=1e-4)
    held_out = [{k: v for k, v in figures[name].items() if k.startswith("val_")} for name in ("one", "two")]
    assert held_out[1] == pytest.approx(held_out[0], rel=1e-3)

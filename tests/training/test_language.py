"""The language stage on a tiny network: it learns, freezes what it should, resumes, and leaves a whole model folder."""

from __future__ import annotations

import json

import pytest
import torch

from unipose import tasks
from unipose.chat import UniPose
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training import language
from unipose.training.stages import STAGES, settings

from ..data.poses import write_collection

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """Data and a pose tokenizer to start from."""
    folder = tmp_path_factory.mktemp("workshop")
    write_collection(folder, count=80)
    torch.manual_seed(0)
    tokenizer = PoseTokenizer(PoseTokenizerConfig(hidden_size=16, num_layers=1, num_codes=32, code_width=4))
    tokenizer.quantizer.codebook.normal_()
    tokenizer.save_pretrained(folder / "tokenizer")
    return folder


@pytest.fixture(autouse=True)
def small(monkeypatch):
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 2, "num_key_value_heads": 2}
    monkeypatch.setattr(language, "NANO", {**language.NANO, **sizes})
    monkeypatch.setattr(language, "BATCH", ({"generate": 3, "describe": 2}, {"edit": 2, "compare": 1}))
    monkeypatch.setattr(language, "WORDS_FROM_RECORDS", 80)


def train(workshop, out, steps, **options):
    from dataclasses import replace

    run = replace(settings("language", out, steps=steps, **options), save_every=10, evaluate_every=1000, warmup=5)
    return language.train_language(workshop, workshop / "tokenizer", run)


def losses(folder):
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return {line["step"]: line["loss"] for line in lines if "loss" in line}


def test_it_learns_and_leaves_a_model_that_answers(workshop, tmp_path):
    start, figures = train(workshop, tmp_path / "start", 1), train(workshop, tmp_path / "run", 60)
    for task in STAGES["language"].tasks:
        assert figures[f"val_{task}"] < 0.9 * start[f"val_{task}"]
    model = UniPose.from_pretrained(tmp_path / "run")
    assert len(model.generate("Lift your left leg.").poses) == 1
    assert not [name for name in model.model.state_dict() if "probe" in name]


def test_the_pose_tokenizer_stays_as_it_was(workshop, tmp_path):
    train(workshop, tmp_path / "run", 3)
    before = PoseTokenizer.from_pretrained(workshop / "tokenizer").state_dict()
    after = UniPose.from_pretrained(tmp_path / "run").model.pose_tokenizer.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_cut_and_resumed_it_follows_the_curve_of_the_run_that_was_not(workshop, tmp_path):
    train(workshop, tmp_path / "whole", 20)
    train(workshop, tmp_path / "cut", 10)
    log = (tmp_path / "cut" / "log.jsonl").read_text()
    assert '"final": true' in log
    # the schedule of a longer run differs from the first step on, so only the data and the words must agree
    train(workshop, tmp_path / "cut", 20, resume=True)
    words = [(tmp_path / name / "tokenizer.json").read_text() for name in ("whole", "cut")]
    assert words[0] == words[1]
    assert losses(tmp_path / "cut")[20] == pytest.approx(losses(tmp_path / "whole")[20], rel=0.05)


def test_every_task_of_the_table_is_trained():
    assert set(language.TASKS) == set(STAGES["language"].tasks) <= set(tasks.load())


def test_what_is_trained_is_the_language_model_alone(workshop):
    tokenizer = PoseTokenizer.from_pretrained(workshop / "tokenizer")
    from unipose.data.sources import load_poses
    from unipose.data.synthesis import Synthesis
    from unipose.language.measuring.registry import Registry
    from unipose.language.writing.writer import Writer

    registry = Registry.load()
    synthesis = Synthesis(load_poses(workshop, "train"), tokenizer.eval(), registry, Writer(registry))
    processor = language.nano_processor(synthesis, tokenizer, seed=0)
    model = language.nano_model(processor, tokenizer)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained == {name for name, _ in model.named_parameters() if name.startswith("language_model.")}
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    assert frozen == sum(p.numel() for p in tokenizer.parameters())

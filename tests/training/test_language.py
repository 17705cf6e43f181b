"""The language stages on a tiny network: they learn, freeze what they should, resume, and leave whole model folders."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from unipose.chat import UniPose
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training import fitting
from unipose.training.language import train_alignment, train_instruction
from unipose.training.lessons import LanguageObjective
from unipose.training.material import Material
from unipose.training.stages import STAGES, settings

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small")]  # every test trains several times


@pytest.fixture(autouse=True)
def few_held_out(monkeypatch):
    monkeypatch.setattr(fitting, "HELD_OUT", 12)


def how(stage, out, steps, **options):
    made = settings(stage, out, steps=steps, **options)
    return replace(made, save_every=5, evaluate_every=1000, log_every=5, warmup=5)


def align(workshop, out, steps, start=None, lora=None, **options):
    settings = how("alignment", out, steps, **options)
    return train_alignment(Material(workshop), workshop / "tokenizer", settings, start=start, lora=lora)


def test_it_learns_and_leaves_a_model_that_answers(workshop, tmp_path):
    start, figures = align(workshop, tmp_path / "start", 1), align(workshop, tmp_path / "run", 60)
    for task in STAGES["alignment"].tasks:
        assert figures[f"val_{task}"] < 0.95 * start[f"val_{task}"]
    model = UniPose.from_pretrained(tmp_path / "run")
    assert len(model.generate("Lift your left leg.").poses) == 1
    assert not [name for name in model.model.state_dict() if "probe" in name]
    before = PoseTokenizer.from_pretrained(workshop / "tokenizer").state_dict()
    after = model.model.pose_tokenizer.state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    told = json.loads((tmp_path / "run" / "training.json").read_text())
    assert told["stage"] == "alignment" and not told["lora"] and set(told["trained"]) == {"language model", "table"}


def test_cut_and_resumed_it_follows_the_curve_of_the_run_that_was_not(workshop, tmp_path, monkeypatch, losses):
    exact = {"precision": "no"}  # bfloat16 rounds a lot: then a code on the edge may be chosen otherwise
    align(workshop, tmp_path / "whole", 15, **exact)
    real = LanguageObjective.lessons

    def dies_in_step_eight(self, mixture, seed, step, share, shares):
        if step == 8:
            raise KeyboardInterrupt
        return real(self, mixture, seed, step, share, shares)

    with monkeypatch.context() as patched:
        patched.setattr(LanguageObjective, "lessons", dies_in_step_eight)
        with pytest.raises(KeyboardInterrupt):
            align(workshop, tmp_path / "cut", 15, **exact)
    align(workshop, tmp_path / "cut", 15, resume=True, **exact)
    words = [(tmp_path / name / "tokenizer.json").read_text() for name in ("whole", "cut")]
    assert words[0] == words[1]
    assert losses(tmp_path / "cut") == pytest.approx(losses(tmp_path / "whole"), rel=1e-4)


def test_instruction_goes_on_through_adapters_or_whole(workshop, tmp_path):
    align(workshop, tmp_path / "aligned", 2)
    before = load_file(tmp_path / "aligned" / "model.safetensors")
    for name, lora in (("adapters", True), ("whole", None)):
        settings = how("instruction", tmp_path / name, 3)
        train_instruction(Material(workshop), tmp_path / "aligned", settings, lora=lora)
        after = load_file(tmp_path / name / "model.safetensors")
        assert after.keys() == before.keys()  # adapters were merged
        moved = {key for key in after if not torch.equal(after[key], before[key])}
        assert any("q_proj" in key for key in moved)
        assert any("layernorm" in key for key in moved) == (lora is None)
        assert not [key for key in moved if key.startswith("pose_tokenizer")]
        saved = load_file(tmp_path / name / "checkpoint" / "model.safetensors")
        assert any(".lora_A." in key for key in saved) == bool(lora)
        assert UniPose.from_pretrained(tmp_path / name).name


def test_a_model_of_other_words_or_codes_is_begun_from_or_refused(workshop, tmp_path):
    align(workshop, tmp_path / "first", 2)
    again = align(workshop, tmp_path / "again", 2, start=tmp_path / "first")
    assert again["steps"] == 2
    other = PoseTokenizer.from_pretrained(workshop / "tokenizer")
    other.quantizer.codebook.add_(1.0)
    other.save_pretrained(tmp_path / "other")
    with pytest.raises(ValueError, match="another pose tokenizer"):
        settings = how("alignment", tmp_path / "no", 2)
        train_alignment(Material(workshop), tmp_path / "other", settings, start=tmp_path / "first")
    with pytest.raises(ValueError, match="nothing that adapters could adapt"):
        align(workshop, tmp_path / "none", 2, lora=True)

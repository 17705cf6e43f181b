"""Stages by name, and all in order: what each needs, what is skipped, and how the budget is shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from unipose.training import pipeline
from unipose.training.pipeline import Given, train_all, train_stage
from unipose.training.provenance import write_provenance
from unipose.training.stages import STAGES, settings


@pytest.mark.parametrize(
    ("stage", "given", "complaint"),
    [
        ("sing", Given(), "unknown stage 'sing'; there are tokenizer"),
        ("alignment", Given(data=Path("d")), "needs --tokenizer"),
        ("projector", Given(), "needs --pictures and --start"),
        ("tokenizer", Given(data=Path("d"), start=Path("s")), "has no use for start"),
        ("projector", Given(pictures=Path("p"), start=Path("s"), lora=True), "has no use for lora"),
    ],
)
def test_a_stage_says_what_it_needs_and_what_it_does_not(tmp_path, stage, given, complaint):
    with pytest.raises(ValueError, match=complaint):
        train_stage(stage, given, settings(stage if stage in STAGES else "tokenizer", tmp_path))


@pytest.fixture
def recorded(monkeypatch):
    """The calls of stages that finish at once and leave a model with eyes."""
    calls = []

    def stand_in(stage, given, how):
        calls.append((stage, given, how))
        how.out.mkdir(parents=True)
        (how.out / "config.json").write_text('{"vision_config": {}, "reader_config": {}}')
        write_provenance(how.out, stage, {"steps": 1.0})
        return {"steps": 1.0}

    monkeypatch.setattr(pipeline, "train_stage", stand_in)
    return calls


def test_all_stages_run_in_order_each_from_the_one_before(tmp_path, recorded):
    given = Given(data=tmp_path, pictures=tmp_path)
    told = []
    figures = train_all(tmp_path, given, budget=1000.0, progress=told.append, seed=4)
    assert [stage for stage, _, _ in recorded] == list(STAGES) and len(told) == 5
    assert [how.budget for _, _, how in recorded] == [1000.0 * row.share for row in STAGES.values()]
    assert {how.seed for _, _, how in recorded} == {4}
    given_to = {stage: given for stage, given, _ in recorded}
    assert given_to["alignment"] == Given(data=tmp_path, tokenizer=tmp_path / "tokenizer")
    assert given_to["eyes"] == Given(data=tmp_path, start=tmp_path / "alignment", pictures=tmp_path)
    assert given_to["projector"] == Given(data=tmp_path, start=tmp_path / "eyes", pictures=tmp_path)
    assert given_to["instruction"] == Given(data=tmp_path, start=tmp_path / "projector", pictures=tmp_path)
    assert set(figures) == {f"{stage}/steps" for stage in STAGES}


def test_finished_stages_are_skipped_and_their_figures_kept(tmp_path, recorded):
    first = train_all(tmp_path, Given(data=tmp_path))
    assert [stage for stage, _, _ in recorded] == ["tokenizer", "alignment", "eyes", "instruction"]
    told = []
    assert train_all(tmp_path, Given(data=tmp_path), progress=told.append) == first
    assert len(recorded) == 4 and all("finished already" in line for line in told)


def test_a_language_model_that_is_shown_no_pictures_needs_no_projector(tmp_path, recorded):
    eyes = tmp_path / "eyes"
    eyes.mkdir()
    (eyes / "config.json").write_text('{"vision_config": {}, "reader_config": {}, "picture_tokens": false}')
    write_provenance(eyes, "eyes", {"steps": 2.0})
    told = []
    train_all(tmp_path, Given(data=tmp_path, pictures=tmp_path), progress=told.append)
    assert [stage for stage, _, _ in recorded] == ["tokenizer", "alignment", "instruction"]
    assert any(line.startswith("projector: the language model is shown no pictures") for line in told)


def test_a_tokenizer_that_is_there_is_not_trained(tmp_path, recorded):
    (tmp_path / "nano").mkdir()
    (tmp_path / "nano" / "config.json").write_text("{}")
    train_all(tmp_path, Given(data=tmp_path, tokenizer=tmp_path / "mine", start=tmp_path / "nano"), budget=75.0)
    assert [(stage, how.budget) for stage, _, how in recorded] == [
        ("alignment", pytest.approx(75 * 0.45 / 0.75)),
        ("eyes", pytest.approx(75 * 0.15 / 0.75)),
        ("instruction", pytest.approx(75 * 0.15 / 0.75)),
    ]
    assert recorded[0][1] == Given(data=tmp_path, tokenizer=tmp_path / "mine", start=tmp_path / "nano")

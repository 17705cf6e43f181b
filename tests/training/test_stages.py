"""The table: its rows fit the model, the tasks and each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from unipose import tasks
from unipose.data.sights import TASKS
from unipose.training.mixture import MIXTURES
from unipose.training.pipeline import Given
from unipose.training.stages import PARTS, STAGES, adapters, settings


def test_the_papers_four_stages_in_order_and_eyes_before_they_are_looked_through():
    assert list(STAGES) == ["tokenizer", "alignment", "eyes", "projector", "instruction"]
    assert sum(stage.share for stage in STAGES.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("stage", STAGES)
def test_a_row_names_parts_tasks_and_needs_that_exist(stage):
    row = STAGES[stage]
    assert set(row.trains) <= set(PARTS) and set(row.trains) | set(row.frozen) == set(PARTS)
    assert "towers" in row.frozen or stage == "eyes"  # the paper never trains them
    assert set(row.tasks) <= set(tasks.load())
    assert {*row.needs, *row.takes} <= set(vars(Given()))
    assert (row.lora is not None) == ("language model" in row.trains) == ("lora" in row.takes)


@pytest.mark.parametrize("stage", MIXTURES)
def test_mixtures_are_of_stages_that_have_tasks(stage):
    assert STAGES[stage].tasks and all(count > 0 for group in MIXTURES[stage] for count in group.values())


@pytest.mark.parametrize("stage", ["alignment", "instruction"])
def test_every_task_of_a_stage_is_in_every_step(stage):
    drawn = {name for group in MIXTURES[stage] for name in group}
    drawn |= set(TASKS) if "sights" in drawn else set()
    assert set(STAGES[stage].tasks) <= drawn
    assert drawn - set(STAGES[stage].tasks) <= {"prompts", "dialogues", "situations", "pictures", "sights"}


def test_the_size_of_the_language_model_decides_unless_told():
    assert adapters("alignment", 7_000_000) is None
    assert adapters("instruction", 7_000_000_000) is STAGES["instruction"].lora
    assert adapters("instruction", 7_000_000, lora=True) is STAGES["instruction"].lora
    assert adapters("alignment", 7_000_000_000, lora=False) is None
    assert adapters("projector", 7_000_000_000, lora=True) is None


def test_settings_take_the_rows_pace_and_the_runs_length():
    made = settings("projector", Path("out"), steps=7, budget=60.0, seed=3)
    row = STAGES["projector"]
    assert (made.steps, made.budget, made.seed) == (7, 60.0, 3)
    assert (made.learning_rate, made.warmup) == (row.learning_rate, row.warmup)
    assert settings("projector", Path("out")).steps == row.steps


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="bf16, no, found 'half'"):
        settings("tokenizer", Path("out"), precision="half")

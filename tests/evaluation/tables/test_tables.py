"""The tables, with the tiny model of nonsense: what baselines and ceilings get does not depend on it."""

import pytest
import torch

from unipose.body.prior import PosePrior
from unipose.data.sources import PoseBank
from unipose.evaluation.exam.prompts import Prompt
from unipose.evaluation.tables.editing import chained, editing
from unipose.evaluation.tables.freely import asked_freely
from unipose.evaluation.tables.generation import generation
from unipose.evaluation.tables.material import Material
from unipose.evaluation.tables.speaking import description, difference
from unipose.language import Statement

COUNT = 4
NOT_SHARES = {"mpjpe", "pa_mpjpe", "fid", "kept_mm", "ms_p50", "said"}


def sampled(count: int, seed: int) -> PoseBank:
    rotations = PosePrior.load().sample(count, torch.Generator().manual_seed(seed))
    tier = torch.arange(count) % 3
    return PoseBank(rotations, tier, torch.zeros(count, dtype=torch.long), {"CC0-1.0": count})


@pytest.fixture(scope="module")
def material(tiny) -> Material:
    return Material(tiny, sampled(12, 0), sampled(24, 1), COUNT, learnt=20)


def checked(table, *who):
    assert set(who) <= set(table)
    for figures in table.values():
        for name, one in figures.items():
            assert one.low <= one.high and one.count <= 60
            assert name in NOT_SHARES or -1e-9 <= one.value <= 1 + 1e-9, name
    assert table["shown"].get("ms_p50") is None or table["shown"]["ms_p50"].value > 0
    return table


def test_material_is_drawn_apart_and_by_its_seed(tiny, material):
    again = Material(tiny, sampled(12, 0), sampled(24, 1), COUNT, learnt=20)
    other = Material(tiny, sampled(12, 0), sampled(24, 1), COUNT, learnt=20, seed=1)
    assert len(material.poses) == COUNT and len(material.taught) == 20
    assert torch.equal(material.poses, again.poses) and not torch.equal(material.poses, other.poses)
    texts = [[one.text for one in each.descriptions(each.poses)] for each in (material, again)]
    assert texts[0] == texts[1] != [one.text for one in material.descriptions(material.poses, turn=1)]


@pytest.mark.slow  # the parser and the writers of both tasks are read first
@pytest.mark.parametrize("spoken", [description, difference])
def test_our_own_texts_are_true_and_found_by_their_claims(material, spoken):
    table = checked(spoken(material), "model", "shown", "ceiling", "chance", "nearest pose")
    assert table["ceiling"]["statements"].value > 0.8
    assert table["ceiling"]["R@1 by claims"].value > 1 / COUNT
    assert table["ceiling"]["R-precision full top-1"].pool == table["ceiling"]["rouge-l"].count <= COUNT


@pytest.mark.slow  # the solver answers, too
def test_the_solver_does_what_is_asked(material):
    table = checked(generation(material, 3), "model", "shown", "ceiling", "chance", "nearest caption", "mean pose")
    assert table["solver"]["statements"].value > 0.8
    assert table["chance"]["statements"].value < table["solver"]["statements"].value
    assert table["solver"]["text to pose R@1 in 32"].pool == table["solver"]["statements"].count


@pytest.mark.slow  # the solver answers, too
def test_what_is_left_unchanged_does_nothing_that_was_asked(material):
    table = checked(editing(material), "model", "shown", "ceiling", "nearest caption", "mean pose", "solver")
    assert table["unchanged"]["statements"].value < 0.5
    assert table["unchanged"]["kept_mm"].value > table["solver"]["kept_mm"].value  # this tokenizer knows no pose
    assert table["solver"]["statements"].value > 0.8
    chains = checked(chained(material), "model", "shown", "solver", "ceiling")
    assert chains["unchanged"]["all"].value == 0


@pytest.mark.slow  # the solver answers, too
def test_free_prompts_are_marked_by_their_facts(material):
    prompts = [Prompt("Kneel.", ((Statement("kneeling"),),)), Prompt("Stand.", ((Statement("standing"),),))]
    table = checked(asked_freely(material, prompts), "model", "nearest caption", "mean pose")
    assert table["solver"]["all"].value == 1 and table["solver"]["all"].count == 2

"""Plans of texts: true, within their budgets, and no more than what needs saying."""

import random
import time

import numpy as np
import pytest
import torch

from unipose.body.skeleton import mirror_rotations
from unipose.language.checking.checker import Checker
from unipose.language.choosing.bank import Bank
from unipose.language.choosing.choice import Chooser
from unipose.language.choosing.plan import LEVELS, Planner
from unipose.language.items import Amount, Statement
from unipose.language.measuring.registry import read_data

BUDGETS = {name: rules["statements"] for name, rules in read_data("levels.yaml")["levels"].items()}
SENTENCES = {name: rules["sentences"] for name, rules in read_data("levels.yaml")["levels"].items()}


@pytest.fixture(scope="module")
def planner(registry) -> Planner:
    return Planner(registry)


@pytest.fixture(scope="module")
def cold(registry) -> Planner:
    return Planner(registry, temperature=0.0)


@pytest.fixture(scope="module")
def plans(planner, values):
    """Level to plans of the first poses."""
    return {
        level: [planner.plan(row, random.Random(i), level) for i, row in enumerate(values[:60])] for level in LEVELS
    }


@pytest.mark.parametrize("level", LEVELS)
def test_all_that_is_planned_is_true(registry, plans, values, level):
    checker, said = Checker(registry), 0
    for row, plan in zip(values, plans[level], strict=False):
        margins = checker.margins(plan.items, row)
        asserted = [i for i, item in enumerate(plan.items) if isinstance(item, Statement)]
        assert (margins >= 0).all()
        assert (margins[asserted] >= registry.margin - 1e-4).all()
        said += len(plan.items)
    assert said > 15  # many random poses have no posture to tag


@pytest.mark.parametrize("level", LEVELS)
def test_budgets(plans, level):
    for plan in plans[level]:
        statements = [item for item in plan.items if isinstance(item, Statement)]
        assert len(statements) <= BUDGETS[level][1] and len(plan.sentences) <= SENTENCES[level][1]
        assert all(plan.sentences) and plan.level == level
    counts = [len(plan.items) for plan in plans[level]]
    assert np.median(counts) >= BUDGETS[level][0] or level in ("tag", "exact")


def test_short_and_full_texts_speak_of_every_limb(registry, plans):
    for plan in plans["short"]:
        regions = {registry[item.predicate].region for item in plan.items}
        covered = [
            bool(regions & group)
            for group in (
                {"head"},
                {"left_arm", "arms"},
                {"right_arm", "arms"},
                {"left_leg", "legs"},
                {"right_leg", "legs"},
            )
        ]
        assert sum(covered) >= 4  # a limb of which nothing is clear stays unsaid


def test_numbers_do_not_replace_the_posture(registry, plans):
    for plan in plans["exact"]:
        assert not plan.posture or registry[plan.items[0].predicate].region in ("name", "posture")


def test_tags_say_what_kind_of_pose_it_is(registry, plans):
    regions = {registry[item.predicate].region for plan in plans["tag"] for item in plan.items}
    assert regions == {"posture", "name"}


def test_the_name_or_the_posture_leads(registry, plans):
    for level in ("gist", "short", "full"):
        for plan in plans[level]:
            kinds = [registry[item.predicate].region in ("name", "posture") for item in plan.items]
            assert kinds == sorted(kinds, reverse=True)
            assert not plan.posture or kinds[0]


def test_nothing_implied_is_said_twice(registry, plans):
    for level in ("gist", "short", "full"):
        for plan in plans[level]:
            said = [registry.position(item.predicate) for item in plan.items if not item.negated]
            denied = [registry.position(item.predicate) for item in plan.items if item.negated]
            assert not any(set(said) & registry.implied[which] for which in said)
            assert not any(set(denied) & registry.implied[which] for which in denied)


def test_denials_are_informative_and_hedges_are_needed(registry, plans, values):
    usual, near = (read_data("levels.yaml")["claims"][key] for key in ("usual", "near_miss"))
    margins, denials, hedges = registry.margins(values), 0, 0
    chooser = Chooser(registry, Bank.load(registry))
    for row, plan in enumerate(plans["full"]):
        assert sum(item.negated for item in plan.items) <= 2 and sum(item.hedged for item in plan.items) <= 2
        for item in plan.items:
            which = registry.position(item.predicate)
            margin = float(margins[row, which])
            if item.negated:
                denials += 1
                posture = registry.index.get(plan.posture)
                share = np.exp(-chooser.surprises(posture)[which])
                assert margin <= -registry.margin and (share > usual or margin >= -near)
                assert registry.table[which].region not in ("name", "posture")
            if item.hedged:
                hedges += 1
                assert abs(margin) < registry.margin
    assert denials > 4 and hedges > 4


def test_exact_plans_have_numbers(registry, plans, values):
    amounts = [
        (item, float(values[row, registry.measure_index[item.measure]]))
        for row, plan in enumerate(plans["exact"])
        for item in plan.items
        if isinstance(item, Amount)
    ]
    assert len(amounts) > 3 * len(plans["exact"])
    for item, value in amounts:
        measure = registry.measures[registry.measure_index[item.measure]]
        number = (item.lo + item.hi) / 2
        step = (item.hi - item.lo) - measure.sigma
        assert item.lo < value < item.hi and abs(number / step - round(number / step)) < 1e-3


@pytest.mark.parametrize("part", ["left_arm", "legs", "head"])
def test_a_part_and_its_relations(registry, planner, values, part):
    allowed = {"left_arm": {"left_arm", "arms"}, "legs": {"left_leg", "right_leg", "legs"}, "head": {"head"}}[part]
    said = 0
    for seed, row in enumerate(values[:60]):
        plan = planner.plan(row, random.Random(seed), "short", part)
        assert {registry[item.predicate].region for item in plan.items} <= allowed
        assert len(plan.items) <= BUDGETS["part"][1] and len(plan.sentences) <= SENTENCES["part"][1]
        said += len(plan.items)
    assert said > 60


def test_repeatable_and_varied(planner, values):
    for level in LEVELS:
        assert planner.plan(values[3], random.Random(1), level) == planner.plan(values[3], random.Random(1), level)
    assert len({planner.plan(values[3], random.Random(seed), 2).items for seed in range(20)}) > 10


def test_levels_go_by_number_too(planner, values):
    for number, level in enumerate(LEVELS):
        assert planner.plan(values[0], random.Random(2), number) == planner.plan(values[0], random.Random(2), level)


def test_a_mirrored_pose_has_a_mirrored_plan(registry, cold, rotations, values):
    """At temperature 0, save where two statements tell exactly as much."""
    mirrored, same, count = registry.measure_poses(mirror_rotations(rotations)), 0, 80
    for row in range(count):
        said = cold.plan(values[row], random.Random(0), "gist").items
        other = cold.plan(mirrored[row], random.Random(0), "gist").items
        same += {registry.mirrored(item) for item in said} == set(other)
    assert same >= 0.9 * count


def test_mistakes_are_named(planner, values):
    with pytest.raises(ValueError, match="level 'verbose'"):
        planner.plan(values[0], random.Random(0), "verbose")
    with pytest.raises(ValueError, match="part 'tail'"):
        planner.plan(values[0], random.Random(0), "short", "tail")
    with pytest.raises(ValueError, match="found \\[7\\]"):
        planner.plan(values[0][:7], random.Random(0))


@pytest.mark.timed
def test_fast_enough(registry, planner, values):
    rates = []
    for _ in range(2):  # what follows from a predicate is counted when it is first said
        start = time.process_time()
        margins = registry.margins(values[:100]).numpy()
        for row in range(100):
            planner.plan(values[row], random.Random(row), "gist", margins=margins[row])
        rates.append(100 / (time.process_time() - start))
    assert rates[-1] > 300


def test_tensors_and_arrays_are_one(planner, values):
    assert planner.plan(values[0], random.Random(0)) == planner.plan(values[0].numpy(), random.Random(0))
    assert isinstance(values, torch.Tensor)

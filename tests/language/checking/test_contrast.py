"""Contrasts: what says something else must fit the pose worse."""

import random

import pytest

from unipose.language.checking.checker import Checker
from unipose.language.checking.contrast import KINDS, Contrasts
from unipose.language.checking.verdicts import soft_score
from unipose.language.items import Change, Statement


@pytest.fixture(scope="module")
def contrasts(registry) -> Contrasts:
    return Contrasts(registry)


def test_the_true_text_wins(registry, writer, values, contrasts):
    checker, rng, truth = Checker(registry), random.Random(0), registry.truth(values).numpy()
    wins = {kind: [] for kind in KINDS}
    for row in range(150):
        said = writer.caption(truth[row], rng, 4).statements
        score = soft_score(checker.margins(said, values[row]))
        for contrast in contrasts.of(said):
            wins[contrast.kind].append(bool(soft_score(checker.margins(contrast.items, values[row])) < score))
    assert all(len(each) > 50 and sum(each) / len(each) >= 0.99 for each in wins.values())


def test_what_is_the_same_on_both_sides_has_no_contrast_of_sides(contrasts):
    assert "sides" not in {one.kind for one in contrasts.of([Statement("standing"), Statement("both_arm_raised")])}


def test_opposites(contrasts):
    assert contrasts.opposite(Statement("left_arm_raised", hedged=True)) == Statement("left_arm_hanging", hedged=True)
    assert contrasts.opposite(Statement("lying_face_down")) == Statement("lying_face_up")
    up = Change("left_upper_arm_rise", 1, "bit", 5.0, 30.0)
    assert contrasts.opposite(up) == Change("left_upper_arm_rise", -1, "bit", -30.0, -5.0)


def test_no_predicate_is_its_own_opposite(registry, contrasts):
    for name in registry.predicates:
        other = contrasts.opposite(Statement(name))
        assert other is None or registry[other.predicate].id != name


def test_a_step_is_an_interval_beside(contrasts):
    step = contrasts.step(Statement("left_elbow_straight"))
    assert step is not None and step.predicate.startswith("left_elbow")
    assert contrasts.step(Change("head_turn", 1, "bit", 5.0, 30.0)) is None

"""Edits and comparisons: true of the pair, about what moved, and with real words."""

import random

import pytest
import torch

from unipose.language.checker import Checker
from unipose.language.items import Change, Statement


def pairs(values, count):
    """Half of the poses share most measures with their partner: only some columns of a pose are real neighbours."""
    rng = random.Random(2)
    for _ in range(count):
        yield rng.randrange(len(values)), rng.randrange(len(values))


@pytest.mark.parametrize("kind", ["edit", "difference"])
def test_all_that_is_said_is_true(registry, edits, values, kind):
    truth, rng, checker = registry.truth(values).numpy(), random.Random(0), Checker(registry)
    seen: set[type] = set()
    for a, b in pairs(values, 300):
        caption = getattr(edits, kind)(values[a].numpy(), truth[a], values[b].numpy(), truth[b], rng, 3)
        assert all(checker.holds(caption.statements, values[b], values[a])), caption
        for item in caption.statements:
            seen.add(type(item))
            if isinstance(item, Statement):
                assert truth[a][registry.position(item.predicate)] <= 0, "it was so already"
    assert seen == {Statement, Change}


def test_nothing_to_say_about_the_same_pose(registry, edits, values):
    truth = registry.truth(values[0]).numpy()
    caption = edits.edit(values[0].numpy(), truth, values[0].numpy(), truth, random.Random(0), 3)
    assert caption.text == "" and caption.statements == ()


def say(registry, edits, before, after, kind="edit", seeds=60, count=1):
    a, b = registry.truth(before).numpy(), registry.truth(after).numpy()
    for seed in range(seeds):
        yield getattr(edits, kind)(before.numpy(), a, after.numpy(), b, random.Random(seed), count)


def test_only_what_moved_is_mentioned(registry, edits, posed):
    """Leaning forward takes the head and hands along; they have not moved."""
    lean = {"left_hip": (-0.6, 0, 0), "right_hip": (-0.6, 0, 0), "pelvis": (0.6, 0, 0)}
    hang = {"left_shoulder": (0, 0, -1.3), "right_shoulder": (0, 0, 1.3)}
    for caption in say(registry, edits, posed(**hang), posed(**hang, **lean), count=4):
        for item in caption.statements:
            region = (
                registry[item.predicate].region
                if isinstance(item, Statement)
                else registry.measures[registry.measure_index[item.measure]].region
            )
            assert "arm" not in region and region != "head", caption


def test_words_of_simple_edits(registry, edits, posed):
    bent, more = posed(left_elbow=(0, -0.8, 0)), posed(left_elbow=(0, -1.1, 0))
    texts = {caption.text.lower().rstrip(".") for caption in say(registry, edits, bent, more, seeds=300)}
    assert any("bend your left elbow" in text and text.endswith("more") for text in texts), texts
    assert not any("right" in text.replace("right angle", "") for text in texts)
    lowered = {c.text.lower().rstrip(".") for c in say(registry, edits, bent, posed(), kind="difference", seeds=300)}
    assert any("straight" in text for text in lowered), lowered


def test_degrees_grow(registry, edits, posed):
    start = posed(left_shoulder=(0, 0, -1.3))
    words = []
    for angle in (-1.0, -0.6, 0.1):
        said = {i.degree for c in say(registry, edits, start, posed(left_shoulder=(0, 0, angle))) for i in c.statements
                if isinstance(i, Change) and i.measure == "left_upper_arm_rise"}  # fmt: skip
        words.append(said)
    assert words == [{"bit"}, {"plain"}, {"lot"}]


def test_mirrored_pair_allows_mirrored_claims(registry, edits, values):
    """A claim about a pair, mirrored, holds for the mirrored pair."""
    truth, rng, checker = registry.truth(values).numpy(), random.Random(5), Checker(registry)
    order = [registry.measure_index[m.mirror] for m in registry.measures]
    sign = torch.tensor([-1.0 if m.odd else 1.0 for m in registry.measures])
    mirrored = values[:, order] * sign
    for a, b in pairs(values, 100):
        caption = edits.edit(values[a].numpy(), truth[a], values[b].numpy(), truth[b], rng, 3)
        items = [registry.mirrored(item) for item in caption.statements]
        assert all(checker.holds(items, mirrored[b], mirrored[a]))

"""Captions: true, varied, repeatable, and with the grammar they should have."""

import random
import time

import pytest
import torch

from unipose.language.checker import Checker
from unipose.language.grammar import alternatives
from unipose.language.writer import MOODS


@pytest.mark.parametrize("mood", [*MOODS, "mixed"])
def test_all_that_is_said_is_true(registry, writer, values, mood):
    rng, checker, truth = random.Random(0), Checker(registry), registry.truth(values).numpy()
    said = 0
    for row in range(300):
        caption = writer.caption(truth[row], rng, count=1 + row % 6, mood=mood)
        assert caption.text and 1 <= len(caption.statements) <= 1 + row % 6
        assert all(truth[row][registry.position(s.predicate)] == 1 for s in caption.statements)
        assert all(checker.holds(caption.statements, values[row]))
        said += len(caption.statements)
    assert said > 700


def test_captured_poses_are_described_truly(registry, writer, captured):
    rng, truth = random.Random(1), registry.truth(captured).numpy()
    for row in rng.sample(range(len(truth)), 500):
        caption = writer.caption(truth[row], rng, count=5, mood="mixed")
        assert all(truth[row][registry.position(s.predicate)] == 1 for s in caption.statements)


def test_clauses_cover_the_statements(registry, writer, values):
    truth, rng = registry.truth(values).numpy(), random.Random(3)
    for row in range(100):
        caption = writer.caption(truth[row], rng, 4)
        assert [s for clause in caption.clauses for s in clause.items] == list(caption.statements)
        for clause in caption.clauses:
            assert caption.text[clause.start : clause.end].strip() == caption.text[clause.start : clause.end] != ""


def test_same_seed_same_text(registry, writer, values):
    truth = registry.truth(values[:20]).numpy()
    first = [writer.caption(row, random.Random(9), 4).text for row in truth]
    assert first == [writer.caption(row, random.Random(9), 4).text for row in truth]
    assert len({writer.caption(truth[0], random.Random(seed), 3, "mixed").text for seed in range(20)}) > 15


def test_nothing_is_said_twice(registry, writer, values):
    truth, rng = registry.truth(values).numpy(), random.Random(4)
    for row in range(200):
        said = [registry.position(s.predicate) for s in writer.caption(truth[row], rng, 6).statements]
        for earlier, which in enumerate(said):
            later = said[earlier + 1 :]
            assert not registry.implied[which] & set(later)
            assert not any(which in registry.implied[other] for other in later)


def write_one(registry, writer, predicate, mood, seed):
    return writer.write([registry.position(predicate)], random.Random(seed), mood).text


@pytest.mark.parametrize(
    ("predicate", "mood", "expected"),
    [
        ("left_foot_lifted", "imperative", "lift your left leg"),
        ("both_hand_on_hip", "imperative", "put your hands on your hips"),
        ("both_arm_raised", "imperative", "raise both arms"),
        ("right_knee_bent", "imperative", "bend the right knee"),
        ("kneeling", "imperative", "kneel down"),
        ("sitting", "imperative", "sit"),
        ("squatting", "imperative", "do a squat"),
        ("leaning_forward", "imperative", "lean forward"),
        ("left_head_turn", "imperative", "look to the left"),
        ("both_arm_raised", "phrase", "arms up"),
        ("left_arm_to_side", "phrase", "left arm out to the side"),
        ("arms_crossed", "declarative", "his arms are crossed"),
        ("sitting", "declarative", "a person is sitting down"),
        ("left_arm_raised", "declarative", "she raises her left arm"),
    ],
)
def test_peoples_own_ways_are_among_the_wordings(registry, writer, predicate, mood, expected):
    texts = {write_one(registry, writer, predicate, mood, seed).lower().rstrip(".") for seed in range(3000)}
    assert expected in texts, sorted(texts)[:40]


def test_every_predicate_has_enough_wordings(registry, writer):
    for which, predicate in enumerate(registry.table):
        if predicate.silent:
            assert writer.templates(which) == {}
            continue
        kinds = {kind: sum(map(len, groups)) for kind, groups in writer.templates(which).items()}
        assert sum(kinds.values()) >= 4, (predicate.id, kinds)
        assert kinds.get("act", 0) >= 1, f"{predicate.id} cannot be commanded"


def test_verbs_agree(registry, writer):
    texts = [write_one(registry, writer, "left_arm_raised", "declarative", seed).lower() for seed in range(800)]
    for wrong in (
        "they raises",
        "you raises",
        "he raise ",
        "she lift ",
        "they is",
        "you is",
        "i is",
        "he are",
        "arm are",
    ):
        assert not any(wrong in text for text in texts), wrong
    both = [write_one(registry, writer, "both_knee_bent", "declarative", seed).lower() for seed in range(400)]
    assert not any("knees is" in text or "knee " in text.replace("knees", "") for text in both)


def test_alternatives_nest():
    assert set(alternatives("a (b|c (d|e))")) == {"a b", "a c d", "a c e"}
    assert list(alternatives("plain")) == ["plain"]


def test_unknown_mood_and_wrong_length(registry, writer, values):
    truth = registry.truth(values[0]).numpy()
    with pytest.raises(ValueError, match="mood"):
        writer.caption(truth, random.Random(0), 3, "sarcastic")
    with pytest.raises(ValueError, match="found 7"):
        writer.caption(truth[:7], random.Random(0), 3)


def test_nothing_to_say(registry, writer):
    unclear = torch.zeros(len(registry.table), dtype=torch.int8).numpy()
    assert writer.caption(unclear, random.Random(0), 3).text == ""


def test_fast_enough(registry, writer, values):
    truth, rng = registry.truth(values).numpy(), random.Random(0)
    start = time.perf_counter()
    for row in truth:
        writer.caption(row, rng, 4, "mixed")
    assert len(truth) / (time.perf_counter() - start) > 500

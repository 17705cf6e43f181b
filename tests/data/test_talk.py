"""Talk without a pose: every pattern gives clean words, and what is held out stays out."""

from __future__ import annotations

import random
import re

import pytest

from unipose.data.talk import FILES, Talk, families, kept_back
from unipose.data.wording import unfold


def test_there_is_enough_to_talk_about():
    assert len(families()) >= 20
    for file in FILES:
        assert sum(len(family.asks) for family in families([file])) >= 60
    for family in families():
        assert len(family.asks) >= 5 and len(set(family.asks)) == len(family.asks), family.name
        assert len(family.answers) >= 4 and len(set(family.answers)) == len(family.answers), family.name


def test_no_question_belongs_to_two_families():
    asks = [ask for family in families() for ask in family.asks]
    assert len(set(asks)) == len(asks)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_every_pattern_reads_as_words(family):
    rng = random.Random(0)
    for pattern in (*family.asks, *family.answers):
        for _ in range(20):
            words = unfold(pattern, rng, family.slots)
            assert words and not re.search(r"[|{}]|\(\w*\||  | [,.!?]", words), words
    assert all(answer.endswith((".", "?", "!")) for answer in family.answers)


def test_a_tenth_is_never_trained_on():
    asks = [ask for family in families() for ask in family.asks]
    share = sum(map(kept_back, asks)) / len(asks)
    assert 0.05 < share < 0.15
    trained = {record.text.casefold() for record in Talk().batch(4000, seed=0)}
    kept = {record.text.casefold() for record in Talk(held_out=True).batch(400, seed=0)}
    assert len(kept) > 30 and not trained & kept


def test_a_batch_depends_on_its_seed_alone():
    assert Talk().batch(20, seed=1) == Talk().batch(20, seed=1) != Talk().batch(20, seed=2)
    assert len({record.text for record in Talk().batch(1000, seed=3)}) > 600


def test_refusals_say_that_it_cannot_be():
    denials = re.compile(r"\b(no|not|\w+n't|nothing|beyond|only)\b|\bleave that out\b", re.IGNORECASE)
    for family in families(["refusals"]):
        for answer in family.answers:
            assert denials.search(answer), f"{family.name}: {answer}"

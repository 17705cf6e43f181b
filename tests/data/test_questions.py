"""Questions about poses: what is answered is true of the codes."""

from __future__ import annotations

import pytest
import torch

from unipose.data.questions import Questions
from unipose.language.checking.checker import Checker
from unipose.language.items import unspell


@pytest.fixture(scope="module")
def records(tiny_synthesis):
    return Questions(tiny_synthesis).batch(60, seed=4)


def test_every_answer_is_true_of_the_codes(tiny_synthesis, records):
    checker = Checker(tiny_synthesis.registry)
    claimed = 0
    for record in records:
        values = tiny_synthesis.measure(tiny_synthesis.tokenizer.decode(torch.tensor(record.poses)))[0]
        items = [unspell(statement) for statement in record.statements]
        claimed += len(items)
        assert all(checker.holds(items, values)), (record.text, record.answer)
    assert claimed > 30


def test_records_are_questions_with_answers(records):
    assert {record.task for record in records} == {"ask"}
    assert all(record.answer.endswith((".", "!", "?")) and len(record.poses) == 1 for record in records)
    assert len({record.text for record in records}) > 50
    assert any(not record.statements for record in records)  # what a pose cannot tell is asked, too


def test_a_batch_depends_on_its_seed_alone(tiny_synthesis):
    source = Questions(tiny_synthesis)
    assert source.batch(5, seed=1) == source.batch(5, seed=1) != source.batch(5, seed=2)

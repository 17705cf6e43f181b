"""Conversations of several turns: every turn is true, and goes on from the one before."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import torch

from unipose.data.dialogues import MAX_TURNS, Dialogues
from unipose.data.files import FileSource
from unipose.data.records import write_records
from unipose.language.checking.checker import Checker
from unipose.language.items import unspell


@pytest.fixture(scope="module")
def conversations(tiny_synthesis):
    generator = torch.Generator().manual_seed(0)
    return Dialogues(tiny_synthesis).conversations(60, random.Random(0), generator)


def test_every_turn_is_true_of_the_codes(tiny_synthesis, conversations):
    checker = Checker(tiny_synthesis.registry)
    for turns in conversations:
        for turn in turns:
            items = [unspell(statement) for statement in turn.statements]
            if items:
                values = tiny_synthesis.measure(tiny_synthesis.tokenizer.decode(torch.tensor(turn.poses)))
                assert all(checker.holds(items, values[-1], values[0])), turn


def test_every_turn_goes_on_from_the_pose_in_view(conversations):
    assert len(conversations) > 5
    for turns in conversations:
        assert 2 <= len(turns) <= MAX_TURNS
        assert turns[0].task == "generate" and turns[1].task == "edit"
        shown = [turns[0].poses[0]]
        for turn in turns[1:]:
            if turn.task == "edit":
                assert turn.poses[0] == shown[-1] != turn.poses[1]
                shown.append(turn.poses[1])
            elif turn.task == "compare":
                assert turn.poses[0] in shown and turn.poses[1] == shown[-1]
            else:
                assert all(codes == shown[-1] for codes in turn.poses)


def test_all_kinds_of_turns_come_up(conversations):
    tasks = Counter(turn.task for turns in conversations for turn in turns)
    assert set(tasks) == {"generate", "edit", "ask", "describe", "compare", "chat"}
    back = [turns for turns in conversations if any(turn.poses[-1:] == turns[0].poses for turn in turns[2:])]
    assert back  # "undo", "go back to the first one"


def test_records_are_conversations_up_to_some_turn(tiny_synthesis, tmp_path):
    source = Dialogues(tiny_synthesis)
    records = source.batch(3, seed=1)
    assert records == source.batch(3, seed=1) != source.batch(3, seed=2)
    assert all(1 <= len(record.history) < MAX_TURNS for record in records)
    assert all(len(record.messages()) == 2 * (1 + len(record.history)) for record in records)
    write_records(tmp_path / "talks.jsonl", records)
    assert set(FileSource(tmp_path / "talks.jsonl").batch(50, seed=0)) == set(records)

"""Situations: whatever is asked for by name is a pose of that name."""

from __future__ import annotations

import random
import re

import pytest
import torch

from unipose.body.pose import face_forward
from unipose.body.rotations import axis_angle_to_matrix
from unipose.data.situations import Situations, Wordings
from unipose.data.wording import read_talk
from unipose.language.measuring.lexicon import load_lexicon

ENTRIES = {entry.either or entry.id: entry for entry in load_lexicon()}


@pytest.fixture(scope="module")
def pools(tiny_synthesis):
    """Wild poses that are some entry once the untrained tokenizer has been over them."""
    vectors = 2 * torch.randn(3000, 22, 3, generator=torch.Generator().manual_seed(0))
    poses = face_forward(axis_angle_to_matrix(vectors))
    truth = tiny_synthesis.registry.margins(tiny_synthesis.quantise(poses)[1]) >= 0
    found = {}
    for entry in load_lexicon():
        bearing = truth[:, tiny_synthesis.registry.index[entry.id.format(side="left")]]
        if bearing.any():
            found[entry.id] = poses[bearing]
    return found


def test_poses_bear_the_name_they_are_asked_for_by(tiny_synthesis, pools):
    records = Situations(pools, tiny_synthesis).batch(20, seed=0)
    assert len(records) == 20
    for record in records:
        values = tiny_synthesis.measure(tiny_synthesis.tokenizer.decode(torch.tensor(record.poses)))
        assert tiny_synthesis.registry.holds(values, record.statements).all(), record


def test_a_batch_depends_on_its_seed_alone(tiny_synthesis, pools):
    source = Situations(pools, tiny_synthesis)
    assert source.batch(4, seed=1) == source.batch(4, seed=1) != source.batch(4, seed=2)


def test_entries_without_a_pose_are_refused(tiny_synthesis):
    with pytest.raises(ValueError, match="none of the 1 entries given"):
        Situations({"no_such_entry": torch.eye(3).expand(1, 22, 3, 3)}, tiny_synthesis)


def test_every_scene_belongs_to_an_entry():
    assert set(read_talk("scenes")) <= set(ENTRIES)


def test_every_entry_can_be_asked_for_in_clean_words(tiny_synthesis):
    wordings, rng = Wordings(tiny_synthesis.writer), random.Random(0)
    for entry in load_lexicon():
        for name in filter(None, (entry.id.format(side="left"), entry.either)):
            for _ in range(3):
                text = wordings.ask(name, rng)
                assert text and not re.search(r"[{}~@|]|  | [,.?]", text), text


def test_people_agree_with_their_pronouns(tiny_synthesis):
    wordings, rng = Wordings(tiny_synthesis.writer), random.Random(1)
    texts = [wordings.ask("marriage_proposal", rng) for _ in range(400)]
    assert not [text for text in texts if re.search(r"\bwoman\b", text) and re.search(r"\b(he|his|him)\b", text)]
    assert any("she" in text.split() for text in texts)

"""Records written on the fly: every text is true of the codes beside it."""

from __future__ import annotations

import random

import pytest
import torch

from unipose import tasks
from unipose.body.skeleton import forward_kinematics
from unipose.data.sources import load_poses
from unipose.data.synthesis import Synthesis, as_typed, rarity_weights
from unipose.language.checking.checker import Checker
from unipose.language.measuring.registry import Registry
from unipose.language.reading.parser import Parser
from unipose.language.writing.writer import Writer
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer

from .poses import write_collection


@pytest.fixture(scope="module")
def synthesis(tmp_path_factory):
    torch.manual_seed(0)
    tokenizer = PoseTokenizer(PoseTokenizerConfig(hidden_size=16, num_layers=1, num_codes=64, code_width=4)).eval()
    tokenizer.quantizer.codebook.normal_()
    registry = Registry.load()
    bank = load_poses(write_collection(tmp_path_factory.mktemp("poses")), "train")
    return Synthesis(bank, tokenizer, registry, Writer(registry))


def measured(synthesis, codes):
    rotations = synthesis.tokenizer.decode(torch.tensor([codes]))
    return synthesis.measure(rotations)[0]


@pytest.mark.parametrize("task", ["generate", "describe", "edit", "compare"])
def test_what_a_record_says_is_true_of_its_codes(synthesis, task):
    records = synthesis.batch(task, 12, seed=3)
    parser, checker = Parser.load(), Checker(synthesis.registry)
    assert len(records) == 12
    for record in records:
        assert record.task == task
        items = parser.parse(record.text.split(" (")[0]).items
        assert items, record.text
        before = measured(synthesis, record.poses[0])
        assert all(checker.holds(items, measured(synthesis, record.poses[-1]), before)), record.text


def test_a_batch_depends_on_its_seed_alone(synthesis):
    assert synthesis.batch("edit", 4, seed=1) == synthesis.batch("edit", 4, seed=1)
    assert synthesis.batch("edit", 4, seed=1) != synthesis.batch("edit", 4, seed=2)


def test_poses_face_forward(synthesis):
    root = synthesis.captured[:, 0]
    assert torch.atan2(root[:, 0, 2] - root[:, 2, 0], root[:, 0, 0] + root[:, 2, 2]).abs().max() < 1e-3
    assert len(synthesis.captured) == 2 * 20  # mirrored ones are added
    joints = forward_kinematics(synthesis.captured)[0]
    assert torch.isfinite(joints).all()


def test_every_way_of_asking_is_drawn(synthesis):
    drawn = {record.template for record in synthesis.batch("describe", 200, seed=0)}
    assert len(drawn) > len(tasks.task("describe").asks) / 2


def test_rare_poses_are_drawn_more_often():
    truth = torch.full((100, 4), -1)
    truth[:, :3] = 1
    truth[0, 3] = 1
    weights = rarity_weights(truth)
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > 2 * weights[1]


def test_typing_keeps_the_words():
    rng = random.Random(0)
    typed = {as_typed("Lift your left leg.", rng) for _ in range(50)}
    assert typed == {"Lift your left leg.", "Lift your left leg", "lift your left leg.", "lift your left leg"}

"""The two training aids, on a tiny network and one batch that it can learn by heart."""

from __future__ import annotations

import pytest
import torch

from unipose.data.sources import load_poses
from unipose.data.synthesis import Synthesis
from unipose.language.items import Change, unspell
from unipose.language.measuring.registry import Registry
from unipose.language.writing.writer import Writer
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training import language
from unipose.training.probes import Probes
from unipose.training.verdicts import Verdicts

from ..data.poses import write_collection


def with_changes_first(records):
    return sorted(records, key=lambda record: not any(isinstance(unspell(c), Change) for c in record.statements))


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A tiny model, its synthesis, a batch of each kind of answer, and its tensors."""
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 2, "num_key_value_heads": 2}
    monkeypatch.setattr(language, "NANO", {**language.NANO, **sizes})
    monkeypatch.setattr(language, "WORDS_FROM_RECORDS", 40)
    torch.manual_seed(0)
    tokenizer = PoseTokenizer(PoseTokenizerConfig(hidden_size=16, num_layers=1, num_codes=32, code_width=4)).eval()
    tokenizer.quantizer.codebook.normal_()
    registry = Registry.load()
    bank = load_poses(write_collection(tmp_path), "train")
    synthesis = Synthesis(bank, tokenizer, registry, Writer(registry))
    processor = language.nano_processor(synthesis, tokenizer, seed=0)
    model = language.nano_model(processor, tokenizer)
    records = [
        record for task in language.TASKS for record in with_changes_first(synthesis.batch(task, 24, seed=5))[:4]
    ]
    inputs = processor([record.messages() for record in records], training=True)
    return model, synthesis, records, inputs


def descend(model, inputs, loss, extra=(), steps=60):
    """Losses while following ``loss``, called after each forward pass."""
    trained = [p for p in model.parameters() if p.requires_grad] + list(extra)
    optimizer = torch.optim.Adam(trained, lr=1e-2)
    curve = []
    for step in range(steps):
        torch.manual_seed(step)
        model(**inputs, return_logits=False)
        value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curve.append(value.item())
    return curve


def test_following_the_verdict_makes_poses_do_what_was_asked(bench):
    model, synthesis, records, inputs = bench
    verdicts = Verdicts(model, synthesis)
    request = verdicts.request(records)
    assert len(request.statements) and len(request.changes)
    assert request.before[:4].abs().sum() == 0  # a pose made from words starts from none
    assert request.before[4:].abs().sum() > 0
    shares = []

    def loss():
        value, share = verdicts.loss(inputs["input_ids"], request)
        shares.append(share)
        return value

    curve = descend(model, inputs, loss, steps=300)
    assert sum(curve[-10:]) < 0.85 * sum(curve[:10])
    assert sum(shares[-10:]) > sum(shares[:10])


def test_what_is_true_of_a_pose_and_what_is_asked_can_be_learnt(bench):
    model, synthesis, records, inputs = bench
    probes = Probes(model, synthesis)
    truths, asked = probes.targets(records)
    assert truths.shape[0] == sum(len(record.question_poses) for record in records)
    assert asked.shape[0] == sum(record.answers_with_pose for record in records)
    assert set(truths.unique().tolist()) == {-1.0, 0.0, 1.0}
    assert (asked.sum(1) > 0).all()
    curve = descend(model, inputs, lambda: probes.loss(inputs["input_ids"], truths, asked), probes.parameters())
    assert curve[-1] < 0.5 * curve[0]


def test_nothing_asked_is_nothing_missing(bench):
    model, synthesis, records, inputs = bench
    verdicts = Verdicts(model, synthesis)
    model(**inputs, return_logits=False)
    value, share = verdicts.loss(inputs["input_ids"], verdicts.request([r for r in records if r.task == "describe"]))
    assert value.item() == 0.0 and share == 1.0

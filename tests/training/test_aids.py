"""The two training aids, on a tiny network and one batch that it can learn by heart."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from unipose.data.records import Record
from unipose.language.items import Change, unspell
from unipose.model.pose_tokenizer import PoseTokenizer
from unipose.training.freezing import freeze
from unipose.training.lessons import PROBE_WEIGHT, VERDICT_WEIGHT, LanguageObjective
from unipose.training.material import TEXT_TASKS, Material, open_shelf
from unipose.training.nano import nano_model, nano_processor
from unipose.training.probes import Probes
from unipose.training.stages import STAGES
from unipose.training.verdicts import Verdicts


def with_changes_first(records):
    return sorted(records, key=lambda record: not any(isinstance(unspell(c), Change) for c in record.statements))


@pytest.fixture(scope="module")
def tokenizer(workshop):
    return PoseTokenizer.from_pretrained(workshop / "tokenizer").eval()


@pytest.fixture(scope="module")
def shelf(workshop, tokenizer):
    """What is trained on; drawing from it leaves it as it is."""
    return open_shelf(Material(workshop), "train", tokenizer)


@pytest.fixture
def bench(small, shelf, tokenizer):
    """A tiny model with its aids and objective, and records of each kind of answer."""
    torch.manual_seed(0)
    processor = nano_processor(shelf.sources, tokenizer, seed=0)
    model = nano_model(processor, tokenizer)
    freeze(model, STAGES["alignment"])
    probes, verdicts = Probes(model, shelf.synthesis), Verdicts(model, shelf.synthesis)
    objective = LanguageObjective(model, processor, probes, verdicts).train()
    drawn = {task: with_changes_first(shelf.sources[task].batch(24, seed=5))[:4] for task in TEXT_TASKS}
    return SimpleNamespace(
        model=model,
        probes=probes,
        verdicts=verdicts,
        objective=objective,
        prompts=shelf.sources["prompts"].batch(6, seed=1),
        records=[record for task in TEXT_TASKS for record in drawn[task]],
        lesson=lambda records: objective.lesson(records, torch.Generator().manual_seed(0)),
    )


def states(model, lesson):
    """The states that the aids read, of one forward pass: the middle layer's and the last."""
    kept = []
    layers = model.language_model.layers
    hooks = [
        layers[len(layers) // 2].register_forward_hook(lambda module, given, out: kept.append(out)),
        model.language_model.register_forward_hook(lambda module, given, out: kept.append(out.last_hidden_state)),
    ]
    model(**lesson.inputs, return_logits=False)
    for hook in hooks:
        hook.remove()
    return kept


def descend(trained, loss, steps):
    """The values of ``loss`` on the way down."""
    optimizer = torch.optim.Adam([p for p in trained if p.requires_grad], lr=1e-2)
    curve = []
    for step in range(steps):
        torch.manual_seed(step)
        value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curve.append(value.item())
    return curve


def test_following_the_verdict_makes_poses_do_what_was_asked(bench):
    lesson = bench.lesson(bench.records)
    request = lesson.request
    assert len(request.statements) and len(request.changes)
    assert request.before[:4].abs().sum() == 0  # a pose made from words starts from none
    assert request.before[4:].abs().sum() > 0
    shares = []

    def loss():
        value, share = bench.verdicts.loss(states(bench.model, lesson)[1], lesson.inputs["input_ids"], request)
        shares.append(share.item())
        return value

    curve = descend(bench.model.parameters(), loss, steps=100)  # more, and the choice of codes freezes
    assert sum(curve[-10:]) < 0.85 * sum(curve[:10])
    assert sum(shares[-10:]) > sum(shares[:10])


def test_what_is_true_of_a_pose_and_what_is_asked_can_be_learnt(bench):
    lesson = bench.lesson(bench.records)
    assert lesson.truths.shape[0] == sum(len(record.question_poses) for record in bench.records)
    assert lesson.asked.shape[0] == sum(record.answers_with_pose for record in bench.records)
    assert set(lesson.truths.unique().tolist()) == {-1.0, 0.0, 1.0}

    def loss():
        return bench.probes(states(bench.model, lesson)[0], lesson.inputs["input_ids"], lesson.truths, lesson.asked)

    curve = descend([*bench.model.parameters(), *bench.probes.parameters()], loss, steps=60)
    assert curve[-1] < 0.5 * curve[0]


def test_poses_of_earlier_turns_are_asked_about_too(bench):
    first, then = (next(r for r in bench.records if r.task == task) for task in ("generate", "describe"))
    talk = Record("describe", then.text, then.poses, then.statements, history=(first,))
    lesson = bench.lesson([talk])
    assert lesson.truths.shape[0] == 2 and lesson.asked.shape[0] == 0
    loss, figures = bench.objective([lesson])
    loss.backward()
    assert torch.isfinite(loss) and figures["probes"] > 0


def test_the_probes_ask_for_statements_and_changes_that_are_affirmed(bench):
    some = next(record for record in bench.records if record.task == "generate")
    claims = ("roughly left_elbow_bent", "not right_elbow_bent", "left_elbow_flexion = 80 100", "keep legs")
    lesson = bench.lesson([Record("generate", some.text, some.poses, (*claims, "right_elbow_flexion + 5 20"))])
    assert lesson.asked.sum() == 2
    assert len(lesson.request.statements) == 2 and len(lesson.request.changes) == 1


def test_the_objective_is_the_weighted_sum_of_its_parts_and_moves_all_it_trains(bench):
    loss, figures = bench.objective([bench.lesson(bench.records[:8]), bench.lesson(bench.records[8:])])
    parts = figures["text"] + figures["pose"] + PROBE_WEIGHT * figures["probes"] + VERDICT_WEIGHT * figures["missing"]
    assert loss.item() == pytest.approx(parts.item(), rel=1e-4)
    loss.backward()
    still = [n for n, p in bench.objective.named_parameters() if p.requires_grad and p.grad is None]
    assert not still


def test_nothing_asked_is_nothing_missing(bench):
    lesson = bench.lesson([record for record in bench.records if record.task == "describe"])
    _, figures = bench.objective([lesson])
    assert figures["missing"].item() == 0.0 and figures["done"].item() == 1.0


def test_prompts_without_answers_teach_what_they_ask_for(bench):
    lesson = bench.lesson(bench.prompts)
    assert "labels" not in lesson.inputs and lesson.asked.sum() > 0
    assert (lesson.inputs["input_ids"][:, -1] == bench.model.vocabulary.begin).all()

    def loss():
        value, figures = bench.objective([lesson])
        assert set(figures) == {"prompts"}
        return value

    curve = descend([*bench.model.parameters(), *bench.probes.parameters()], loss, steps=40)
    assert curve[-1] < 0.5 * curve[0]

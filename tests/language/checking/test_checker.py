"""The checker: batches, negation, changes, and that it sees the difference between left and right."""

import random

import pytest
import torch

from unipose.language.checking.checker import Checker
from unipose.language.checking.verdicts import Judgement, beyond_chance, soft_score
from unipose.language.items import Change, Statement


def test_batches_agree_with_single_poses(registry, values):
    checker = Checker(registry)
    items = [Statement("left_knee_bent"), Statement("standing", negated=True), Change("head_turn", 1, "plain", 5, 90)]
    after, before = values[:40], values[40:80]
    margins = checker.margins(items, after, before)
    assert margins.shape == (40, 3)
    for row in range(40):
        assert checker.holds(items, after[row], before[row]) == (margins[row] >= 0).tolist()
    assert torch.allclose(checker.score(items, after, before), (margins >= 0).float().mean(-1))
    assert torch.equal(margins[:, 1], -checker.margins([Statement("standing")], after)[:, 0])


def test_nothing_claimed(registry, values):
    checker = Checker(registry)
    assert checker.margins([], values[:3]).shape == (3, 0)
    assert checker.score([], values[:3]).tolist() == [1.0, 1.0, 1.0]


def test_contrast_left_and_right(registry, writer, values):
    """A caption with left and right exchanged must fit its pose worse, wherever the exchange changes the claim."""
    checker, rng, truth = Checker(registry), random.Random(0), registry.truth(values).numpy()
    wins = cases = 0
    for row in range(300):
        said = writer.caption(truth[row], rng, 5).statements
        swapped = [registry.mirrored(item) for item in said]
        if set(swapped) == set(said):
            continue
        cases += 1
        assert checker.score(said, values[row]) == 1.0
        wins += bool(checker.margins(swapped, values[row]).min() < checker.margins(said, values[row]).min())
    assert cases > 200 and wins / cases > 0.97


def test_a_denied_change_holds_unless_the_pose_goes_that_way(registry, values):
    checker, column = Checker(registry), registry.measure_index["head_turn"]
    steps = torch.tensor([-60.0, 0.0, 4.0, 20.0, 120.0])
    before = values[:1].expand(5, -1)
    after = before.clone()
    after[:, column] += steps
    left = Change("head_turn", 1, "bit", 5.0, 90.0, negated=True)
    for item, moved in ((left, after), (registry.mirrored(left), 2 * before - after)):
        assert (checker.margins([item], moved, before)[:, 0] >= 0).tolist() == [True, True, True, False, False]


def test_mistakes_are_reported(registry, values):
    checker = Checker(registry)
    with pytest.raises(ValueError, match="before"):
        checker.holds([Change("stride", 1, "bit", 0, 1)], values[0])
    with pytest.raises(ValueError, match="unknown measure"):
        checker.holds([Change("wings", 1, "bit", 0, 1)], values[0], values[1])
    with pytest.raises(ValueError, match="unknown predicate"):
        checker.holds([Statement("flying")], values[0])


def test_verdicts_say_yes_no_and_unsure(registry, parser, posed):
    parse, judgement = parser.parse("arms out to the sides, sitting, yodelling"), Judgement(registry)
    text = "arms out to the sides, sitting, yodelling"
    verdicts = judgement.verdicts(text, parse, posed())
    assert [(one.words, one.mark) for one in verdicts] == [
        ("arms out to the sides", "yes"),
        ("sitting", "no"),
        ("yodelling", "unsure"),
    ]
    assert verdicts[2].item is None
    score = judgement.score(parse, posed())
    assert score.hard == 0.5 and not score.all_hold and score.worst == Statement("sitting") and score.unverifiable == 1
    assert score.soft < 0.5


def test_what_is_said_twice_gets_one_verdict(registry, parser, posed):
    text = "arms out to the sides, sitting. He is sitting. juggling flaming torches"
    verdicts = Judgement(registry).verdicts(text, parser.parse(text), posed())
    assert [one.words for one in verdicts] == ["arms out to the sides", "sitting", "juggling flaming torches"]


def test_a_change_without_a_pose_before_is_unsure(registry, parser, posed):
    text = "raise the left arm a bit higher"
    parse, judgement = parser.parse(text), Judgement(registry)
    assert [one.mark for one in judgement.verdicts(text, parse, posed())] == ["unsure"]
    assert judgement.score(parse, posed()).unverifiable == 1
    assert judgement.verdicts(text, parse, posed(), posed(left_shoulder=(0, 0, -0.2)))[0].mark in ("yes", "no")


def test_scores_beyond_chance(registry, values):
    chance = Judgement(registry).by_chance([Statement("standing")], values)
    assert chance == pytest.approx((registry.margins(values, ["standing"]) >= 0).float().mean().item())
    assert beyond_chance(1.0, 0.5) == 1.0 and beyond_chance(0.5, 0.5) == 0.0
    with pytest.raises(ValueError, match="every reference"):
        beyond_chance(1.0, 1.0)


def test_soft_scores_follow_margins():
    soft = soft_score(torch.tensor([[2.0, 2.0], [0.0, 0.0], [-2.0, -2.0]]))
    assert soft[1] == 0.5 and soft[0] > 0.99 and soft[2] < 0.01
    assert soft_score(torch.zeros(3, 0)).tolist() == [1.0, 1.0, 1.0]

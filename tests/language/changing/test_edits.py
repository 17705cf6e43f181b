"""Edits and comparisons: true of the pair, about what moved, and with real words."""

import random

import pytest
import torch

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, mirror_rotations
from unipose.language.changing.differences import FORMS, Differences
from unipose.language.changing.edits import EditWriter
from unipose.language.checking.checker import Checker
from unipose.language.items import Amount, Change, Keep, Match, Statement


@pytest.fixture(scope="module")
def rich(writer) -> EditWriter:
    """Says all it can."""
    return EditWriter(writer, FORMS)


def pairs(values, count):
    """Half of the poses share most measures with their partner: only some columns of a pose are real neighbours."""
    rng = random.Random(2)
    for _ in range(count):
        yield rng.randrange(len(values)), rng.randrange(len(values))


def moved(rotations, count):
    """[count, 22, 3, 3] poses and the same with one arm, leg or the head turned."""
    rng, noise = random.Random(3), axis_angle_to_matrix(0.5 * torch.randn(count, 22, 3, generator=torch.manual_seed(4)))
    after = rotations[:count].clone()
    for row in range(count):
        part = rng.choice(
            (("left_", "shoulder elbow"), ("right_", "hip knee"), ("", "neck head"), ("", "spine1 spine2"))
        )
        joints = [JOINT_NAMES.index(part[0] + name) for name in part[1].split()]
        after[row, joints] = after[row, joints] @ noise[row, joints]
    return rotations[:count], after


@pytest.mark.parametrize("kind", ["edit", "difference"])
@pytest.mark.parametrize("forms", ["edits", "rich"])
def test_all_that_is_said_is_true(registry, values, kind, forms, request):
    writer = request.getfixturevalue(forms)
    truth, rng, checker = registry.truth(values).numpy(), random.Random(0), Checker(registry)
    seen: set[type] = set()
    for a, b in pairs(values, 60):
        caption = getattr(writer, kind)(values[a].numpy(), truth[a], values[b].numpy(), truth[b], rng, 3)
        assert all(checker.holds(caption.statements, values[b], values[a])), caption
        for item in caption.statements:
            seen.add(type(item))
            if isinstance(item, Statement):
                assert truth[a][registry.position(item.predicate)] <= 0, "it was so already"
    assert (
        {Statement, Change} <= seen <= ({Statement, Change} if forms == "edits" else {Statement, Change, Amount, Keep})
    )


@pytest.mark.parametrize("kind", ["edit", "difference"])
def test_what_is_said_is_read_back(registry, rich, parser, rotations, kind):
    rng, lost = random.Random(1), []
    values = [registry.measure_poses(poses) for poses in moved(rotations, 80)]
    truths = [registry.truth(each).numpy() for each in values]
    for row in range(80):
        caption = getattr(rich, kind)(
            values[0][row].numpy(), truths[0][row], values[1][row].numpy(), truths[1][row], rng, 2
        )
        read = parser.parse(caption.text)
        if set(read.items) != set(caption.statements) or read.unparsed:
            lost.append((caption.text, read))
    assert len(lost) <= 1, lost


def test_nothing_to_say_about_the_same_pose(registry, rich, values):
    truth = registry.truth(values[0]).numpy()
    caption = rich.edit(values[0].numpy(), truth, values[0].numpy(), truth, random.Random(0), 3)
    assert caption.text == "" and caption.statements == ()


def say(registry, edits, before, after, kind="edit", seeds=60, count=1):
    a, b = registry.truth(before).numpy(), registry.truth(after).numpy()
    for seed in range(seeds):
        yield getattr(edits, kind)(before.numpy(), a, after.numpy(), b, random.Random(seed), count)


def regions(registry, caption):
    """The parts of the body that an edit speaks of."""
    for item in caption.statements:
        if isinstance(item, Statement):
            yield registry[item.predicate].region
        else:
            yield registry.measures[registry.measure_index[item.measure]].region


LEAN = {"left_hip": (-0.6, 0, 0), "right_hip": (-0.6, 0, 0), "pelvis": (0.6, 0, 0)}
HANG = {"left_shoulder": (0, 0, -1.3), "right_shoulder": (0, 0, 1.3)}


def test_only_what_moved_is_mentioned(registry, edits, posed):
    """Leaning forward on one's feet takes the head and hands along and bends the hips; none of them has moved."""
    for caption in say(registry, edits, posed(**HANG), posed(**HANG, **LEAN), count=4):
        assert caption.text
        for region in regions(registry, caption):
            assert "arm" not in region and "leg" not in region and region != "head", caption


def test_the_body_sinks_when_the_feet_stay(registry, edits, posed):
    crouch = {f"{side}_{joint}": (angle, 0, 0) for side in ("left", "right")
              for joint, angle in (("hip", -0.8), ("knee", 1.6), ("ankle", -0.8))}  # fmt: skip
    stand = {"left_knee": (0.45, 0, 0), "right_knee": (0.45, 0, 0), "left_hip": (-0.2, 0, 0), "right_hip": (-0.2, 0, 0)}
    said = [i for c in say(registry, edits, posed(**stand), posed(**crouch), count=3, seeds=100) for i in c.statements]
    assert any(isinstance(item, Change) and item.measure == "pelvis_clearance" for item in said)
    assert not any(isinstance(item, Change) and "hip_flexion" in item.measure for item in said), "the feet do not rise"


def test_words_of_simple_edits(registry, edits, posed):
    bent, more = posed(left_elbow=(0, -0.8, 0)), posed(left_elbow=(0, -1.1, 0))
    texts = {caption.text.lower().rstrip(".") for caption in say(registry, edits, bent, more, seeds=100)}
    assert any("bend your left elbow" in text and text.endswith("more") for text in texts), texts
    assert not any("right" in text.replace("right angle", "") for text in texts)
    lowered = {c.text.lower().rstrip(".") for c in say(registry, edits, bent, posed(), kind="difference", seeds=100)}
    assert any("straight" in text for text in lowered), lowered


@pytest.mark.parametrize(("angle", "degree"), [(-1.12, "touch"), (-1.0, "bit"), (-0.6, "plain"), (0.1, "lot")])
def test_degrees_grow(registry, edits, posed, angle, degree):
    start, end = (posed(left_shoulder=(0, 0, turn)) for turn in (-1.3, angle))
    said = {item.degree for caption in say(registry, edits, start, end) for item in caption.statements
            if isinstance(item, Change) and item.measure == "left_upper_arm_rise"}  # fmt: skip
    assert said == {degree}


def test_numbers_ends_and_the_other_side(registry, rich, posed):
    bent = {"left_elbow": (0, -1.5, 0), "right_elbow": (0, 0.6, 0)}
    caption = lambda **after: list(say(registry, rich, posed(**bent), posed(**{**bent, **after}), seeds=60))  # noqa: E731
    straight = [c for c in caption(left_elbow=(0, 0, 0)) if any(isinstance(i, Amount) for i in c.statements)]
    assert any("all the way" in c.text for c in straight)
    by_number = [c for c in caption(left_elbow=(0, -0.8, 0)) if any(s in c.text for s in ("40 degrees", "40°"))]
    assert by_number and {i.degree for c in by_number for i in c.statements if isinstance(i, Change)} == {""}
    alike = [i for c in caption(left_elbow=(0, -0.6, 0)) for i in c.statements if isinstance(i, Match)]
    assert set(alike) == {Match("left_arm")}


def test_swapped_sides_are_said_to_be_swapped(registry, rich):
    turned = torch.eye(3).repeat(22, 1, 1)
    turned[JOINT_NAMES.index("left_shoulder")] = axis_angle_to_matrix(torch.tensor([0.0, 0.3, 0.9]))
    turned[JOINT_NAMES.index("right_knee")] = axis_angle_to_matrix(torch.tensor([1.2, 0.0, 0.0]))
    before, after = (registry.measure_poses(pose) for pose in (turned, mirror_rotations(turned)))
    said = {i for c in say(registry, rich, before, after) for i in c.statements if isinstance(i, Match)}
    assert Match("body", of_before=True) in said and Match("left_arm") not in said


def test_mirrored_pair_allows_mirrored_claims(registry, rich, rotations):
    """A claim about a pair, mirrored, holds for the mirrored pair."""
    rng, checker, poses = random.Random(5), Checker(registry), moved(rotations, 40)
    values, images = (
        [registry.measure_poses(turn(each)) for each in poses] for turn in (torch.clone, mirror_rotations)
    )
    truths = [registry.truth(each).numpy() for each in values]
    for row in range(40):
        caption = rich.edit(values[0][row].numpy(), truths[0][row], values[1][row].numpy(), truths[1][row], rng, 3)
        items = [registry.mirrored(item) for item in caption.statements]
        assert all(checker.holds(items, images[1][row], images[0][row])), caption


def test_both_sides_of_a_pair_are_treated_alike(registry, rich, writer, rotations):
    """What could be said of the mirrored pair is the mirror image of what could be said of the pair."""
    exact = Differences(writer, rich.book, set(FORMS) - {"number", "keep"})  # without chance

    def all_of(before, after):
        a, b = (registry.truth(each).numpy() for each in (before, after))
        seen = exact.compare(before.numpy(), after.numpy())
        found = exact.found(seen, a, b, ("act", "tell"), ("state",), random.Random(0))
        return {item for candidate in found for item in candidate.items}

    poses = moved(rotations, 30)
    values, images = (
        [registry.measure_poses(turn(each)) for each in poses] for turn in (torch.clone, mirror_rotations)
    )
    for row in range(30):
        found, image = (all_of(each[0][row], each[1][row]) for each in (values, images))
        assert found and {registry.mirrored(item) for item in found} == image


def test_unknown_forms_are_refused(writer):
    with pytest.raises(ValueError, match="unknown forms"):
        EditWriter(writer, ("degree", "rhyme"))

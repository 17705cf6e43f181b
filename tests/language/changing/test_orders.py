"""Orders carried out by the solver alone: they are followed, and what nobody speaks of stays."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from unipose.body.postures import standing
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES
from unipose.language.changing.orders import Editor, scaled
from unipose.language.items import Change


@pytest.fixture(scope="module")
def editor() -> Editor:
    return Editor.load()


def angles(first, second):
    """[..., 22] degrees between the local rotations of two poses."""
    between = axis_angle_of(first.transpose(-1, -2) @ second)
    return between * 180 / math.pi


def axis_angle_of(turned):
    skew = (turned - turned.transpose(-1, -2)).flatten(-2).norm(dim=-1) / 8**0.5
    return torch.atan2(skew, (turned.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2)


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("bend your left elbow by 40 degrees", "left"),
        ("raise your right arm a bit higher", "right"),
        ("straighten your left leg all the way", "left"),
        ("turn your head a lot further to the left", ""),
    ],
)
def test_what_nobody_speaks_of_stays(editor, text, moved):
    pose = standing().rotations[None].clone()
    pose[0, JOINT_NAMES.index("left_knee")] = axis_angle_to_matrix(torch.tensor([0.9, 0.0, 0.0]))
    (read,), found = editor.follow([text], pose)
    assert read.items and found.solved == [True] and found.dropped == ((),)
    turned = angles(pose, found.rotations)[0]
    others = [i for i, name in enumerate(JOINT_NAMES) if not moved or not name.startswith(moved)]
    rest = [i for i in others if moved or JOINT_NAMES[i] not in ("neck", "head")]
    assert turned[rest].max() < 0.1
    assert turned.max() > 5


def test_a_degree_goes_as_far_as_it_says(editor, registry):
    start = standing().rotations[None].clone()
    start[0, JOINT_NAMES.index("left_elbow")] = axis_angle_to_matrix(torch.tensor([0.0, -0.6, 0.0]))
    texts = ["bend your left elbow a touch more", "bend your left elbow a bit more", "bend your left elbow more",
             "bend your left elbow a lot more"]  # fmt: skip
    _, found = editor.follow(texts, start.expand(len(texts), -1, -1, -1))
    elbow = registry.measure_index["left_elbow_flexion"]
    steps = registry.measure_poses(found.rotations)[:, elbow] - registry.measure_poses(start)[0, elbow]
    for step, (near, far) in zip(steps.tolist(), ((5, 12), (12, 25), (25, 45), (45, 100)), strict=True):
        assert near <= step <= far


def test_a_limb_without_room_goes_as_far_as_the_words_allow(editor, registry):
    start = standing().rotations[None].clone()
    start[0, JOINT_NAMES.index("left_elbow")] = axis_angle_to_matrix(torch.tensor([0.0, -1.85, 0.0]))
    (read,), found = editor.follow(["bend your left elbow a lot more"], start)
    assert found.solved == [True], found.margins
    assert read.items == (Change("left_elbow_flexion", 1, "lot", 35, math.inf),)


@given(st.floats(-4, 4).filter(lambda factor: abs(factor) > 0.05), st.floats(5, 60), st.sampled_from((1, -1)))
def test_scaling_there_and_back(factor, size, direction):
    change = Change("left_knee_flexion", direction, "", direction * size - 10, direction * size + 10)
    (there,) = scaled([change], factor)
    (back,) = scaled([there], 1 / factor)
    assert back.direction == change.direction and (back.lo, back.hi) == pytest.approx((change.lo, change.hi))
    assert there.direction == (direction if factor > 0 else -direction)
    assert there.hi - there.lo == pytest.approx(20)


def test_a_degree_is_scaled_with_its_bounds():
    (less,) = scaled([Change("left_knee_flexion", 1, "bit", 5, 34)], -0.5)
    assert (less.direction, less.degree, less.lo, less.hi) == (-1, "", -17, -2.5)


def test_nothing_to_scale():
    with pytest.raises(ValueError, match="0 changes"):
        scaled([], 2.0)

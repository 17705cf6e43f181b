"""The library: what is described, named, hinted at or looked like is found first."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.packing import pack, read, unpack, write
from unipose.body.pose import Pose
from unipose.body.skeleton import forward_kinematics
from unipose.language import Parser, Registry, Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.library import Library, Shelf, shipped
from unipose.library.library import apart
from unipose.library.names import Index, called
from unipose.library.shelves import centred, plain_labels

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def library():
    return Library([shipped()])


def holds(pose: Pose, *predicates: str) -> bool:
    registry = Registry.load()
    return bool(registry.holds(registry.measure_poses(pose.rotations), list(predicates)).all())


# -- what ships ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def truths():
    """What ships, by id, and which predicates hold in each of its poses."""
    registry, poses = Registry.load(), read((ROOT / "unipose" / "library" / "poses.npz").read_bytes())
    holds = registry.margins(registry.measure_poses(torch.cat(list(poses.values())))) >= 0
    return dict(zip(poses, holds.split([len(own) for own in poses.values()]), strict=True))


def test_every_name_ships_with_poses_that_are_it(truths):
    registry = Registry.load()
    named = {entry.id: [entry.id.format(side="left")] for entry in load_lexicon()}
    plain = {each: each.split() for each in plain_labels()}
    assert set(truths) == set(named) | set(plain)
    for name, predicates in (named | plain).items():
        assert truths[name][:, [registry.position(each) for each in predicates]].all(), name
    assert all(len(truths[name]) for name in named)
    assert sum(bool(len(truths[name])) for name in plain) > 0.9 * len(plain)


def test_plain_names_say_what_the_poses_do(truths):
    parser, registry = Parser.load(), Registry.load()
    missed = []
    for ids, label in plain_labels().items():
        if not len(truths[ids]) or "left_" in ids.split()[-1]:  # which arm is told after the name
            continue
        said = [registry.position(i.predicate) for i in parser.parse(label.name).items if isinstance(i, Statement)]
        if not said or not truths[ids][:, said].all():
            missed.append(label.name)
    assert missed == []


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_packing_moves_no_joint(seed):
    vectors = torch.empty(3, 22, 3).uniform_(-1.8, 1.8, generator=torch.Generator().manual_seed(seed))
    rotations = torch.stack([Pose.from_axis_angle(each).rotations for each in vectors])
    moved = forward_kinematics(unpack(pack(rotations)))[0] - forward_kinematics(rotations)[0]
    assert moved.norm(dim=-1).max() < 5e-4


def test_a_file_is_read_as_it_was_written(tmp_path):
    poses = {"a": torch.eye(3).expand(2, 22, 3, 3), "b": torch.eye(3).expand(1, 22, 3, 3)}
    write(poses, tmp_path / "poses.npz")
    assert {name: len(own) for name, own in read((tmp_path / "poses.npz").read_bytes()).items()} == {"a": 2, "b": 1}


# -- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tree pose", "Tree, left"),
        ("the tree pose on the right leg", "Tree, right"),
        ("Warrior two with the right knee bent", "Warrior two, right"),
        ("kneeling, hands on hips", "Kneeling, hands on hips"),
        ("arabesqe", "Arabesque, left"),
        ("hailing a taxi", "Hail taxi, left"),
    ],
)
def test_what_is_said_comes_first(library, text, first):
    assert library.search(text, 5)[0].name == first


@pytest.mark.parametrize(
    ("text", "predicates"),
    [
        ("kneeling, left arm raised", ("kneeling", "left_arm_raised")),
        ("kneeling, right arm raised", ("kneeling", "right_arm_raised")),
        ("standing with both hands on the head", ("standing", "both_hand_on_head")),
    ],
)
def test_the_first_five_do_what_is_said(library, text, predicates):
    found = library.search(text, 5)
    assert len(found) == 5 and all(holds(each.pose, *predicates) for each in found)
    assert found[0].held == found[0].asked == len(Parser.load().parse(text).items)


def test_names_are_found_while_they_are_typed_and_by_their_field(library):
    assert any(each.name.startswith("Tree") for each in library.search("tre", 3))
    yoga = {entry.wording_id.replace("_", " ").capitalize() for entry in load_lexicon() if entry.field == "yoga"}
    assert all(each.name.partition(",")[0] in yoga for each in library.search("yoga", 10))


def test_nothing_like_it_is_no_result(library):
    assert library.search("zxcvb qwe") == [] == library.search("") == library.search("   ")
    assert Library([]).search("tree pose") == [] == Library([]).like(Pose.identity())


@given(st.text(max_size=500))
@settings(max_examples=40, deadline=None)
def test_any_text_may_be_searched(library, text):
    found = library.search(text, 6)
    assert len(found) <= 6 and all(0 <= each.held <= each.asked for each in found)


def test_own_names_are_found_beside_the_shipped(library):
    own = Shelf.of("conversation", Pose.identity().rotations[None], [called("grandfather at the fair")])
    assert library.beside(own).search("grandfather")[0].source == "conversation"
    assert all(each.source != "conversation" for each in library.search("grandfather"))


def test_a_word_that_few_have_tells_more():
    labels = [called("man on a horse"), called("man on a wall"), called("man on a chair")]
    matches = Index(labels).matches("horse on a wall")
    assert matches[labels[0]] == matches[labels[1]] and labels[2] not in matches


# -- likeness --------------------------------------------------------------------------------------------------------


@given(yaw=st.floats(-3.1, 3.1), place=st.integers(0, 1500))
@settings(max_examples=25, deadline=None)
def test_a_pose_turned_or_mirrored_is_found_and_told(library, yaw, place):
    shelf = library.shelves[0]
    pose = shelf.pose(place)
    gaps = apart(shelf.joints, centred(forward_kinematics(pose.turned(yaw).rotations)[0]))
    assert gaps[place] < 1e-3
    found = library.like(pose.mirror().turned(yaw), 3)
    assert found[0].apart < 0.02
    assert all(a.apart <= b.apart for a, b in zip(found, found[1:], strict=False))


def test_the_very_pose_is_left_out(library):
    pose = library.search("tree pose")[0].pose
    assert all(each.apart > 0.004 for each in library.like(pose, 5))


def test_a_distance_is_that_after_the_best_turn():
    dice = torch.Generator().manual_seed(3)
    joints, wanted = centred(torch.randn(2, 22, 3, generator=dice))
    told = apart(joints[None], wanted)[0]
    angles = torch.linspace(-torch.pi, torch.pi, 2001)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    turned = torch.stack(
        [
            cos * joints[:, 0] + sin * joints[:, 2],
            joints[:, 1].expand(2001, -1),
            cos * joints[:, 2] - sin * joints[:, 0],
        ],
        dim=-1,
    )
    least = (turned - wanted).square().sum(-1).mean(-1).sqrt().min()
    assert told == pytest.approx(float(least), abs=1e-4)


# -- any poses -------------------------------------------------------------------------------------------------------


def test_a_surprise_is_another_one_with_other_dice(library):
    names = [[each.name for each in library.draw(torch.Generator().manual_seed(seed), 12)] for seed in (1, 1, 2)]
    assert names[0] == names[1] != names[2] and len(set(names[0])) == 12


def test_a_search_is_quick(library):
    """Far above what it takes (see docs/library.md), so that a busy machine does not fail it."""
    library.search("warm up")
    started = time.perf_counter()
    library.search("kneeling, hands on hips, looking left")
    assert time.perf_counter() - started < 1.5

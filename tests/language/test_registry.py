"""Predicates: sides, margins, named poses, and how often they hold on captured poses."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.language.items import Change, Statement
from unipose.language.posture import posture, postures
from unipose.language.registry import Registry, read_data

RIGHT = math.pi / 2


def clear(registry, values) -> set[str]:
    truth = registry.truth(values)
    return {name for name, true in zip(registry.predicates, truth.tolist(), strict=True) if true == 1}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 100_000), spread=st.floats(0.1, 1.2))
def test_mirrored_pose_has_mirrored_truth(registry, seed, spread):
    noise = spread * torch.randn(8, 22, 3, generator=torch.Generator().manual_seed(seed))
    rotations = axis_angle_to_matrix(noise)
    mirrored = mirror_rotations(rotations)
    one = registry.margins(registry.measure(forward_kinematics(rotations)[0], rotations))
    other = registry.margins(registry.measure(forward_kinematics(mirrored)[0], mirrored))[:, list(registry.mirror)]
    finite = one.isfinite() & other.isfinite()
    assert torch.equal(one.isfinite(), other.isfinite())
    # trunk_pitch wraps at 180 degrees, where neither pose has any predicate of it
    near = (one - other).abs() < 2e-2
    assert ((near | ~finite) | ((one < -10) & (other < -10))).all()


def test_truth_keeps_a_margin(registry, values):
    margins, truth = registry.margins(values), registry.truth(values)
    assert (margins[truth == 1] >= registry.margin).all()
    assert (margins[truth == -1] <= -registry.margin).all()
    assert (margins[truth == 0].abs() < registry.margin).all()
    assert {-1, 0, 1} == set(truth.unique().tolist())
    names = registry.predicates[:5]
    assert torch.equal(registry.holds(values, names), margins[:, :5] >= 0)


def test_left_is_left(registry, posed):
    up = clear(registry, posed(left_shoulder=(0, 0, 1.4), right_shoulder=(0, 0, 1.3)))
    assert {"left_arm_overhead", "left_hand_above_head", "right_arm_hanging", "standing_tall"} <= up
    assert not {"right_arm_raised", "left_arm_hanging"} & up
    bent = clear(registry, posed(right_knee=(RIGHT, 0, 0), right_hip=(-RIGHT, 0, 0)))
    assert {"right_knee_right_angle", "left_on_one_leg", "right_knee_raised", "left_knee_straight"} <= bent
    assert not {"left_knee_bent", "right_on_one_leg"} & bent
    assert "left_head_turn" in clear(registry, posed(neck=(0, 0.6, 0)))
    assert "right_lean" in clear(registry, posed(pelvis=(0, 0, 0.4)))
    assert "left_arm_forward" in clear(registry, posed(left_shoulder=(0, -RIGHT, 0)))


@pytest.mark.parametrize(
    ("expected", "turned"),
    [
        ("t_pose", {}),
        ("lying_face_up", {"pelvis": (-RIGHT, 0, 0)}),
        ("lying_face_down", {"pelvis": (RIGHT, 0, 0)}),
        ("upside_down", {"pelvis": (0, 0, math.pi)}),
        ("sitting", {f"{s}_{j}": (a, 0, 0) for s in ("left", "right") for j, a in (("hip", -1.5), ("knee", 1.4))}),
        ("long_sitting", {f"{s}_hip": (-RIGHT, 0, 0) for s in ("left", "right")}),
        ("kneeling", {f"{s}_{j}": (a, 0, 0) for s in ("left", "right") for j, a in (("knee", RIGHT), ("ankle", 1.2))}),
        ("bent_double", {"left_hip": (-1.9, 0, 0), "right_hip": (-1.9, 0, 0), "pelvis": (1.9, 0, 0)}),
        ("leaning_forward", {"pelvis": (0.6, 0, 0), "left_hip": (-0.6, 0, 0), "right_hip": (-0.6, 0, 0)}),
        ("surrender", {"left_elbow": (0, 0, RIGHT), "right_elbow": (0, 0, -RIGHT)}),
        ("zombie_arms", {"left_shoulder": (0, -RIGHT, 0), "right_shoulder": (0, RIGHT, 0)}),
        ("splits", {"left_hip": (0, 0, 1.3), "right_hip": (0, 0, -1.3)}),
    ],
)
def test_named_poses(registry, posed, expected, turned):
    assert expected in clear(registry, posed(**turned))


def test_posture_comes_first(registry, values, posed):
    sitting = posed(**{f"{s}_{j}": (a, 0, 0) for s in ("left", "right") for j, a in (("hip", -1.5), ("knee", 1.4))})
    assert posture(registry, registry.truth(sitting[None])) == ["sitting"]
    named = posture(registry, registry.truth(values))
    assert set(named) <= {*postures(registry), ""} and len(set(named)) > 5
    assert set(read_data("registry.yaml")["postures"]) == set(postures(registry))


def test_implications_hold(registry, values, captured):
    """What is never said again because it follows should follow, at least nearly always."""
    truth = registry.margins(torch.cat([values, captured])) >= 0
    for which, implied in enumerate(registry.implied):
        cases = truth[truth[:, which]]
        if len(cases) < 50:
            continue
        for other in implied & {part.predicate for part in registry.table[which].all if not part.negated}:
            assert cases[:, other].all(), (registry.predicates[which], registry.predicates[other])


def test_captured_poses_use_the_registry(registry, captured):
    """No spoken predicate of a body part is true nearly always, and few are never true."""
    frequency = (registry.truth(captured) == 1).float().mean(0)
    spoken = [i for i, predicate in enumerate(registry.table) if not predicate.silent]
    common = {registry.predicates[i] for i in spoken if frequency[i] > 0.75}
    never = {registry.predicates[i] for i in spoken if frequency[i] == 0}
    assert common <= {"standing"}, common
    assert len(never) < 0.12 * len(spoken), sorted(never)


def test_mirrored_claims(registry):
    assert registry.mirrored(Statement("left_knee_bent")) == Statement("right_knee_bent")
    assert registry.mirrored(Statement("standing")) == Statement("standing")
    turn = Change("head_turn", 1, "bit", 4.0, 20.0)
    assert registry.mirrored(turn) == Change("head_turn", -1, "bit", -20.0, -4.0)
    assert registry.mirrored(registry.mirrored(turn)) == turn


def test_mistakes_in_data_are_reported():
    measures = read_data("measures.yaml")

    def load(*entries):
        return Registry(measures, {"margin": 0.3, "predicates": list(entries)})

    with pytest.raises(ValueError, match="unknown measure 'wings'"):
        load({"id": "a", "measure": "wings", "above": 1, "region": "arms"})
    with pytest.raises(ValueError, match="itself"):
        load({"id": "a", "all": ["b"], "region": "arms"}, {"id": "b", "all": ["a"], "region": "arms"})
    with pytest.raises(ValueError, match="unknown predicate"):
        load({"id": "a", "all": ["nothing"], "region": "arms"})
    with pytest.raises(ValueError, match="no interval"):
        load({"id": "a", "measure": "stride", "region": "legs"})
    with pytest.raises(ValueError, match="twice"):
        load(*[{"id": "a", "measure": "stride", "above": 1, "region": "legs"}] * 2)

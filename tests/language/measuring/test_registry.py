"""Predicates: sides, margins, named poses, and how often they hold on captured poses."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language.conftest import random_rotations
from unipose.body.mesh import FreeBody
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.language.items import Amount, Change, Keep, Match, Statement
from unipose.language.measuring.posture import posture, postures
from unipose.language.measuring.registry import Registry, read_data

RIGHT = math.pi / 2


def both(joint: str, x: float, y: float = 0.0, z: float = 0.0) -> dict[str, tuple[float, float, float]]:
    """The left joint turned by degrees, and its mirror image on the right."""
    x, y, z = (math.radians(angle) for angle in (x, y, z))
    return {f"left_{joint}": (x, y, z), f"right_{joint}": (x, -y, -z)}


def pitched(degrees: float) -> dict[str, tuple[float, float, float]]:
    return {"pelvis": (math.radians(degrees), 0.0, 0.0)}


def arched(degrees: float) -> dict[str, tuple[float, float, float]]:
    return {joint: (math.radians(-degrees), 0.0, 0.0) for joint in ("spine1", "spine2", "spine3")}


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


@pytest.mark.parametrize(
    ("expected", "turned"),
    [
        ("downward_dog", pitched(125) | both("hip", -85) | both("shoulder", 0, 0, 85)),
        ("crab", pitched(-75) | both("hip", -30) | both("knee", 95) | both("shoulder", 30, 50, -40)),
        ("handstand", pitched(180) | both("shoulder", 0, 0, 85)),
        ("headstand", pitched(180) | both("shoulder", 0, -60, 30) | both("elbow", 0, -110)),
        ("shoulder_stand", pitched(-170) | both("shoulder", 20, 0, -60) | {"neck": (0.7, 0, 0), "head": (0.6, 0, 0)}),
        ("bridge", pitched(-80) | arched(15) | both("hip", 10) | both("knee", 75) | both("shoulder", 0, 30, 88)),
        ("hip_bridge", pitched(-110) | both("knee", 85) | both("shoulder", 0, 0, -70) | {"neck": (0.43, 0, 0)}),
        ("plank", pitched(72) | both("shoulder", 0, -90) | both("ankle", -10)),
        ("sideways_plank", {"pelvis": (0, 0, math.radians(72))}),
        ("all_fours", pitched(72) | both("hip", -72) | both("knee", 88) | both("shoulder", 0, -75) | both("ankle", 75)),
        ("tall_kneeling", both("knee", 90) | both("ankle", 60) | both("shoulder", 0, 0, -70)),
        ("straddle_sitting", both("hip", -73.7, 0, 51.6) | both("shoulder", 0, 0, -50)),
        ("seated_forward_fold", pitched(50) | both("hip", -138) | both("shoulder", 0, -90)),
        ("forward_fold", pitched(125) | both("hip", -125) | both("shoulder", 0, -90)),
    ],
)
def test_rare_postures_name_the_pose(registry, posed, expected, turned):
    assert posture(registry, registry.truth(posed(**turned)[None])) == [expected]


@pytest.mark.parametrize(
    ("expected", "turned"),
    [
        ("self_hug", both("shoulder", 0, -95, -50) | both("elbow", 0, -105)),
        ("both_knee_to_chest", pitched(-80) | both("hip", -135) | both("knee", 130)),
        ("both_on_toes", both("ankle", 35)),
        ("both_leg_turned_out", both("hip", 0, 45)),
        ("both_shoulder_raised", both("collar", 0, 0, 22) | both("shoulder", 0, 0, -90)),
        ("both_arm_forward_up", both("shoulder", 0, -90) | {"pelvis": (0.0, 0.0, 0.0)} | arched(15)),
        ("both_arm_out_up", both("shoulder", 0, 0, 45)),
        ("both_arm_out_down", both("shoulder", 0, 0, -45)),
        ("ankles_crossed", {"left_hip": (-0.1, 0, -0.21), "right_hip": (0.1, 0, 0.17)}),
        ("left_ankle_crossed_in_front", {"left_hip": (-0.1, 0, -0.21), "right_hip": (0.1, 0, 0.17)}),
        ("thighs_crossed", {"left_hip": (-1.29, 0, -0.9), "right_hip": (-1.55, 0, 0.27)} | both("knee", 80)),
        ("left_leg_loaded", {"spine1": (0, 0, -0.7)}),
        ("body_symmetric", {}),
        ("left_gaze", {"neck": (0, 0.4, 0), "head": (0, 0.4, 0)}),
    ],
)
def test_what_limbs_do(registry, posed, expected, turned):
    assert expected in clear(registry, posed(**turned))


def margins_one_by_one(registry, values):
    """What ``Registry.margins`` computes, straight from its definition."""
    found: dict[int, torch.Tensor] = {}

    def margin(which: int) -> torch.Tensor:
        if which not in found:
            predicate = registry.table[which]
            terms = [
                torch.minimum(values[:, i.measure] - i.lo, i.hi - values[:, i.measure])
                / registry.measures[i.measure].sigma
                for i in predicate.intervals
            ]
            signed = [
                [-margin(part.predicate) if part.negated else margin(part.predicate) for part in parts]
                for parts in (predicate.all, predicate.any)
            ]
            terms += signed[0] + ([torch.stack(signed[1]).amax(0)] if signed[1] else [])
            found[which] = torch.stack(terms).amin(0)
        return found[which]

    return torch.stack([margin(which) for which in range(len(registry.table))], dim=-1)


def test_margins_are_those_of_the_definition(registry, values):
    expected = margins_one_by_one(registry, values[:100])
    assert torch.equal(registry.margins(values[:100]), expected)
    some = registry.predicates[::17]
    assert torch.equal(registry.margins(values[:5], some), expected[:5, ::17])
    assert registry.margins(values[0]).shape == (len(registry.predicates),)


def test_margins_have_slopes(registry, values):
    leaf = values[:20].clone().requires_grad_()
    registry.margins(leaf).clamp(-9, 9).sum().backward()
    assert leaf.grad is not None and leaf.grad.isfinite().all() and leaf.grad.abs().sum() > 0


def asserted(registry, values) -> torch.Tensor:
    spoken = torch.tensor([not predicate.silent for predicate in registry.table])
    return registry.truth(values) * spoken


def test_small_noise_flips_few_statements(registry):
    rotations = random_rotations(300, seed=9)
    draw = torch.Generator().manual_seed(1)
    shaken = rotations @ axis_angle_to_matrix(math.radians(2) / 3**0.5 * torch.randn(300, 22, 3, generator=draw))
    joints = forward_kinematics(shaken)[0]
    joints = joints + 0.01 / 3**0.5 * torch.randn(joints.shape, generator=draw)
    said = asserted(registry, registry.measure_poses(rotations))
    now = registry.margins(registry.measure(joints, shaken))
    flipped = (said * now < 0)[said != 0].float().mean()
    assert flipped < 0.01, float(flipped)


def test_bodies_of_other_shapes_say_the_same(registry):
    rotations = random_rotations(200, seed=10)
    body = FreeBody.load()
    said = asserted(registry, registry.measure(body.joints(rotations)[:, :22], rotations))
    for components in ((2.0,), (-2.0,), (0, 2.0), (0, -2.0), (1.5, 1.5, 1.0)):
        joints = body.shaped(components).joints(rotations)[:, :22]
        same = (said * registry.margins(registry.measure(joints, rotations)) >= 0)[said != 0].float().mean()
        assert same >= 0.98, (components, float(same))


def test_posture_comes_first(registry, values, posed):
    sitting = posed(**{f"{s}_{j}": (a, 0, 0) for s in ("left", "right") for j, a in (("hip", -1.5), ("knee", 1.4))})
    assert posture(registry, registry.truth(sitting[None])) == ["sitting"]
    named = posture(registry, registry.truth(values))
    assert set(named) <= {*postures(registry), ""} and len(set(named)) > 5
    assert set(read_data("registry.yaml")["postures"]) == set(postures(registry))


def test_implications_hold(registry, values, captured):
    """What is never said again because it follows should follow, at least nearly always."""
    truth = (registry.margins(torch.cat([values, captured])) >= 0).T.contiguous()
    for which, implied in enumerate(registry.implied):
        if truth[which].sum() < 50:
            continue
        for other in implied & {part.predicate for part in registry.table[which].all if not part.negated}:
            assert not (truth[which] & ~truth[other]).any(), (registry.predicates[which], registry.predicates[other])


def test_captured_poses_use_the_registry(registry, captured):
    """No spoken predicate of a body part is true nearly always, and few are never true."""
    frequency = (registry.truth(captured) == 1).float().mean(0)
    # names are tested with the lexicon; captured people seldom do what a lexicon knows
    spoken = [i for i, predicate in enumerate(registry.table) if not predicate.silent and predicate.region != "name"]
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
    hedged = Statement("left_knee_bent", negated=True, hedged=True)
    assert registry.mirrored(hedged) == Statement("right_knee_bent", negated=True, hedged=True)
    assert registry.mirrored(Amount("head_turn", 10.0, 20.0)) == Amount("head_turn", -20.0, -10.0)
    assert registry.mirrored(Keep("left_arm")) == Keep("right_arm")
    assert registry.mirrored(Match("legs", of_before=True)) == Match("legs", of_before=True)


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

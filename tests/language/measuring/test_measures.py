"""Measures against what geometry demands of them; test_independent_measures.py has a second implementation."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics, mirror_rotations
from unipose.language.measuring.measures import MeasureSet
from unipose.language.measuring.registry import read_data

J = {name: i for i, name in enumerate(JOINT_NAMES)}


def own(values, registry, name):
    return values[..., registry.measure_index[name]].double().numpy()


@settings(max_examples=25, deadline=None)
@given(yaw=st.floats(-3.1, 3.1), seed=st.integers(0, 10_000))
def test_heading_and_place_do_not_matter(registry, yaw, seed):
    from_seed = axis_angle_to_matrix(0.6 * torch.randn(1, 22, 3, generator=torch.Generator().manual_seed(seed)))
    turn = axis_angle_to_matrix(torch.tensor([0.0, yaw, 0.0]))
    turned = from_seed.clone()
    turned[:, 0] = turn @ from_seed[:, 0]
    one = registry.measure(forward_kinematics(from_seed)[0], from_seed)
    other = registry.measure(forward_kinematics(turned)[0] + torch.tensor([1.0, 2.0, 3.0]), turned)
    # two measures may wrap from 180 to -180
    gap = (one - other).abs()
    assert torch.minimum(gap, (360 - gap).abs()).max() < 0.02


def test_body_size_does_not_matter(registry, rotations):
    joints = forward_kinematics(rotations)[0]
    assert torch.allclose(registry.measure(joints, rotations), registry.measure(joints * 1.3, rotations), atol=2e-2)


def test_mirror_swaps_and_negates(registry, rotations, values):
    mirrored = mirror_rotations(rotations)
    found = registry.measure(forward_kinematics(mirrored)[0], mirrored)
    order = [registry.measure_index[measure.mirror] for measure in registry.measures]
    sign = torch.tensor([-1.0 if measure.odd else 1.0 for measure in registry.measures])
    gap = (found - values[:, order] * sign).abs()
    assert torch.minimum(gap, (360 - gap).abs()).max() < 0.02


def test_leading_dimensions_are_free(registry, rotations, values):
    joints = forward_kinematics(rotations)[0]
    stacked = registry.measure(joints[:6].reshape(2, 3, 22, 3), rotations[:6].reshape(2, 3, 22, 3, 3))
    assert stacked.shape == (2, 3, len(registry.measures))
    assert torch.allclose(stacked.flatten(0, 1), values[:6], atol=1e-4)
    assert torch.allclose(registry.measure(joints[0], rotations[0]), values[0], atol=1e-4)


def test_directions_of_signed_measures(registry, posed):
    turned = posed(head=(0.0, 0.7, 0.0))
    assert own(turned, registry, "head_turn") == pytest.approx(math.degrees(0.7), abs=0.1)  # +Y turns to the left
    assert own(posed(head=(0.4, 0.0, 0.0)), registry, "gaze_rise") == pytest.approx(-math.degrees(0.4), abs=0.1)
    assert own(posed(spine1=(0.0, 0.0, -0.4)), registry, "trunk_lean") > 15  # toward +X, the left
    assert own(posed(pelvis=(0.5, 0.0, 0.0)), registry, "trunk_pitch") > 20


@pytest.mark.parametrize(
    "turned",
    [{}, {"pelvis": (math.pi, 0, 0)}, {"left_elbow": (0, math.pi, 0)}, {"left_hip": (math.pi, 0, 0)}],
    ids=["T-pose", "upside down", "folded onto itself", "turned back"],
)
def test_gradients_are_finite(registry, turned):
    axis_angle = torch.zeros(22, 3)
    for joint, rotation in turned.items():
        axis_angle[J[joint]] = torch.tensor(rotation)
    rotations = axis_angle_to_matrix(axis_angle).requires_grad_()
    placed = forward_kinematics(rotations)[0]
    onto_left = torch.tensor([J[name.replace("right_", "left_")] for name in JOINT_NAMES])
    for joints in (placed, placed[onto_left]):  # and with each right joint in the place of the left one
        values = registry.measure(joints, rotations)
        (slope,) = torch.autograd.grad(values.nan_to_num(0.0, 0.0, 0.0).sum(), rotations, retain_graph=True)
        assert values.isfinite().all() and slope.isfinite().all()


def test_unknown_names_are_reported():
    data = dict(read_data("measures.yaml"))
    wrong = {"id": "x", "kind": "distance", "of": ["left_hand", "tail"], "sigma": 1, "region": "legs"}
    with pytest.raises(ValueError, match="tail"):
        MeasureSet({**data, "measures": [wrong]})
    with pytest.raises(ValueError, match="unknown kind"):
        MeasureSet({**data, "measures": [{**wrong, "kind": "smell"}]})

"""Measures against a second, independent implementation, and against what geometry demands of them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, PARENTS, forward_kinematics, mirror_rotations
from unipose.language.measures import MeasureSet
from unipose.language.registry import read_data

J = {name: i for i, name in enumerate(JOINT_NAMES)}


def own(values, registry, name):
    return values[..., registry.measure_index[name]].double().numpy()


def second_opinion(rotations: np.ndarray) -> dict[str, np.ndarray]:
    """Forty measures, pose by pose in numpy, written from their descriptions alone."""
    joints = forward_kinematics(torch.from_numpy(rotations))[0].numpy().astype(float)
    rows = []
    for pose, local in zip(joints, rotations.astype(float), strict=True):
        turned = [local[0]]
        for joint in range(1, 22):
            turned.append(turned[PARENTS[joint]] @ local[joint])
        rows.append(_opinion(pose, local, turned))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _angle(a, b):
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def _opinion(p, local, turned):
    up = np.array([0.0, 1.0, 0.0])
    trunk = p[J["neck"]] - p[J["pelvis"]]
    across = p[J["left_hip"]] - p[J["right_hip"]]
    if abs(trunk[1]) / np.linalg.norm(trunk) >= 0.5:
        across = across + p[J["left_shoulder"]] - p[J["right_shoulder"]]
    elif math.hypot(across[0], across[2]) / np.linalg.norm(across) < 0.5:
        across = np.array([trunk[2], 0.0, -trunk[0]])
    yaw = math.atan2(-across[2], across[0])  # a turn by yaw about +Y takes +X to (cos, 0, -sin)
    front, left = np.array([math.sin(yaw), 0, math.cos(yaw)]), np.array([math.cos(yaw), 0, -math.sin(yaw)])
    leg = np.mean(
        [
            np.linalg.norm(p[J[f"{s}_hip"]] - p[J[f"{s}_knee"]])
            + np.linalg.norm(p[J[f"{s}_knee"]] - p[J[f"{s}_ankle"]])
            for s in ("left", "right")
        ]
    )
    scale = leg / 0.777
    hand = p[J["left_wrist"]] + turned[J["left_wrist"]] @ np.array([0.084, -0.008, -0.005]) * scale
    right_hand = p[J["right_wrist"]] + turned[J["right_wrist"]] @ np.array([-0.084, -0.008, -0.005]) * scale
    crown = p[J["head"]] + turned[J["head"]] @ np.array([0, 0.165, 0]) * scale
    upper = p[J["left_elbow"]] - p[J["left_shoulder"]]
    arm = p[J["left_wrist"]] - p[J["left_shoulder"]]
    thigh = p[J["left_knee"]] - p[J["left_hip"]]
    in_pelvis = turned[0].T @ thigh
    chest = turned[J["spine3"]].T
    seen = {  # bones of each arm in the chest's eyes, the right one reflected
        side: [
            (chest @ (p[J[f"{side}_{b}"]] - p[J[f"{side}_{a}"]])) * np.array([sign, 1, 1])
            for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))
        ]
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    breast = p[J["spine3"]] + turned[J["spine3"]] @ np.array([0, 0.055, 0.115]) * scale
    skull = p[J["head"]] + turned[J["head"]] @ np.array([0, 0.070, 0.010]) * scale
    face = p[J["head"]] + turned[J["head"]] @ np.array([0, 0.035, 0.085]) * scale
    heel = p[J["left_ankle"]] + turned[J["left_ankle"]] @ np.array([0, -0.065, -0.045]) * scale
    sole = p[J["left_foot"]] + turned[J["left_foot"]] @ np.array([0, -0.022, 0]) * scale
    wrist, collar, ankle = (local[J[f"left_{name}"]] for name in ("wrist", "collar", "ankle"))
    # the twist of a swing-twist split: what remains of a turn about the thigh's own axis
    hip = local[J["left_hip"]]
    twist = 2 * math.atan2(hip[0, 2] - hip[2, 0], 1 + np.trace(hip))
    neck = local[J["neck"]] @ local[J["head"]]
    spine = local[J["spine1"]] @ local[J["spine2"]] @ local[J["spine3"]]
    return {
        "left_elbow_flexion": 180 - _angle(-upper, p[J["left_wrist"]] - p[J["left_elbow"]]),
        "right_knee_flexion": 180
        - _angle(p[J["right_hip"]] - p[J["right_knee"]], p[J["right_ankle"]] - p[J["right_knee"]]),
        "left_upper_arm_rise": _angle(upper, -turned[J["spine3"]][:, 1]),
        "left_upper_arm_front": 90 - _angle(upper, turned[J["spine3"]][:, 2]),
        "left_arm_rise": math.degrees(math.asin(arm[1] / np.linalg.norm(arm))),
        "left_arm_from_side": _angle(arm, left),
        "left_arm_from_front": _angle(arm, front),
        "left_hand_over_crown": (hand - crown)[1] / scale,
        "left_hand_ahead": (turned[J["spine3"]].T @ (hand - p[J["spine2"]]))[2] / scale,
        "hands_distance": np.linalg.norm(hand - right_hand) / scale,
        "hands_height_gap": (hand - right_hand)[1] / scale,
        "left_hip_flexion": math.degrees(math.atan2(in_pelvis[2], -in_pelvis[1])),
        "left_hip_spread": math.degrees(math.asin(in_pelvis[0] / np.linalg.norm(in_pelvis))),
        "left_thigh_rise": _angle(thigh, -up),
        "stride": (p[J["left_ankle"]] - p[J["right_ankle"]]) @ front / scale,
        "step_width": (p[J["left_ankle"]] - p[J["right_ankle"]]) @ left / scale,
        "trunk_rise": math.degrees(math.asin(trunk[1] / np.linalg.norm(trunk))),
        "trunk_pitch": math.degrees(math.atan2(trunk @ front, trunk[1])),
        "trunk_lean": math.degrees(math.asin(trunk @ left / np.linalg.norm(trunk))),
        "spine_bend": math.degrees(math.atan2(spine[2, 1], spine[1, 1])),
        "head_nod": -math.degrees(math.asin(max(-1.0, min(1.0, neck[1, 2])))),
        "gaze_rise": math.degrees(math.asin(max(-1.0, min(1.0, turned[J["head"]][1, 2])))),
        "left_arm_from_front_up": _angle(arm, front + up),
        "left_arm_from_across_front": _angle(arm, front - left),
        "left_leg_from_side_down": _angle(p[J["left_ankle"]] - p[J["left_hip"]], left - up),
        "left_arm_reach": np.linalg.norm(arm)
        / (np.linalg.norm(upper) + np.linalg.norm(p[J["left_wrist"]] - p[J["left_elbow"]])),
        "left_upper_arm_azimuth": math.degrees(math.atan2((chest @ upper)[0], (chest @ upper)[2])),
        "left_palm_rise": math.degrees(math.asin(max(-1.0, min(1.0, -turned[J["left_wrist"]][1, 1])))),
        "left_wrist_flexion": math.degrees(math.atan2(-wrist[1, 0], wrist[0, 0])),
        "left_collar_lift": math.degrees(math.atan2(collar[1, 0], collar[0, 0])),
        "left_ankle_point": math.degrees(math.atan2(-ankle[1, 2], ankle[2, 2])),
        "left_hip_turnout": math.degrees(twist),
        "left_heel_lift": (heel - sole)[1] / scale,
        "gaze_side": 90 - _angle(turned[J["head"]][:, 2], left),
        "left_hand_over_face": (hand - face)[1] / scale,
        "left_hand_gap_breast": np.linalg.norm(hand - breast) / scale - 0.085,
        "left_hand_gap_head": np.linalg.norm(hand - skull) / scale - 0.145,
        "hands_gap": np.linalg.norm(hand - right_hand) / scale - 0.09,
        "knees_order": (turned[0].T @ (p[J["left_knee"]] - p[J["right_knee"]]))[0] / scale,
        "arms_mismatch": max(_angle(a, b) for a, b in zip(seen["left"], seen["right"], strict=True)),
        "chest_skyward": math.degrees(math.asin(max(-1.0, min(1.0, turned[J["spine3"]][1, 2])))),
    }


def test_second_implementation_agrees(registry, rotations, values):
    for name, expected in second_opinion(rotations.numpy()).items():
        found = own(values, registry, name)
        gap = np.abs(found - expected)
        gap = np.minimum(gap, 360 - gap) if np.abs(expected).max() > 90 else gap
        assert gap.max() < 0.02, f"{name}: {gap.max()} apart at pose {gap.argmax()}"


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

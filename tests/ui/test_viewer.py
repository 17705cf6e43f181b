"""What the browser is sent: vertices that survive the packing, a glow where something moved, words that say it."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.ui.viewer import PLOTLY_JS, STATIC, Viewer, difference, on_floor, pack


def unpack(message):
    """As viewer.js does it."""
    parts = json.loads(message)
    steps = np.frombuffer(base64.b64decode(parts["vertices"]), "<u2").reshape(-1, 3)
    vertices = np.array(parts["low"]) + np.array(parts["span"]) * steps / 65535
    return vertices, np.frombuffer(base64.b64decode(parts["glow"]), np.uint8) / 255, parts


poses = st.lists(st.floats(-2, 2, width=32), min_size=66, max_size=66).map(Pose.from_axis_angle)


@settings(deadline=None, max_examples=25)
@given(pose=poses)
def test_packed_vertices_come_back_within_a_twentieth_of_a_millimetre(body, pose):
    vertices = on_floor(body.vertices(pose.rotations).numpy())
    glow = np.linspace(-0.2, 1.3, len(vertices))
    back, lit, parts = unpack(pack(vertices, glow, 7, "a label"))
    assert np.abs(back - vertices).max() < 0.05e-3
    assert np.abs(lit - np.clip(glow, 0, 1)).max() <= 0.5 / 255 + 1e-6
    assert (parts["number"], parts["label"]) == (7, "a label")


def test_a_flat_body_can_be_packed():
    back, _, _ = unpack(pack(np.zeros((5, 3), np.float32), np.zeros(5), 1, ""))
    assert np.abs(back).max() < 1e-5


@settings(deadline=None, max_examples=25)
@given(pose=poses)
def test_every_pose_stands_on_the_floor_and_inside_the_drawn_box(body, pose):
    vertices = on_floor(body.vertices(pose.rotations).numpy())
    assert vertices[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert np.abs(vertices[:, [0, 2]]).max() < 1.6 and vertices[:, 1].max() < 2.3  # HALF_WIDTH, HEIGHT in viewer.js


def test_the_script_draws_the_box_that_the_test_above_checks():
    script = (STATIC / "viewer.js").read_text()
    assert "HALF_WIDTH = 1.6;" in script and "HEIGHT = [-0.1, 2.3];" in script


def test_raised_arms_glow_and_legs_do_not(body, standing_arms_up):
    change = difference(body, standing(), standing_arms_up)
    names = np.array(body.part_names)[np.asarray(body.parts)]
    assert change.moved[np.char.find(names, "elbow") >= 0].min() > 0.3
    assert change.moved[np.char.find(names, "knee") >= 0].max() < 1e-4
    assert str(change) == "both arms changed"


def test_a_turn_of_the_whole_body_lights_nothing_and_is_named(body, standing_turned):
    change = difference(body, standing(), standing_turned)
    assert change.moved.max() < 1e-3
    assert str(change) == "the body turned 90 degrees to its left"
    assert str(difference(body, standing_turned, standing())) == "the body turned 90 degrees to its right"


def test_no_change_and_total_change_have_words(body):
    assert str(difference(body, standing(), standing())) == "nothing moved visibly"
    axis_angle = standing().axis_angle.copy()
    axis_angle[0] = (1.5, 0, 0)
    assert str(difference(body, standing(), Pose.from_axis_angle(axis_angle))) == "the whole body changed"


@settings(deadline=None, max_examples=25)
@given(joint=st.sampled_from(JOINT_NAMES[1:]), angle=st.floats(0.8, 1.5))
def test_one_bent_joint_is_named_by_its_own_region(body, joint, angle):
    axis_angle = standing().axis_angle.copy()
    axis_angle[JOINT_NAMES.index(joint)] = (angle, angle, angle)
    said = str(difference(body, standing(), Pose.from_axis_angle(axis_angle)))
    side, _, part = joint.rpartition("_")
    limb = "leg" if part in ("hip", "knee", "ankle", "foot") else "arm"
    if side:
        assert f"the {side} {limb}" in said and ("right" if side == "left" else "left") not in said
    else:
        assert "head" in said or "trunk" in said or "whole body" in said


def test_the_viewer_says_what_is_shown(body, standing_arms_up):
    viewer = Viewer(body)
    assert "No pose yet" in unpack(viewer.show_standing(1))[2]["label"]
    assert unpack(viewer.show(standing(), None, "stand", 2))[2]["label"] == 'New pose for "stand".'
    _, glow, parts = unpack(viewer.show(standing_arms_up, standing(), "raise\nthem " + "x " * 200, 3))
    assert parts["label"].startswith('After "raise them x x') and parts["label"].endswith("both arms changed.")
    assert len(parts["label"]) < 130 and glow.max() == 1
    assert "your photo" in unpack(viewer.show(standing(), None, "", 4))[2]["label"]


def test_a_message_of_the_full_body_stays_small():
    from unipose.body.mesh import FreeBody

    body = FreeBody.load("full")
    assert len(Viewer(body).show_standing(1)) < 140_000
    corners = np.frombuffer(Viewer(body).triangles(), "<u4").reshape(-1, 3)
    assert np.array_equal(corners, np.asarray(body.faces))


def test_the_drawing_library_lies_in_the_installed_wheel():
    assert PLOTLY_JS.stat().st_size > 1_000_000

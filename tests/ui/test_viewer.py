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
from unipose.ui.bodies import FREE, LICENSED, REACH, Bodies, Look
from unipose.ui.difference import difference
from unipose.ui.packing import pack_mesh
from unipose.ui.viewer import PLOTLY_JS, SCRIPTS, STATIC, Viewer, on_floor


def unpack(packed):
    """As viewer-meshes.js does it."""
    steps = np.frombuffer(base64.b64decode(packed["vertices"]), "<u2").reshape(-1, 3)
    vertices = np.array(packed["low"]) + np.array(packed["span"]) * steps / 65535
    glow = np.frombuffer(base64.b64decode(packed.get("glow", "")), np.uint8) / 255
    return vertices, glow if "glow" in packed else np.zeros(len(vertices))


poses = st.lists(st.floats(-2, 2, width=32), min_size=66, max_size=66).map(Pose.from_axis_angle)


@settings(deadline=None, max_examples=25)
@given(pose=poses)
def test_packed_vertices_come_back_within_a_twentieth_of_a_millimetre(body, pose):
    vertices = on_floor(body.vertices(pose.rotations).numpy())
    glow = np.linspace(-0.2, 1.3, len(vertices))
    back, lit = unpack(pack_mesh("free-light", vertices, glow))
    assert np.abs(back - vertices).max() < 0.05e-3
    assert np.abs(lit - np.clip(glow, 0, 1)).max() <= 0.5 / 255 + 1e-6


def test_a_flat_body_can_be_packed():
    back, _ = unpack(pack_mesh("", np.zeros((5, 3), np.float32)))
    assert np.abs(back).max() < 1e-5


@settings(deadline=None, max_examples=25)
@given(pose=poses)
def test_every_pose_stands_on_the_floor_and_inside_the_drawn_box(body, pose):
    vertices = on_floor(body.vertices(pose.rotations).numpy())
    assert vertices[:, 1].min() == pytest.approx(0, abs=1e-6)
    assert np.abs(vertices[:, [0, 2]]).max() < 1.6 and vertices[:, 1].max() < 2.3


def test_the_box_of_the_script_holds_the_tallest_body_and_two_of_them_side_by_side(body):
    script = (STATIC / "viewer-view.js").read_text()
    assert "HALF_WIDTH = 2.6;" in script and "HEIGHT = [-0.1, 2.7];" in script
    tallest = body.shaped(Look(amounts=(REACH,)).components)
    arms = Pose.identity().axis_angle.copy()
    arms[[JOINT_NAMES.index("left_shoulder"), JOINT_NAMES.index("right_shoulder")]] = (0, 0, 1.5), (0, 0, -1.5)
    high = on_floor(tallest.vertices(Pose.from_axis_angle(arms).rotations).numpy())
    assert high[:, 1].max() < 2.7
    wide = np.ptp(on_floor(body.vertices(Pose.identity().rotations).numpy())[:, 0])
    assert wide + 0.2 + wide / 2 < 2 * 2.6  # GAP in viewer.js


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
    assert "No pose yet" in json.loads(viewer.show_standing(1))["label"]
    assert json.loads(viewer.show(standing(), None, "stand", 2))["label"] == 'New pose for "stand".'
    shown = json.loads(viewer.show(standing_arms_up, standing(), "raise\nthem " + "x " * 200, 3))
    assert shown["label"].startswith('After "raise them x x') and shown["label"].endswith("both arms changed.")
    assert len(shown["label"]) < 130 and unpack(shown["full"])[1].max() == 1 and shown["number"] == 3
    assert "your photo" in json.loads(viewer.show(standing(), None, "", 4))["label"]
    assert shown["caption"].startswith("Standing") and "left upper arm raised" in shown["caption"]


def test_a_change_brings_the_pose_before_under_the_name_it_was_shown_with(body, standing_arms_up):
    viewer = Viewer(body)
    first = json.loads(viewer.show(standing(), None, "stand", 1))
    then = json.loads(viewer.show(standing_arms_up, standing(), "arms up", 2))
    assert "before" not in first and then["before_key"] == first["key"] != then["key"]
    assert np.abs(unpack(then["before"])[0] - unpack(first["full"])[0]).max() < 1e-4
    shaped = json.loads(viewer.show(standing_arms_up, standing(), "arms up", 3, Look(amounts=(1.0,))))
    assert shaped["key"] != then["key"] and shaped["look"] == {"body": "free", "amounts": [1.0]}


def test_joints_lie_inside_the_body_and_say_their_angle(body):
    bent = standing().axis_angle.copy()
    bent[JOINT_NAMES.index("left_elbow")] = (0, -1.5, 0)
    shown = json.loads(Viewer(body).show(Pose.from_axis_angle(bent), None, "bend the left elbow", 1))
    vertices, joints = unpack(shown["full"])[0], np.array(shown["joints"])
    assert len(joints) == len(shown["names"]) == 22
    nearest = np.linalg.norm(vertices[:, None] - joints, axis=-1).min(0)
    assert nearest.max() < 0.15
    name = shown["names"][JOINT_NAMES.index("left_elbow")]
    assert name.startswith("left elbow, bent") and 60 < int(name.split()[-2]) < 110
    assert shown["marks"] == [{"said": "the left elbow", "parts": [18, 16], "joints": [18]}]


def test_a_look_is_checked_and_shapes_the_body(body):
    for wrong in (("fat", ()), (FREE, (9.0,)), (FREE, (float("nan"),)), (FREE, (0.0,) * 9)):
        with pytest.raises(ValueError, match="body|shape"):
            Look(*wrong)
    bodies = Bodies(body)
    tall, short = (bodies.figure(Look(amounts=(amount,))).full.vertices(standing().rotations) for amount in (1, -1))
    assert np.ptp(tall.numpy()[:, 1]) - np.ptp(short.numpy()[:, 1]) > 0.3
    assert bodies.figure(Look(LICENSED)).full is body  # nobody has one here
    assert [offered["name"] for offered in bodies.offered()] == [FREE]


def test_a_message_of_the_full_body_stays_small_and_its_triangles_are_served():
    from unipose.body.mesh import FreeBody

    body = FreeBody.load("full")
    viewer = Viewer(body)
    assert len(viewer.show_standing(1)) < 130_000
    assert len(viewer.show(standing(), standing().turned(1.0), "turn", 1)) < 165_000
    files = dict(viewer.files())
    for name, served in (("free-full", body), ("free-light", FreeBody.load("light"))):
        corners = np.frombuffer(files[f"{name}.triangles.bin"], "<u4").reshape(-1, 3)
        assert np.array_equal(corners, np.asarray(served.faces))
        assert np.array_equal(np.frombuffer(files[f"{name}.parts.bin"], np.uint8), np.asarray(served.parts))


def test_the_scripts_are_there():
    assert all((STATIC / name).is_file() for name in SCRIPTS)


def test_the_drawing_library_lies_in_the_installed_wheel():
    assert PLOTLY_JS.stat().st_size > 1_000_000

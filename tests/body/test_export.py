"""Exported files, read back by something else. Rigs, movements and maps have tests of their own in files/."""

import json

import numpy as np
import pytest
import trimesh
from PIL import Image

from unipose.body.export import FORMATS, KINDS, SEQUENCES, export
from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.postures import standing


@pytest.fixture
def poses():
    draws = np.random.default_rng(0)
    return [Pose.from_axis_angle(draws.normal(0, 0.4, (22, 3))) for _ in range(3)]


def test_an_obj_is_the_posed_body_on_the_floor(poses, tmp_path):
    body = FreeBody.load("full")
    read = trimesh.load(export(poses[0], tmp_path / "pose.obj"), process=False)
    posed = body.vertices(poses[0].rotations).numpy()
    posed[:, 1] -= posed[:, 1].min()
    assert np.array_equal(read.faces, body.faces.numpy())
    assert np.abs(read.vertices - posed).max() < 1e-5


def test_another_body_can_wear_the_pose(poses, tmp_path):
    tall = FreeBody.load("light").shaped([2.0])
    read = trimesh.load(export(poses[0], tmp_path / "pose.obj", body=tall), process=False)
    assert len(read.vertices) == len(tall.rest_vertices)
    assert np.ptp(read.vertices[:, 1]) == pytest.approx(
        np.ptp(tall.vertices(poses[0].rotations)[:, 1].numpy()), abs=1e-4
    )


@pytest.mark.parametrize("count", [1, 3])
def test_an_npz_has_the_layout_of_amass(poses, tmp_path, count):
    with np.load(export(poses[:count], tmp_path / "poses.npz", seconds_between=0.5)) as read:
        assert read["poses"].shape == (count, 66) and read["trans"].shape == (count, 3)
        assert float(read["mocap_framerate"]) == 2.0 and str(read["gender"]) == "neutral"
        assert str(read["up_axis"]) == "Y"
        for row, pose in zip(read["poses"], poses, strict=False):
            assert np.abs(Pose.from_axis_angle(row).joints - pose.joints).max() < 1e-5


def test_a_json_of_one_pose_is_what_a_pose_loads(poses, tmp_path):
    path = export(poses[0], tmp_path / "pose.json")
    assert np.abs(Pose.load(path).joints - poses[0].joints).max() < 1e-5


def test_a_json_of_several_says_all_a_reader_needs(poses, tmp_path):
    read = json.loads(export(poses, tmp_path / "poses.json").read_text())
    assert read["joint_names"][16] == "left_shoulder" and read["parents"][16] == 13
    assert "radians" in read["rotation"] and "Y up" in read["axes"] and read["units"]["lengths"] == "metres"
    assert [frame["time_s"] for frame in read["poses"]] == [0.0, 0.8, 1.6]
    for frame, pose in zip(read["poses"], poses, strict=True):
        assert np.abs(np.array(frame["joints_m"]) - pose.joints).max() < 1e-4
        assert np.abs(Pose.from_axis_angle(frame["axis_angle"]).joints - pose.joints).max() < 1e-5


def test_a_snapshot_shows_a_body_on_an_empty_ground(poses, tmp_path):
    picture = np.asarray(Image.open(export(poses[0], tmp_path / "pose.png", body=FreeBody.load("light"))))
    drawn = (picture != picture[0, 0]).any(-1)
    assert picture.shape == (768, 768, 3) and 0.03 < drawn.mean() < 0.6
    assert not drawn[[0, -1]].any() and not drawn[:, [0, -1]].any(), "cut off at an edge"


def test_refusals_name_the_formats(poses, tmp_path):
    with pytest.raises(ValueError, match=", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}, found 'pose.stl'"):
        export(poses[0], tmp_path / "pose.stl")
    with pytest.raises(ValueError, match="holds one pose, found 3; " + ", ".join(SEQUENCES[:-1])):
        export(poses, tmp_path / "pose.obj")
    with pytest.raises(ValueError, match=f"{KINDS[1]}.*found 'heat'"):
        export(poses[0], tmp_path / "pose.png", kind="heat")
    with pytest.raises(ValueError, match=r"a depth map is a \.png"):
        export(poses[0], tmp_path / "pose.obj", kind="depth")
    with pytest.raises(ValueError, match="expected poses"):
        export([], tmp_path / "pose.npz")
    with pytest.raises(ValueError, match="fps must be above 0"):
        export(poses, tmp_path / "pose.bvh", fps=0)
    with pytest.raises(ValueError, match="seconds_between must be"):
        export(poses, tmp_path / "pose.glb", seconds_between=float("nan"))
    with pytest.raises(ValueError, match="more than 20000 frames"):
        export(poses * 20, tmp_path / "pose.bvh", fps=1000, seconds_between=60)
    assert not list(tmp_path.iterdir()), "a refusal left a file"


def test_standing_is_symmetric_with_hands_below_the_hips():
    joints = standing().joints
    assert np.abs(standing().mirror().joints - joints).max() < 1e-6
    left_hip, left_wrist = joints[1], joints[20]
    assert left_wrist[1] < left_hip[1] + 0.1 and left_wrist[0] > left_hip[0] + 0.05

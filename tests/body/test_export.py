"""Exported files, read back by something else."""

import numpy as np
import pytest
import trimesh

from unipose.body.export import FORMATS, export
from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.postures import standing


@pytest.fixture
def pose():
    return Pose.from_axis_angle(np.random.default_rng(0).normal(0, 0.4, (22, 3)))


def test_an_obj_is_the_posed_body(pose, tmp_path):
    body = FreeBody.load("full")
    read = trimesh.load(export(pose, tmp_path / "pose.obj"), process=False)
    assert np.array_equal(read.faces, body.faces.numpy())
    assert np.abs(read.vertices - body.vertices(pose.rotations).numpy()).max() < 1e-5


def test_a_json_is_the_pose(pose, tmp_path):
    assert np.allclose(Pose.load(export(pose, tmp_path / "pose.json")).joints, pose.joints, atol=1e-5)


def test_another_ending_names_the_formats(pose, tmp_path):
    with pytest.raises(ValueError, match=" or ".join(FORMATS)):
        export(pose, tmp_path / "pose.stl")


def test_standing_is_symmetric_with_hands_below_the_hips():
    joints = standing().joints
    assert np.abs(standing().mirror().joints - joints).max() < 1e-6
    left_hip, left_wrist = joints[1], joints[20]
    assert left_wrist[1] < left_hip[1] + 0.1 and left_wrist[0] > left_hip[0] + 0.05

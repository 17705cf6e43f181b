"""3DPW: actors, axes, keypoints, and what a damaged sequence says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from unipose.data.adapters import threedpw

from . import made_up


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_actors_are_read_where_the_camera_fits(tmp_path, protocol):
    items = list(threedpw.read(made_up.threedpw(tmp_path, protocol)))
    assert [item.key for item in items] == [f"outdoors_00/0:{row}" for row in (0, 1, 2, 3)] + [
        f"outdoors_00/1:{row}" for row in (0, 2, 3)
    ]
    assert {item.split for item in items} == {"val"}
    stored = made_up.sequence()["poses"][1]
    torch.testing.assert_close(items[5].rotations, made_up.expected(stored, np.eye(3))[2])
    assert items[5].image == tmp_path / "imageFiles" / "outdoors_00" / "image_00002.jpg"
    torch.testing.assert_close(items[0].betas, torch.arange(10) / 10)


def test_a_pose_as_the_camera_sees_it(tmp_path):
    items = list(threedpw.read(made_up.threedpw(tmp_path), axes="camera", every=2, only_aligned=False))
    assert [item.key for item in items] == [f"outdoors_00/{actor}:{row}" for actor in (0, 1) for row in (0, 2)]
    # World to camera is a turn of 170 degrees about X, camera to ours 180: together a lean of -10 degrees.
    turned = made_up.expected(made_up.sequence()["poses"][0], made_up.about_x(-10))
    torch.testing.assert_close(items[1].rotations, turned[2])


def test_keypoints_come_in_cocos_order(tmp_path):
    item, later = list(threedpw.read(made_up.threedpw(tmp_path)))[:2]
    assert later.keypoints[0].tolist() == [100, 0, 0.5]
    nose, left_eye, left_shoulder, right_ankle = (item.keypoints[place] for place in (0, 1, 5, 16))
    assert nose.tolist() == [0, 0, 0.5]
    assert left_eye.tolist() == [15, 150, 0.5]
    assert left_shoulder.tolist() == [5, 50, 0.5]
    assert right_ankle.tolist() == [10, 100, 0.5]


def test_labels_without_pictures_or_keypoints(tmp_path):
    made_up.threedpw(tmp_path, poses2d=None)
    (tmp_path / "imageFiles" / "outdoors_00").rmdir()
    item = next(threedpw.read(tmp_path))
    assert item.image is None and item.keypoints is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"poses": None}, "outdoors_00.pkl' lacks 'poses'; found betas, cam_intrinsics, cam_poses"),
        ({"poses": 3}, "'poses' as a list over actors, found a int"),
        ({"poses": [np.zeros((4, 70))] * 2}, r"'poses\[0\]' as \[any, 72\] numbers, found float64 \[4, 70\]"),
        ({"poses": [np.full((4, 72), np.nan)] * 2}, "needs finite"),
        ({"poses": [np.array([["x"] * 72] * 4)] * 2}, "found <U1"),
        ({"poses": [np.array([[{}] * 72] * 4)] * 2}, "no plain numbers"),
        ({"betas": [np.zeros(10)]}, "'betas' as a list over 2 actors, found 1"),
        ({"cam_poses": np.zeros((3, 4, 4))}, r"'cam_poses' as \[4, 4, 4\]"),
        ({"campose_valid": [np.ones(3), np.ones(4)]}, r"'campose_valid\[0\]' as \[4\]"),
        ({"poses2d": [np.zeros((4, 18, 3))] * 2}, r"\[4, 3, 18\]"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        list(threedpw.read(made_up.threedpw(tmp_path, **changed)))


def test_a_camera_that_is_no_rotation_is_refused(tmp_path):
    made_up.threedpw(tmp_path, cam_poses=np.zeros((4, 4, 4)))
    with pytest.raises(ValueError, match="needs a camera's rotation"):
        list(threedpw.read(tmp_path, axes="camera"))


def test_options_are_checked_at_once(tmp_path):
    made_up.threedpw(tmp_path)
    with pytest.raises(ValueError, match="axes are world or camera, found 'up'"):
        threedpw.read(tmp_path, axes="up")
    for every in (0, 1.5, True):
        with pytest.raises(ValueError, match="every is a whole number from 1"):
            threedpw.read(tmp_path, every=every)
    with pytest.raises(ValueError, match="no 3DPW sequence"):
        threedpw.read(tmp_path / "imageFiles")

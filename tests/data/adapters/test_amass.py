"""AMASS: motions, rates, releases, axes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.pose import Pose
from unipose.data.adapters import amass

from . import made_up


def test_motions_are_read_at_the_rate_asked_for_in_our_axes(tmp_path):
    items = list(amass.read(made_up.amass(tmp_path), fps=10))
    by_motion = {}
    for item in items:
        by_motion.setdefault(item.recording, []).append(item)
    assert {name: len(rows) for name, rows in by_motion.items()} == {
        "BioMotionLab_NTroje/rub083/0031_rom_poses": 5,  # 10 frames at 20
        "CMU/01/01_01_poses": 2,  # 24 frames at 120
        "SSM_synced/s1/jump_poses": 5,
    }
    assert [item.key for item in by_motion["CMU/01/01_01_poses"]] == ["CMU/01/01_01_poses:0", "CMU/01/01_01_poses:12"]
    turned = made_up.expected(made_up.poses(24, seed=1)[[0, 12]], made_up.about_x(-90))
    torch.testing.assert_close(torch.stack([item.rotations for item in by_motion["CMU/01/01_01_poses"]]), turned)
    assert {item.subject: item.split for item in items} == {
        "BMLrub/rub083": "train",
        "CMU/01": "train",
        "SSM/s1": "test",
    }
    torch.testing.assert_close(items[0].betas, torch.arange(16) / 10)
    assert len({item.key for item in items}) == len(items)


def test_who_stands_in_a_world_with_z_up_stands_along_y_here(tmp_path):
    upright = np.zeros((1, 156))
    upright[0, :3] = made_up.STANDING_Z_UP
    made_up.motion(tmp_path / "a_poses.npz", poses=upright)
    (item,) = amass.read(tmp_path)
    torch.testing.assert_close(item.rotations, Pose.identity().rotations, atol=1e-6, rtol=0)


@pytest.mark.parametrize("body", made_up.WIDTHS)
def test_bodies_of_every_release_give_the_same_pose(tmp_path, body):
    width = made_up.WIDTHS[body]
    wide = made_up.poses(3, 165)
    made_up.motion(tmp_path / "CMU" / "1" / "a_poses.npz", poses=wide[:, :width], width=width, count=3)
    items = list(amass.read(tmp_path, fps=None))
    torch.testing.assert_close(items[2].rotations, made_up.expected(wide, made_up.about_x(-90))[2])


def test_the_smplx_release_has_names_of_its_own(tmp_path):
    whole = made_up.poses(2, 165)
    parts = {"poses": None, "root_orient": whole[:, :3], "pose_body": whole[:, 3:66]}
    made_up.motion(tmp_path / "a_stageii.npz", **parts, mocap_framerate=None, mocap_frame_rate=np.array(10.0))
    items = list(amass.read(tmp_path))
    torch.testing.assert_close(items[1].rotations, made_up.expected(whole, made_up.about_x(-90))[1])


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 300), rate=st.floats(0.5, 500), fps=st.floats(1e-6, 1e6))
def test_frames_are_spread_over_the_motion(tmp_path_factory, count, rate, fps):
    path = tmp_path_factory.mktemp("amass") / "a_poses.npz"
    made_up.motion(path, poses=np.zeros((count, 66)), rate=rate)
    frames = [int(item.key.rpartition(":")[2]) for item in amass.read(path.parent, fps=fps)]
    assert frames[0] == 0 and frames[-1] < count
    assert len(frames) == len(set(frames)) == np.ceil(count / min(max(rate / fps, 1), count))
    steps = np.diff(frames)
    assert not len(steps) or steps.max() - steps.min() <= 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"poses": None}, r"a_poses.npz' lacks 'poses' \[T, 156 or 165\].*found betas, gender, mocap_framerate, trans"),
        ({"poses": np.zeros((3, 70))}, r"\[any, 66/72/156/165\] numbers, found float64 \[3, 70\]"),
        ({"poses": np.zeros((0, 156))}, "a motion of no frames"),
        ({"poses": np.full((2, 156), np.nan)}, r"needs finite 'poses', found nan at \[0, 0\]"),
        ({"poses": np.full((2, 156), 90.0)}, "an angle of 90, radians .*degrees"),
        ({"poses": np.array([["x"] * 156])}, "found <U1"),
        ({"poses": np.array([{}], dtype=object)}, "not a readable .npz"),
        ({"mocap_framerate": None}, "lacks mocap_framerate or mocap_frame_rate.*fps=None"),
        ({"mocap_framerate": np.array(0.0)}, "a frame rate above 0, found 0"),
        ({"betas": np.array([np.inf])}, "finite 'betas'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changed, message):
    made_up.motion(tmp_path / "a_poses.npz", **changed)
    with pytest.raises(ValueError, match=message):
        list(amass.read(tmp_path))


def test_folders_without_motion_are_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match="no folder at .*unpacked"):
        amass.read(tmp_path / "absent")
    with pytest.raises(ValueError, match="no AMASS motion .*it holds nothing"):
        amass.read(tmp_path)
    made_up.save(tmp_path / "shape.npz", betas=np.zeros(10))
    with pytest.raises(ValueError, match="calibration"):
        amass.read(tmp_path)
    with pytest.raises(ValueError, match="fps is a number above 0, found 0"):
        amass.read(tmp_path, fps=0)
    (tmp_path / "b_poses.npz").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ValueError, match="b_poses.npz' is not a readable .npz"):
        list(amass.read(tmp_path))

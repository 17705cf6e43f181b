"""BVH files, read by a small reader written here from the format's definition."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.export import export
from unipose.body.limits import joint_rotations, limits
from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES, PARENTS


def read_bvh(path):
    """Names, parents, and positions [T, J, 3] in the file's unit; End Sites are named after their joint, with "+"."""
    tokens = path.read_text().split()
    assert tokens.pop(0) == "HIERARCHY"
    names, parents, offsets, channels, stack = [], [], [], [], []
    while tokens[0] != "MOTION":
        token = tokens.pop(0)
        if token in ("ROOT", "JOINT", "End"):
            name = tokens.pop(0)
            parents.append(stack[-1] if stack else -1)
            names.append(names[stack[-1]] + "+" if token == "End" else name)
            offsets.append(None)
            channels.append([])
            assert tokens.pop(0) == "{"
            stack.append(len(names) - 1)
        elif token == "OFFSET":
            offsets[stack[-1]] = np.array([float(tokens.pop(0)) for _ in range(3)])
        elif token == "CHANNELS":
            channels[stack[-1]] = [tokens.pop(0) for _ in range(int(tokens.pop(0)))]
        else:
            assert token == "}"
            stack.pop()
    header = re.match(r"MOTION Frames: (\d+) Frame Time: ([\d.]+) ", " ".join(tokens[:6]) + " ")
    frames = np.array(tokens[6:], float).reshape(int(header[1]), -1)
    placed = [[place_joints(row, parents, offsets, channels)] for row in frames]
    return names, parents, channels, float(header[2]), np.concatenate(placed)


def place_joints(row, parents, offsets, channels):
    numbers = list(row)
    matrices = []
    for parent, offset, names in zip(parents, offsets, channels, strict=True):
        own = np.eye(4)
        own[:3, 3] = offset
        for channel in names:
            step, value, axis = np.eye(4), numbers.pop(0), "XYZ".index(channel[0])
            if channel.endswith("position"):
                step[axis, 3] = value
            else:
                c, s = np.cos(np.radians(value)), np.sin(np.radians(value))
                i, j = (axis + 1) % 3, (axis + 2) % 3
                step[i, i], step[i, j], step[j, i], step[j, j] = c, -s, s, c
            own = own @ step
        matrices.append(matrices[parent] @ own if parent >= 0 else own)
    assert not numbers
    return np.stack([matrix[:3, 3] for matrix in matrices])


def joints_of(names, places):
    """[T, 22, 3] metres, the pelvis at the origin."""
    found = places[:, [names.index(name) for name in JOINT_NAMES]] / 100.0
    return found - found[:, :1]


angles = st.lists(st.floats(0, 1), min_size=66, max_size=66).map(np.array)


def within_limits(shares):
    import torch

    low, high = (bound.nan_to_num(posinf=180.0, neginf=-180.0) for bound in limits())
    return Pose(joint_rotations(low + torch.tensor(shares, dtype=torch.float32).view(22, 3) * (high - low)))


@settings(max_examples=25, deadline=None)
@given(first=angles, second=angles)
def test_the_joints_are_where_the_poses_have_them(tmp_path_factory, first, second):
    poses = [within_limits(first), within_limits(second)]
    path = export(poses, tmp_path_factory.mktemp("bvh") / "poses.bvh", fps=10, seconds_between=0.4)
    names, _, _, seconds, places = read_bvh(path)
    assert len(places) == 5 and seconds == pytest.approx(0.1)
    for frame, pose in ((0, poses[0]), (-1, poses[1])):
        assert np.abs(joints_of(names, places)[frame] - pose.joints).max() < 1e-5
    assert np.abs(places[..., 1].min(1)).max() < 1e-3, "not on the floor"


def test_the_skeleton_says_what_the_documentation_says(tmp_path):
    names, parents, channels, _, places = read_bvh(export(Pose.identity(), tmp_path / "rest.bvh"))
    joints = [name for name in names if not name.endswith("+")]
    assert sorted(joints) == sorted(JOINT_NAMES) and len(names) == 27
    for name, parent in zip(names, parents, strict=True):
        if not name.endswith("+") and parent >= 0:
            assert names[parent] == JOINT_NAMES[PARENTS[JOINT_NAMES.index(name)]]
    assert channels[0] == ["Xposition", "Yposition", "Zposition", "Zrotation", "Xrotation", "Yrotation"]
    assert all(channel in ([], ["Zrotation", "Xrotation", "Yrotation"]) for channel in channels[1:])
    assert 150 < np.ptp(places[0, :, 1]) < 190, "centimetres of a grown-up"


def test_channels_run_on_without_jumps(tmp_path):
    turns = [Pose.identity().turned(yaw) for yaw in (0.0, 2.0, 4.0, 6.0, 8.0)]
    text = export(turns, tmp_path / "turn.bvh").read_text().splitlines()
    rows = np.array([line.split() for line in text[text.index("MOTION") + 3 :]], float)
    assert np.abs(np.diff(rows[:, 3:], axis=0)).max() < 30

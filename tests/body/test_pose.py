"""The Pose value: conversions, mirror, heading and files."""

from __future__ import annotations

import json
import math
import re
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES, MIRROR

# Beyond pi on purpose: such vectors name the same rotation as a shorter one.
AXIS_ANGLES = arrays(np.float32, (22, 3), elements=st.floats(-4.0, 4.0, width=32))


def geodesic(a: Pose, b: Pose) -> float:
    """Largest angle between joints, radians."""
    relative = a.rotations.double() @ b.rotations.double().transpose(1, 2)
    # From the skew part: exact near zero, where the arc cosine of the trace is not.
    skew = (relative - relative.transpose(1, 2)).flatten(1).norm(dim=1) / 8**0.5
    cosine = (relative.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2
    return torch.atan2(skew, cosine).max().item()


@settings(max_examples=40, deadline=None)
@given(AXIS_ANGLES)
def test_axis_angle_round_trip(vectors):
    pose = Pose.from_axis_angle(vectors)
    assert pose.axis_angle.dtype == np.float32 and pose.axis_angle.shape == (22, 3)
    assert (np.linalg.norm(pose.axis_angle, axis=1) <= math.pi + 1e-5).all()
    assert geodesic(Pose.from_axis_angle(pose.axis_angle), pose) < 1e-5


@settings(max_examples=40, deadline=None)
@given(AXIS_ANGLES)
def test_mirror_twice_is_the_same_pose(vectors):
    pose = Pose.from_axis_angle(vectors)
    assert pose.mirror().mirror() == pose
    np.testing.assert_allclose(pose.mirror().joints, pose.joints[list(MIRROR)] * [-1, 1, 1], atol=1e-6)
    # The data's own rule: swap sides, negate y and z of every axis-angle.
    assert geodesic(Pose.from_axis_angle(vectors[list(MIRROR)] * np.float32([1, -1, -1])), pose.mirror()) < 1e-5


@settings(max_examples=20, deadline=None)
@given(vectors=AXIS_ANGLES)
@pytest.mark.parametrize("ending", ["npz", "json"])
def test_file_round_trip(tmp_path_factory, vectors, ending):
    path = tmp_path_factory.mktemp("pose") / f"pose.{ending}"
    pose = Pose.from_axis_angle(vectors)
    assert pose.save(path) == path
    assert geodesic(Pose.load(path), pose) < 1e-5


@settings(max_examples=40, deadline=None)
@given(AXIS_ANGLES, st.floats(-3.0, 3.0))
def test_facing_forward_ignores_the_heading(vectors, yaw):
    pose = Pose.from_axis_angle(vectors)
    if min(pose.rotations[0, 0, 0] + pose.rotations[0, 2, 2], pose.rotations[0, 1, 1] + 1) < 0.2:
        pose = Pose.from_axis_angle(vectors * np.float32([[0.1]] + [[1]] * 21))  # nearly upside down: no heading
    assert abs(pose.facing_forward().heading) < 1e-4
    assert geodesic(pose.turned(yaw).facing_forward(), pose.facing_forward()) < 1e-3


def test_npz_is_the_amass_layout(tmp_path):
    vectors = np.linspace(-1, 1, 66, dtype=np.float32)
    Pose.from_axis_angle(vectors).save(tmp_path / "pose.npz")
    with np.load(tmp_path / "pose.npz", allow_pickle=False) as archive:
        assert archive["poses"].shape == (1, 66)
        np.testing.assert_allclose(archive["poses"][0], vectors, atol=1e-6)


def test_body_is_read_from_longer_sequences(tmp_path):
    frames = np.random.default_rng(0).normal(0, 0.5, (4, 156)).astype(np.float32)
    np.savez(tmp_path / "amass.npz", poses=frames)
    assert geodesic(Pose.load(tmp_path / "amass.npz", frame=2), Pose.from_axis_angle(frames[2, :66])) < 1e-6
    np.savez(tmp_path / "split.npz", root_orient=frames[:, :3], pose_body=frames[:, 3:66])
    assert Pose.load(tmp_path / "split.npz", 2) == Pose.load(tmp_path / "amass.npz", 2)
    with pytest.raises(ValueError, match="4 frames, frame 4"):
        Pose.load(tmp_path / "amass.npz", frame=4)


def test_json_says_its_conventions(tmp_path):
    content = json.loads(Pose.identity().save(tmp_path / "pose.json").read_text())
    assert content["joint_names"] == list(JOINT_NAMES) and "radians" in content["rotation"]
    assert np.shape(content["axis_angle"]) == (22, 3) and np.shape(content["joints_m"]) == (22, 3)


def test_equal_by_value():
    a = Pose.from_axis_angle(np.full((22, 3), 0.2))
    assert a == Pose.from_axis_angle(np.full((1, 66), 0.2)) and hash(a) == hash(Pose(a.rotations.clone()))
    assert a != Pose.identity() and a != "a pose"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((21, 3)), r"found \[21, 3\]"),
        (np.zeros((2, 66)), r"found \[2, 66\]"),
        (np.full((22, 3), np.nan), "NaN"),
        (np.full((22, 3), np.inf), "NaN or infinity"),
        ("a pose", "22 x 3 numbers"),
        ([[0, 0, 0], [1]], "22 x 3 numbers"),
    ],
)
def test_wrong_axis_angles_are_named(value, message):
    with pytest.raises(ValueError, match=message):
        Pose.from_axis_angle(value)


def test_tensors_with_a_gradient_are_values():
    vectors = torch.full((22, 3), 0.2, requires_grad=True)
    assert Pose.from_axis_angle(vectors) == Pose.from_axis_angle(np.full((22, 3), 0.2))
    assert not Pose.from_axis_angle(vectors).rotations.requires_grad
    assert Pose.from_axis_angle(vectors.bfloat16()).axis_angle.dtype == np.float32


@pytest.mark.parametrize("value", [[[10**400] * 3] * 22, [[[1, 2], 3, 4]] * 22, [["a"] * 3] * 22, object()])
def test_what_is_no_number_is_named(value):
    with pytest.raises(ValueError, match="numbers") as refusal:
        Pose.from_axis_angle(value)
    assert type(refusal.value) is ValueError
    with pytest.raises(ValueError, match="numbers"):
        Pose.from_rotations(value)


def test_rotations_are_projected_or_refused():
    nearly = torch.eye(3).expand(22, 3, 3) * 1.01
    assert geodesic(Pose.from_rotations(nearly), Pose.identity()) < 1e-6
    with pytest.raises(ValueError, match="orthonormal"):
        Pose(nearly * 2)
    with pytest.raises(ValueError, match="nearest rotation"):
        Pose.from_rotations(-torch.eye(3).expand(22, 3, 3))


def encrypted(path):
    """An archive whose entries claim to be locked with a password, in both of their headers."""
    whole = Pose.identity().save(path).read_bytes()
    path.write_bytes(re.sub(rb"(PK\x03\x04..|PK\x01\x02....)\x00", b"\\1\x01", whole, flags=re.DOTALL))


def giant(path):
    """An archive of one array that says it has petabytes."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 66), }"
    header = header.ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("poses.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)


def cut(path):
    """The directory at the end is whole, the data before it is not."""
    content = bytearray(path.read_bytes())
    content[40:400] = bytes(360)
    path.write_bytes(content)


def test_bad_files_are_named(tmp_path):
    cases = {
        "keys.npz": (lambda p: np.savez(p, theta=np.zeros(66)), "theta"),
        "shape.npz": (lambda p: np.savez(p, poses=np.zeros((1, 60))), r"\[T, 66\]"),
        "nan.npz": (lambda p: np.savez(p, poses=np.full((1, 66), np.nan)), "NaN"),
        "pickled.npz": (lambda p: np.savez(p, poses=np.array([{}], dtype=object)), "pickled.npz|pickle"),
        "text.npz": (lambda p: p.write_text("no archive"), "text.npz"),
        "list.json": (lambda p: p.write_text("[1, 2]"), "axis_angle"),
        "broken.json": (lambda p: p.write_text("{"), "broken.json"),
        "secret.npz": (encrypted, "secret.npz.*(encrypted|password)"),
        "giant.npz": (giant, "giant.npz"),
        "cut.npz": (lambda p: cut(Pose.identity().save(p)), "cut.npz"),
        "digits.json": (lambda p: p.write_text('{"axis_angle": [[1' + "0" * 5000 + "]]}"), "digits.json"),
        "huge.json": (lambda p: p.write_text('{"axis_angle": [[1' + "0" * 400 + "]]}"), "huge.json"),
        "deep.json": (lambda p: p.write_text('{"axis_angle": ' + "[" * 100_000 + "]" * 100_000 + "}"), "deep.json"),
        "nested.json": (lambda p: p.write_text('{"axis_angle": ' + "[" * 100 + "]" * 100 + "}"), "nested.json|shape"),
        "latin.json": (lambda p: p.write_bytes(b'{"\xe9": 1}'), "latin.json"),
        "pose.bvh": (lambda p: p.write_text("HIERARCHY"), "pose.bvh"),
    }
    for name, (write, message) in cases.items():
        write(tmp_path / name)
        with pytest.raises(ValueError, match=message) as refusal:
            Pose.load(tmp_path / name)
        assert type(refusal.value) is ValueError, name
    with pytest.raises(ValueError, match="no pose file"):
        Pose.load(tmp_path / "missing.npz")
    with pytest.raises(ValueError, match=r"\.npz or \.json"):
        Pose.identity().save(tmp_path / "pose.txt")

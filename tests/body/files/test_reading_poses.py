"""Poses out of strangers' files: arrays and JSON. Skeletons are in test_bvh_retarget."""

import json
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unipose.body.export import export
from unipose.body.files.reading import MAX_MEGABYTES, read_poses
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.rotations import to_z_up


@pytest.fixture
def walk():
    """40 upright poses."""
    draws = np.random.default_rng(0)
    vectors = standing().axis_angle + draws.normal(0, 0.15, (40, 22, 3)).astype(np.float32)
    return [Pose.from_axis_angle(row) for row in vectors]


def wide(poses, joints):
    table = np.zeros((len(poses), joints, 3))
    table[:, :22] = [pose.axis_angle for pose in poses]
    return table.reshape(len(poses), -1)


def worst(found, expected):
    """Millimetres."""
    assert len(found) == len(expected)
    return max(np.linalg.norm(a.joints - b.joints, axis=1).max() for a, b in zip(found, expected, strict=True)) * 1000


def z_up(poses):
    return [Pose(to_z_up(pose.rotations)) for pose in poses]


@pytest.mark.parametrize(("joints", "model"), [(22, "SMPL body"), (24, "SMPL in"), (52, "SMPL-H"), (55, "SMPL-X")])
def test_amass_archives_of_every_width_are_turned_from_z_up(walk, tmp_path, joints, model):
    np.savez(tmp_path / "a.npz", poses=wide(z_up(walk), joints), trans=np.ones((40, 3)), mocap_framerate=120.0)
    read = read_poses(tmp_path / "a.npz")
    assert worst(read.poses, walk) < 0.01
    assert model in read.stated and "40 frames at 120 a second" in read.stated
    assert "Z up, turned to Y up (by how the body stands)" in read.stated and "translation" in read.stated
    assert read.times[3] == pytest.approx(3 / 120)


def test_root_and_body_may_be_apart(walk, tmp_path):
    table = wide(z_up(walk), 22)
    np.savez(tmp_path / "a.npz", root_orient=table[:, :3], pose_body=table[:, 3:], pose_hand=np.zeros((40, 90)))
    read = read_poses(tmp_path / "a.npz")
    assert worst(read.poses, walk) < 0.01 and "'root_orient' and 'pose_body'" in read.stated


def test_a_photo_fitter_s_body_is_turned_the_right_way_up(walk, tmp_path):
    flip = np.diag([1.0, -1.0, -1.0])
    matrices = np.stack([pose.rotations.numpy() for pose in walk[:1]])
    np.savez(tmp_path / "a.npz", global_orient=flip @ matrices[:, :1], body_pose=matrices[:, 1:])
    read = read_poses(tmp_path / "a.npz")
    assert worst(read.poses, walk[:1]) < 0.01 and "Y down" in read.stated and "matrices" in read.stated
    fitted = {"global_orient": [Pose.from_rotations(flip @ matrices[0]).axis_angle[0].tolist()],
              "body_pose": [walk[0].axis_angle[1:].ravel().tolist() + [0.1] * 6]}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(fitted))
    read = read_poses(tmp_path / "a.json")
    assert worst(read.poses, walk[:1]) < 0.01 and "Left out: hands and face" in read.stated


def test_what_was_asked_about_the_axes_is_believed(walk, tmp_path):
    np.savez(tmp_path / "a.npz", poses=wide(walk, 24))
    assert worst(read_poses(tmp_path / "a.npz").poses, walk) < 0.01
    turned = read_poses(tmp_path / "a.npz", up="z")
    assert worst(z_up(turned.poses), walk) < 0.01 and "by how" not in turned.stated


@pytest.mark.parametrize("ending", ["npz", "json", "bvh"])
def test_our_own_files_come_back_even_lying_down(tmp_path, ending):
    lying = Pose.from_axis_angle(np.concatenate(([[1.5707963, 0, 0]], standing().axis_angle[1:])))
    for save in (lambda path: export(lying, path), lying.save):
        if save == lying.save and ending == "bvh":
            continue
        read = read_poses(save(tmp_path / f"lying.{ending}"))
        assert worst(read.poses, [lying]) < 0.01 and read.times == (0.0,)


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_sequences_of_ours_keep_their_times(walk, tmp_path, ending):
    read = read_poses(export(walk[:3], tmp_path / f"walk.{ending}", seconds_between=0.5))
    assert worst(read.poses, walk[:3]) < 0.01 and read.times == pytest.approx((0.0, 0.5, 1.0))


@pytest.mark.parametrize("width", [66, 72, 156, 165])
def test_bare_lists_of_numbers_are_poses(walk, tmp_path, width):
    table = wide(walk, width // 3)
    for content, count in ((table[0].tolist(), 1), (table[:4].tolist(), 4), ({"poses": table[:2].tolist()}, 2)):
        (tmp_path / "a.json").write_text(json.dumps(content))
        assert worst(read_poses(tmp_path / "a.json").poses, walk[:count]) < 0.01


def test_long_files_are_thinned_and_say_so(walk, tmp_path):
    np.savez(tmp_path / "a.npz", poses=wide(walk, 22))
    read = read_poses(tmp_path / "a.npz", max_frames=5)
    assert (
        "40 frames, thinned to 5" in read.stated and worst(read.poses[:1] + read.poses[-1:], [walk[0], walk[-1]]) < 0.01
    )
    one = read_poses(tmp_path / "a.npz", frame=7)
    assert worst(one.poses, [walk[7]]) < 0.01 and "number 7 taken" in one.stated and one.times == (7.0,)
    with pytest.raises(ValueError, match="40 frames, frame 40 was asked for"):
        read_poses(tmp_path / "a.npz", frame=40)


REFUSED = [
    ("a.txt", b"", "poses are read from .npz, .json or .bvh"),
    ("a.npz", b"PK\x03\x04 not really", "no .npz archive"),
    ("a.json", b"{", "no JSON"),
    ("a.json", b"[" * 100_000, "a.json"),
    ("a.json", b'"pose"', "holds a str"),
    ("a.json", b"{}", "it has no poses"),
    ("a.json", b'{"spine": 1}', "found spine"),
    ("a.json", b"[[1, 2], [3]]", "no regular table"),
    ("a.json", b"[1, 2, 3]", r"shape \[3\]; expected"),
    ("a.json", b"[" + b"NaN," * 65 + b"1]", "frame 0: .*NaN"),
    ("a.json", b"[" + b"1e999," * 65 + b"1]", "frame 0"),
    ("a.json", b'{"body_pose": [' + b"0," * 31 + b'0], "global_orient": [0, 0, 0]}', "VPoser"),
    ("a.json", b'{"format": "unipose.pose", "axis_angle": [1, 2]}', "22 x 3 numbers"),
    ("a.json", b'{"format": "unipose.pose", "joint_names": ["a"]}', "joint_names"),
    ("a.json", b"\xff\xfe\x00", "no JSON"),
    ("a.bvh", b"", "no BVH"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=range(len(REFUSED)))
def test_a_bad_file_is_refused_in_one_line(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=said) as error:
        read_poses(tmp_path / name)
    assert "\n" not in str(error.value) and len(str(error.value)) < 500 and name in str(error.value)


def test_archives_are_refused_in_one_line(tmp_path):
    path = tmp_path / "a.npz"
    cases = [
        ({"vertices": np.zeros(3)}, "found the keys vertices"),
        ({"poses": np.zeros((3, 50))}, r"shape \[3, 50\]; expected"),
        ({"poses": np.zeros((0, 66))}, "is empty"),
        ({"poses": np.full((3, 66), np.nan)}, "frame 0: .*NaN"),
        ({"poses": np.array(["a"] * 66)}, "no array of numbers"),
        ({"poses": np.array([{}], dtype=object)}, "pickle"),
        ({"root_orient": np.zeros((3, 3)), "pose_body": np.zeros((2, 63))}, "3 frames and 'pose_body' 2"),
        ({"root_orient": np.zeros((3, 3))}, "found root_orient"),
        ({"rotations": np.zeros((22, 3, 3))}, "rotation matrices"),
    ]
    for arrays, said in cases:
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=said) as error:
            read_poses(path)
        assert "\n" not in str(error.value)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("poses.npy", b"\0" * (MAX_MEGABYTES["npz"] * 2**20 + 1))
    assert path.stat().st_size < 2**20
    with pytest.raises(ValueError, match="unpack to more than 64 MB"):
        read_poses(path)
    with path.open("wb") as file:
        file.truncate(MAX_MEGABYTES["npz"] * 2**20 + 2**20)
    with pytest.raises(ValueError, match="65 MB, more than 64; cut it"):
        read_poses(path)
    with pytest.raises(ValueError, match="no pose file"):
        read_poses(tmp_path / "none.npz")


leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers()
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
    st.sampled_from(["poses", "global_orient", "body_pose", "format", "axis_angle", "fps", "up_axis", "x"]), inner,
    max_size=4), max_leaves=12)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=anything)
def test_no_json_does_more_than_be_refused(tmp_path, content):
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="a.json") as error:
        read_poses(tmp_path / "a.json")
    assert "\n" not in str(error.value)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(vectors=st.lists(st.floats(-3, 3), min_size=66, max_size=66))
def test_any_pose_survives_a_file_of_its_own(tmp_path, vectors):
    pose = Pose.from_axis_angle(vectors)
    for ending in ("npz", "json", "bvh"):
        assert worst(read_poses(export(pose, tmp_path / f"a.{ending}")).poses, [pose]) < 1.0

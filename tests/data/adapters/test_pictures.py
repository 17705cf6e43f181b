"""Labels of pictures: Human3.6M in JSON, SPIN's files, COCO's keypoints."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from unipose.body.pose import Pose
from unipose.data.adapters import coco, human36m, keypoints, spin

from . import made_up

# -- Human3.6M -------------------------------------------------------------------------------------------------------


def test_human36m_in_the_axes_of_its_world(tmp_path):
    first, second, third = human36m.read(made_up.human36m(tmp_path))
    turned = made_up.expected(made_up.poses(1, 72, made_up.STANDING_Z_UP), made_up.about_x(-90))[0]
    torch.testing.assert_close(first.rotations, turned)
    assert (first.subject, first.split, first.recording) == ("S9", "test", "s_09_act_02_subact_01_ca_01")
    assert first.box == (10, 20, 30, 40) and first.image is None
    torch.testing.assert_close(second.betas, torch.full((10,), 0.1))
    assert third.rotations is None and third.betas is None and third.keypoints is not None  # never fitted


def test_human36m_as_the_camera_sees_it(tmp_path):
    """Upright in the world is upright before a level camera; only the heading may differ."""
    pose = np.zeros(72)
    pose[:3] = made_up.STANDING_Z_UP  # faces -Y of the world, towards the camera
    (tmp_path / "images").mkdir()
    item = next(human36m.read(made_up.human36m(tmp_path, pose=pose.tolist()), axes="camera"))
    torch.testing.assert_close(item.rotations, Pose.identity().rotations, atol=1e-6, rtol=0)
    assert item.image == tmp_path / "images" / item.key


def test_human36m_joints_become_keypoints(tmp_path):
    """Joints 1 m above the camera's axis, 5 m away, 10 cm apart: 20 pixels apart, 200 above the centre."""
    item = next(human36m.read(made_up.human36m(tmp_path)))
    sure = {name: point for name, point in zip(keypoints.names(), item.keypoints, strict=True) if point[2]}
    assert len(sure) == 13 and "left_eye" not in sure
    torch.testing.assert_close(sure["nose"], torch.tensor([500 + 9 * 20.0, 300.0, 1.0]))
    torch.testing.assert_close(sure["left_ankle"], torch.tensor([500 + 6 * 20.0, 300.0, 1.0]))


def test_human36m_is_thinned_by_frame_and_takes_neuralannot(tmp_path):
    notes = made_up.human36m(tmp_path) / "annotations"
    (notes / "Human36M_subject9_smpl_param.json").rename(notes / "Human36M_subject9_SMPL_NeuralAnnot.json")
    items = list(human36m.read(tmp_path, every=2))
    assert [item.rotations is None for item in items] == [False, True]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("camera", {"1": {"R": [[1]], "t": [0, 0, 0], "f": [1, 1], "c": [0, 0]}}, r"camera 1' needs 'R' as \[3, 3\]"),
        ("camera", {"2": {"R": np.eye(3).tolist(), "t": [0] * 3, "f": [1, 1], "c": [0, 0]}}, "lacks '1'; found 2"),
        ("camera", [], "holds a list, expected a dict"),
        ("joint_3d", {}, r"action 2, subaction 1, frame 0' needs 'joints' as \[17, 3\]"),
        ("smpl_param", {"2": {"1": {"0": {"pose": [0] * 71, "shape": [0] * 10}}}}, r"'pose' as \[72\].*\[71\]"),
        ("smpl_param", {"2": {"1": {"0": {"pose": [[0, 0], [0]], "shape": [0] * 10}}}}, "needs 'pose'"),
        ("smpl_param", {"2": {"1": {"0": {"shape": [0] * 10}}}}, "lacks 'pose'; found shape"),
        ("data", {"images": [], "annotations": [{"image_id": 10}]}, "image 10, which 'images' does not list"),
        ("data", {"images": [{"id": [1]}], "annotations": []}, "'id' as a number or text"),
        ("data", {"images": {}, "annotations": []}, "'images' as a list of tables"),
    ],
)
def test_human36m_says_what_is_wrong(tmp_path, name, change, message):
    made_up.dump(made_up.human36m(tmp_path) / "annotations" / f"Human36M_subject9_{name}.json", change)
    with pytest.raises(ValueError, match=message):
        list(human36m.read(tmp_path))


def test_human36m_misses_a_file(tmp_path):
    (made_up.human36m(tmp_path) / "annotations" / "Human36M_subject9_joint_3d.json").unlink()
    with pytest.raises(ValueError, match="no file of subject 9 .*joint_3d.json"):
        list(human36m.read(tmp_path))


# -- SPIN ------------------------------------------------------------------------------------------------------------


def test_spin_labels_in_our_axes(tmp_path):
    first, second = spin.read(made_up.spin(tmp_path))
    turned = made_up.expected(made_up.poses(2, 72, made_up.STANDING_BEFORE_CAMERA), made_up.about_x(180))
    torch.testing.assert_close(first.rotations, turned[0])
    assert second.rotations is None and second.betas is None  # has_smpl says it means nothing
    assert (first.subject, first.split, first.box) == ("S1", "train", (300, 200, 400, 400))
    assert first.recording == second.recording == "S1/S1_Directions.54138969"
    assert first.keypoints[0].tolist() == [19, 38, 1] and first.keypoints[16].tolist() == [0, 0, 1]
    assert first.image is None
    (tmp_path / "S1").mkdir()
    assert next(spin.read(tmp_path)).image == tmp_path / "S1" / "S1_Directions.54138969_000001.jpg"


def test_who_faces_the_camera_faces_forward(tmp_path):
    pose = np.zeros((1, 72))
    pose[:, :3] = made_up.STANDING_BEFORE_CAMERA
    made_up.spin(
        tmp_path,
        pose=pose,
        shape=np.zeros((1, 10)),
        imgname=np.array([b"a.jpg"]),
        has_smpl=None,
        part=None,
        center=None,
        scale=None,
    )
    (item,) = spin.read(tmp_path)
    torch.testing.assert_close(item.rotations, Pose.identity().rotations, atol=1e-6, rtol=0)
    assert item.keypoints is None and item.box is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pose": None}, "h36m_train.npz' lacks 'pose'"),
        ({"pose": np.zeros((2, 66))}, r"'pose' as \[2, 72\] numbers, found float64 \[2, 66\]"),
        ({"shape": np.full((2, 10), np.inf)}, "finite 'shape'"),
        ({"imgname": np.array(["../a.jpg", "b.jpg"])}, "leads out"),
        ({"imgname": np.array([{}, {}], dtype=object)}, "not a readable .npz"),
        ({"part": np.zeros((2, 17, 3))}, r"\[2, 24, 3\]"),
    ],
)
def test_spin_says_what_is_wrong(tmp_path, changed, message):
    with pytest.raises(ValueError, match=message):
        list(spin.read(made_up.spin(tmp_path, **changed)))


# -- COCO ------------------------------------------------------------------------------------------------------------


def test_coco_gives_people_with_labelled_points(tmp_path):
    (item,) = coco.read(made_up.coco(tmp_path))
    assert item.key == "person_keypoints_val2017:1" and item.split == "val"
    assert item.keypoints[:3].tolist() == [[0, 0, 1], [1, 2, 0.5], [0, 0, 0]]
    assert item.box == (1, 2, 30, 40) and item.rotations is None
    assert item.image == tmp_path / "val2017" / "000000000005.jpg"
    assert item.licence.endswith("picture: Attribution License")


def test_coco_keeps_people_with_enough_points(tmp_path):
    made_up.coco(tmp_path)
    assert [item.key[-2:] for item in coco.read(tmp_path, least=0)] == [":1", ":3"]
    assert len(list(coco.read(tmp_path, least=12))) == 1  # every third of the 17 has visibility 0
    assert not list(coco.read(tmp_path, least=13))


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ({"keypoints": [0] * 50}, r"annotation 1' needs 'keypoints' as \[51\] numbers, found int64 \[50\]"),
        ({"keypoints": [3] * 51}, r"visibilities of 0, 1 or 2, found \[3.0\]"),
        ({"keypoints": None}, "'keypoints' as"),
        ({"keypoints": [float("nan")] * 51}, "finite 'keypoints'"),
        ({"bbox": [1, 2]}, r"'bbox' as \[4\]"),
        ({"image_id": 77}, "image 77, which 'images' does not list"),
        ({"image_id": {}}, "'image_id' as a number or text"),
    ],
)
def test_coco_says_what_is_wrong(tmp_path, annotation, message):
    with pytest.raises(ValueError, match=message):
        list(coco.read(made_up.coco(tmp_path, **annotation)))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("images", [{"id": 5, "file_name": "../../a.jpg"}], "leads out"),
        ("images", [{"id": 5}], "lacks 'file_name'; found id"),
        ("categories", [{"keypoints": ["nose"]}], "needs the keypoints nose, left_eye"),
        ("categories", 3, "'categories' as a list of tables"),
        ("licenses", [3], "'licenses' as a list of tables"),
        ("annotations", [{}], "lacks 'id'; found nothing"),
    ],
)
def test_coco_files_that_are_not_as_documented(tmp_path, key, value, message):
    path = made_up.coco(tmp_path) / "annotations" / "person_keypoints_val2017.json"
    made_up.dump(path, {**json.loads(path.read_text()), key: value})
    with pytest.raises(ValueError, match=message):
        list(coco.read(tmp_path))

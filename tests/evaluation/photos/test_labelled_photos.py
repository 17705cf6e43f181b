"""3DPW and Human3.6M, in tiny files of their layouts."""

import json
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from unipose.body.cameras import Camera
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.postures import standing
from unipose.data.adapters.keypoints import names
from unipose.evaluation.photos.run import Sources, evaluate_photos

FRAMES = 3
BEFORE_CAMERA = np.array([np.pi, 0.0, 0.0])  # upright and facing it, in a camera's axes (Y down, Z forward)


def drawn(layout: str) -> np.ndarray:
    """[K, 2] pixels of a standing person's keypoints, zeros for those we do not have."""
    pixels = Camera(*torch.tensor([200.0, 320.0, 240.0])).project(keypoints(standing().rotations)).numpy()
    places = dict(zip(KEYPOINT_NAMES, pixels, strict=True))
    return np.stack([places.get(name, np.zeros(2)) for name in names(layout)])


def vectors() -> np.ndarray:
    """[72] of that person in a camera's axes."""
    pose = np.concatenate((standing().axis_angle, np.zeros((2, 3)))).astype(np.float64)
    pose[0] = BEFORE_CAMERA
    return pose.ravel()


@pytest.fixture
def threedpw(tmp_path):
    marks = np.zeros((FRAMES, 3, 18))
    pixels = drawn("openpose")
    marks[:, :2], marks[:, 2] = pixels.T, pixels.any(axis=1)
    content = {
        "poses": [np.tile(vectors(), (FRAMES, 1))],
        "betas": [np.zeros(10)],
        "cam_poses": np.tile(np.eye(4), (FRAMES, 1, 1)),
        "campose_valid": [np.ones(FRAMES)],
        "poses2d": [marks],
    }
    path = tmp_path / "sequenceFiles" / "test" / "outdoors_00.pkl"
    path.parent.mkdir(parents=True)
    path.write_bytes(pickle.dumps(content, protocol=2))
    pictures = tmp_path / "imageFiles" / "outdoors_00"
    pictures.mkdir(parents=True)
    for frame in range(FRAMES):
        Image.new("RGB", (640, 480), (90, 90, 90)).save(pictures / f"image_{frame:05d}.jpg")
    return tmp_path


@pytest.fixture
def human36m(tmp_path):
    stem, name = tmp_path / "annotations", "s_09_act_02_subact_01_ca_01/s_09_act_02_subact_01_ca_01_{:06d}.jpg"
    stem.mkdir()
    images = [
        {"id": frame, "file_name": name.format(frame + 1), "action_idx": 2, "subaction_idx": 1, "cam_idx": 1,
         "frame_idx": frame} for frame in range(FRAMES)
    ]  # fmt: skip
    people = [{"image_id": frame, "bbox": [200.0, 60.0, 240.0, 380.0]} for frame in range(FRAMES)]
    # a camera in the world's place, 5 m before the person: f / 5000 mm is 0.2 pixels a millimetre
    camera = {"R": np.eye(3).tolist(), "t": [0, 0, 5000], "f": [1000, 1000], "c": [320, 240]}
    joints = np.zeros((17, 3))
    joints[:, :2] = (drawn("human36m") - [320, 240]) / 0.2
    fit = {"pose": vectors().tolist(), "shape": [0.0] * 10}
    frames = range(FRAMES)
    for kind, content in {
        "data": {"images": images, "annotations": people},
        "camera": {"1": camera},
        "joint_3d": {"2": {"1": {str(frame): joints.tolist() for frame in frames}}},
        "smpl_param": {"2": {"1": {str(frame): fit for frame in frames}}},
    }.items():
        (stem / f"Human36M_subject9_{kind}.json").write_text(json.dumps(content))
    return tmp_path


def test_people_of_3dpw_are_estimated_from_labels_and_pictures(seeing_tiny, threedpw):
    told = []
    report = evaluate_photos(seeing_tiny, Sources(labelled=threedpw), count=2, progress=told.append)
    ways = ("keypoints", "image and keypoints", "image alone")
    assert list(report) == [f"3dpw, {way}, {protocol}" for way in ways for protocol in ("22 joints", "14 joints")]
    assert told == ["labels", *(f"3dpw, {way}" for way in ways)]
    for title, table in report.items():
        assert set(table) == {"reader", "model", "shown"}
        assert all(one["count"] == 2 and one["value"] > 0 for figures in table.values() for one in figures.values())
        if "keypoints" in title:  # the labels' keypoints are those of the labels' pose, in the same axes
            assert table["shown"]["pa_mpjpe"]["value"] < table["model"]["pa_mpjpe"]["value"]


def test_people_of_human36m_are_estimated_from_labels(seeing_tiny, human36m):
    report = evaluate_photos(seeing_tiny, Sources(labelled=human36m), count=2)
    assert list(report) == ["human36m, keypoints, 22 joints", "human36m, keypoints, 14 joints"]  # there are no pictures
    (table, _) = report.values()
    assert table["shown"]["pa_mpjpe"]["value"] < table["model"]["pa_mpjpe"]["value"]


def test_a_split_without_anybody_says_which_there_are(seeing_tiny, threedpw):
    with pytest.raises(ValueError, match="nobody of split 'val' to estimate; splits there: test"):
        evaluate_photos(seeing_tiny, Sources(labelled=threedpw), split="val")
    with pytest.raises(ValueError, match="no folder at"):
        evaluate_photos(seeing_tiny, Sources(labelled=threedpw / "absent"))

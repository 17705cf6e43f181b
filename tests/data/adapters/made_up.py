"""Tiny made-up datasets in the documented layouts: random gentle poses, invented texts, no file of any dataset."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import roma
import torch

WIDTHS = {"SMPL": 72, "SMPL-H": 156, "SMPL-X": 165}
STANDING_Z_UP = np.array([np.pi / 2, 0, 0])
"""Axis-angle of a body that stands upright where Z is up, as AMASS has it."""
STANDING_BEFORE_CAMERA = np.array([np.pi, 0, 0])
"""Axis-angle of a body that stands upright before a camera with Y down, facing it."""


def poses(count: int, width: int = 156, root: np.ndarray = STANDING_Z_UP, seed: int = 0) -> np.ndarray:
    """Axis-angle [count, width]; the root is the same everywhere, a little off ``root`` about every axis."""
    found = 0.3 * np.random.default_rng(seed).standard_normal((count, width))
    found[:, :3] = root + [0.1, 0.3, 0.2]
    return found


def expected(axis_angle: np.ndarray, turn: np.ndarray) -> torch.Tensor:
    """What these poses are in the project's axes, [T, 22, 3, 3]."""
    rotations = roma.rotvec_to_rotmat(torch.from_numpy(axis_angle[:, :66].reshape(-1, 22, 3)))
    rotations[:, 0] = torch.from_numpy(turn) @ rotations[:, 0]
    return rotations.float()


def about_x(degrees: float) -> np.ndarray:
    """A turn about X [3, 3]."""
    return roma.rotvec_to_rotmat(torch.tensor([np.deg2rad(degrees), 0, 0], dtype=torch.float64)).numpy()


def save(path: Path, **arrays: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path


def dump(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def motion(path: Path, count: int = 24, rate: float = 120.0, width: int = 156, seed: int = 0, **changed: Any) -> Path:
    """One motion of AMASS; ``name=None`` leaves an array out."""
    arrays = {
        "poses": poses(count, width, seed=seed),
        "trans": np.zeros((count, 3)),
        "betas": np.arange(16) / 10,
        "gender": np.array("female"),
        "mocap_framerate": np.array(rate),
        **changed,
    }
    return save(path, **{name: value for name, value in arrays.items() if value is not None})


def amass(folder: Path) -> Path:
    """Three motions of two collections, with calibration beside them."""
    motion(folder / "CMU" / "01" / "01_01_poses.npz", seed=1)
    motion(folder / "BioMotionLab_NTroje" / "rub083" / "0031_rom_poses.npz", count=10, rate=20.0, seed=2)
    motion(folder / "SSM_synced" / "s1" / "jump_poses.npz", count=5, rate=10.0, seed=3)
    save(folder / "CMU" / "01" / "shape.npz", gender=np.array("female"), betas=np.zeros(16))
    save(folder / "CMU" / "01" / "neutral_stagei.npz", betas=np.zeros(16))
    return folder


IDS = {
    "7": ["AMASS", "CMU/CMU/01/01_01_poses.npz", 12],
    "8": ["AMASS", "BMLrub/BMLrub/rub083/0031_rom_poses.npz", 3],
    "9": ["AMASS", "CMU/CMU/01/01_01_poses.npz", 5],
}


def posescript(folder: Path) -> Path:
    dump(folder / "ids_2_dataset_sequence_and_frame_index_100k.json", IDS)
    dump(folder / "posescript_human_3.json", {"7": "Knees bent. ", "8": ["Arms out.", "A T."]})
    dump(folder / "posescript_auto_3.json", {"7": ["The knees are bent."], "9": ["The head hangs."]})
    dump(folder / "train_ids_3.json", [7, 8])
    dump(folder / "test_ids_3.json", [9])
    return folder


def posefix(folder: Path) -> Path:
    dump(folder / "ids_2_dataset_sequence_and_frame_index_100k.json", IDS)
    dump(folder / "pair_id_2_pose_ids.json", [[7, 9], [9, 8]])
    dump(folder / "posefix_human_2.json", {"0": "Lift the left arm.", "1": ["Sit down.", "Take a seat."]})
    dump(folder / "posefix_auto_1.json", {"1": ["Bend both knees."]})
    dump(folder / "train_in_sequence_pair_ids.json", [0])
    dump(folder / "val_out_of_sequence_pair_ids.json", [1])
    return folder


def sequence(count: int = 4, actors: int = 2) -> dict[str, Any]:
    """The content of a 3DPW sequence: the second actor does not fit the camera at moment 1."""
    cameras = np.tile(np.eye(4), (count, 1, 1))
    cameras[:, :3, :3] = about_x(170)
    valid = [np.ones(count, dtype=bool) for _ in range(actors)]
    valid[-1][1] = False
    marks = np.zeros((count, 3, 18))
    marks[:, 0], marks[:, 1], marks[:, 2] = np.arange(18), 10 * np.arange(18), 0.5
    marks[:, 0] += 100 * np.arange(count)[:, None]
    return {
        "sequence": "outdoors_00",
        "poses": [poses(count, 72, np.zeros(3), seed=actor) for actor in range(actors)],
        "trans": [np.zeros((count, 3)) for _ in range(actors)],
        "betas": [np.arange(10) / 10.0 for _ in range(actors)],
        "genders": ["m", "f"][:actors],
        "cam_poses": cameras,
        "cam_intrinsics": np.eye(3),
        "campose_valid": valid,
        "poses2d": [marks for _ in range(actors)],
        "img_frame_ids": np.arange(count),
        "texture_maps": [],
    }


def threedpw(folder: Path, protocol: int = 2, **changed: Any) -> Path:
    content = {**sequence(), **changed}
    path = folder / "sequenceFiles" / "validation" / "outdoors_00.pkl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps({k: v for k, v in content.items() if v is not None}, protocol=protocol))
    (folder / "imageFiles" / "outdoors_00").mkdir(parents=True, exist_ok=True)
    return folder


def human36m(folder: Path, **fit: Any) -> Path:
    """Subject 9, one camera, three frames; the last was not fitted with SMPL."""
    stem = folder / "annotations"
    name = "s_09_act_02_subact_01_ca_01/s_09_act_02_subact_01_ca_01_{:06d}.jpg"
    images = [
        {"id": 10 + frame, "file_name": name.format(frame + 1), "width": 1000, "height": 1002, "subject": 9,
         "action_name": "Directions", "action_idx": 2, "subaction_idx": 1, "cam_idx": 1, "frame_idx": frame}
        for frame in range(3)
    ]  # fmt: skip
    people = [{"id": row["id"], "image_id": row["id"], "bbox": [10.0, 20.0, 30.0, 40.0]} for row in images]
    # The camera looks along +Y of the world from 5 m away: its Z is the world's Y, its Y the world's -Z.
    camera = {"R": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "t": [0, 0, 5000], "f": [1000, 1000], "c": [500, 500]}
    joints = [[100.0 * joint, 0.0, 1000.0] for joint in range(17)]
    pose = poses(1, 72, STANDING_Z_UP)[0].tolist()
    params = {"pose": pose, "shape": [0.1] * 10, "trans": [0, 0, 0], **fit}
    dump(stem / "Human36M_subject9_data.json", {"images": images, "annotations": people})
    dump(stem / "Human36M_subject9_camera.json", {"1": camera})
    dump(stem / "Human36M_subject9_joint_3d.json", {"2": {"1": {str(frame): joints for frame in range(3)}}})
    dump(stem / "Human36M_subject9_smpl_param.json", {"2": {"1": {str(frame): params for frame in range(2)}}})
    return folder


def spin(folder: Path, **changed: Any) -> Path:
    arrays = {
        "imgname": np.array(["S1/S1_Directions.54138969_000001.jpg", "S1/S1_Directions.54138969_000006.jpg"]),
        "pose": poses(2, 72, STANDING_BEFORE_CAMERA),
        "shape": np.zeros((2, 10)),
        "has_smpl": np.array([1, 0]),
        "part": np.tile(np.arange(24)[:, None] * [1.0, 2.0, 0.0] + [0, 0, 1], (2, 1, 1)),
        "center": np.array([[500.0, 400.0]] * 2),
        "scale": np.array([2.0, 1.0]),
        **changed,
    }
    save(folder / "h36m_train.npz", **{name: value for name, value in arrays.items() if value is not None})
    return folder


COCO_NAMES = [
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
]  # fmt: skip


def coco(folder: Path, **annotation: Any) -> Path:
    """A person, a crowd and somebody without a labelled point, in two pictures."""
    marks = [value for joint in range(17) for value in (float(joint), 2.0 * joint, (2, 1, 0)[joint % 3])]
    marks = [0 if marks[3 * (place // 3) + 2] == 0 else value for place, value in enumerate(marks)]
    person = {"id": 1, "image_id": 5, "category_id": 1, "iscrowd": 0, "keypoints": marks, "bbox": [1, 2, 30, 40]}
    rows = [
        {**person, **annotation},
        {**person, "id": 2, "iscrowd": 1},
        {**person, "id": 3, "image_id": 6, "keypoints": [0] * 51},
    ]
    content = {
        "licenses": [{"id": 4, "name": "Attribution License", "url": ""}],
        "images": [
            {"id": 5, "file_name": "000000000005.jpg", "width": 64, "height": 48, "license": 4},
            {"id": 6, "file_name": "000000000006.jpg", "width": 64, "height": 48},
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": COCO_NAMES}],
        "annotations": rows,
    }
    dump(folder / "annotations" / "person_keypoints_val2017.json", content)
    (folder / "val2017").mkdir(exist_ok=True)
    return folder


WRITERS = {
    "amass": amass,
    "posescript": posescript,
    "posefix": posefix,
    "3dpw": threedpw,
    "human36m": human36m,
    "spin": spin,
    "coco": coco,
}

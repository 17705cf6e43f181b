"""PoseScript and PoseFix: ids to frames of AMASS, captions, instructions, splits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from unipose.data.adapters import posefix, posescript

from . import made_up

TURN = made_up.about_x(-90)
POSES = {
    "7": made_up.expected(made_up.poses(24, seed=1), TURN)[12],
    "8": made_up.expected(made_up.poses(10, seed=2), TURN)[3],
    "9": made_up.expected(made_up.poses(24, seed=1), TURN)[5],
}


@pytest.fixture
def archive(tmp_path):
    return made_up.amass(tmp_path / "AMASS")


def test_captions_meet_their_frames(tmp_path, archive):
    items = {item.key: item for item in posescript.read(made_up.posescript(tmp_path / "texts"), archive)}
    assert {key: item.texts for key, item in items.items()} == {
        "7": ("Knees bent.", "The knees are bent."),
        "8": ("Arms out.", "A T."),
        "9": ("The head hangs.",),
    }
    assert {key: item.split for key, item in items.items()} == {"7": "train", "8": "train", "9": "test"}
    assert items["8"].subject == "BMLrub/rub083"  # unpacked under the collection's earlier name
    for key, item in items.items():
        torch.testing.assert_close(item.rotations, POSES[key])


def test_captions_of_people_alone(tmp_path, archive):
    items = list(posescript.read(made_up.posescript(tmp_path / "texts"), archive, writers=["human"]))
    assert sorted(item.key for item in items) == ["7", "8"]
    assert all("The knees are bent." not in item.texts for item in items)


def test_the_first_release_has_other_file_names(tmp_path, archive):
    texts = made_up.posescript(tmp_path / "texts")
    (texts / "posescript_human_3.json").rename(texts / "human6293.json")
    (texts / "posescript_auto_3.json").rename(texts / "automatic_A.json")
    assert posescript.recognises(texts)
    assert len(list(posescript.read(texts, archive))) == 3


def test_poses_of_ones_own_stand_in_for_amass(tmp_path):
    texts = made_up.posescript(tmp_path)
    with pytest.raises(ValueError, match="poses.npz'; pass amass="):
        list(posescript.read(texts))
    own = made_up.poses(2, 66)
    made_up.save(texts / "poses.npz", ids=np.array([9, 7]), poses=own)
    with pytest.raises(ValueError, match="lacks pose 8; pass partial=True"):
        list(posescript.read(texts))
    items = {item.key: item for item in posescript.read(texts, partial=True)}
    made_up.save(texts / "poses.npz", ids=np.array([7, 7]), poses=own)
    with pytest.raises(ValueError, match="'ids' that are whole numbers, each once"):
        list(posescript.read(texts, partial=True))
    assert items.keys() == {"7", "9"}
    torch.testing.assert_close(items["7"].rotations, made_up.expected(own, TURN)[1])


def test_pairs_lead_from_one_pose_to_the_other(tmp_path, archive):
    first, second = posefix.read(made_up.posefix(tmp_path / "texts"), archive)
    assert first.texts == ("Lift the left arm.",)
    assert second.texts == ("Sit down.", "Take a seat.", "Bend both knees.")
    assert (first.split, second.split) == ("train", "val")
    for item, (before, after) in ((first, "79"), (second, "98")):
        torch.testing.assert_close(item.rotations, POSES[before])
        torch.testing.assert_close(item.partner, POSES[after])


def test_missing_motions_are_named_or_passed_over(tmp_path, archive):
    (archive / "BioMotionLab_NTroje" / "rub083" / "0031_rom_poses.npz").unlink()
    scripts, fixes = made_up.posescript(tmp_path / "a"), made_up.posefix(tmp_path / "b")
    for read, folder in ((posescript.read, scripts), (posefix.read, fixes)):
        with pytest.raises(ValueError, match="no motion 'BMLrub/BMLrub/rub083/.*SMPL-H.*partial=True"):
            list(read(folder, archive))
    assert [item.key for item in posescript.read(scripts, archive, partial=True)] == ["9", "7"]
    assert [item.key for item in posefix.read(fixes, archive, partial=True)] == ["0"]


TABLE = "ids_2_dataset_sequence_and_frame_index_100k.json"
CASES = [
    (posescript, TABLE, {}, "speaks of pose 7"),
    (posescript, TABLE, {"7": ["AMASS", 3]}, r"\[dataset, sequence, frame\] for id 7"),
    (posescript, TABLE, {**made_up.IDS, "7": ["AMASS", "CMU/01/01_01_poses.npz", -1]}, "whole number from 0, found -1"),
    (posescript, TABLE, {**made_up.IDS, "7": ["AMASS", "CMU/01/01_01_poses.npz", 99]}, "24 frames, frame 99"),
    (posescript, TABLE, {**made_up.IDS, "7": ["AMASS", "../../etc/passwd", 1]}, "leads out of.*refused"),
    (posescript, TABLE, {**made_up.IDS, "7": ["AMASS", "/etc/passwd", 1]}, "leads out of.*refused"),
    (posescript, TABLE, 3, "holds a int, expected a dict or list"),
    (posescript, "posescript_human_3.json", {"7": []}, "a text or a list of texts for id 7"),
    (posescript, "posescript_human_3.json", {"7": ["fine", " "]}, "a text or a list of texts for id 7"),
    (posescript, "posescript_human_3.json", {"7": 3}, "a text or a list of texts for id 7, found 3"),
    (posescript, "val_ids_3.json", [7], "id 7, which is in the train split already|in the val split already"),
    (posescript, "val_ids_3.json", [[7]], "'id' as a whole number"),
    (posefix, "pair_id_2_pose_ids.json", [[7, 9, 8]], "pair 0, found"),
    (posefix, "pair_id_2_pose_ids.json", [[7, "x"]], "pose id of pair 0"),
    (posefix, "pair_id_2_pose_ids.json", [[7, 9]], "instructions for pair 1"),
    (posefix, "pair_id_2_pose_ids.json", [[7, 9], [9, 99]], "speaks of pose 99"),
]


@pytest.mark.parametrize(("adapter", "name", "content", "message"), CASES)
def test_what_is_wrong_is_named(tmp_path, archive, adapter, name, content, message):
    folder = {posescript: made_up.posescript, posefix: made_up.posefix}[adapter](tmp_path / "texts")
    made_up.dump(folder / name, content)
    with pytest.raises(ValueError, match=message):
        list(adapter.read(folder, archive))


@pytest.mark.parametrize("adapter", [posescript, posefix])
def test_folders_and_options_are_checked_at_once(tmp_path, adapter):
    with pytest.raises(ValueError, match="it holds nothing"):
        adapter.read(tmp_path)
    with pytest.raises(ValueError, match=r"writers are human.*found \['robots'\]"):
        adapter.read(tmp_path, writers=["robots"])
    for writer in (made_up.posescript, made_up.posefix):
        writer(tmp_path)
    for path in tmp_path.glob("*human*.json"):
        path.write_text("{broken", encoding="utf-8")
    with pytest.raises(ValueError, match="is not a readable JSON file"):
        adapter.read(tmp_path)

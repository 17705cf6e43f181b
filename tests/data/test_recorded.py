"""The words of recordings: kept where they fit a single pose, and the reasons where they do not."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from unipose.data.recorded import Recorded, dropped, read_told


@pytest.fixture
def folder(tmp_path):
    """Four recordings: a held posture, a motion with a caption of its middle, one of another split, one share-alike."""
    trial = np.array([0, 0, 1, 1, 1, 1, 2, 3], dtype=np.int32)
    np.savez(
        tmp_path / "poses.npz",
        pose_aa=np.zeros((8, 22, 3), dtype=np.float16),
        trial=trial,
        time=np.array([0, 1, 0, 1, 2, 3, 0, 0], dtype=np.float32),
        split=np.array([0, 0, 0, 0, 0, 0, 2, 0], dtype=np.uint8),
        tier=np.zeros(8, dtype=np.uint8),
    )
    caption = {"text": "Someone stands.", "start": 0.5, "end": 2.5}
    trials = [
        {"license": "CC0-1.0", "description": "looking like a scarecrow from afar", "captions": []},
        {"license": "CMU mocap terms", "description": None, "captions": [caption]},
        {"license": "CC0-1.0", "description": "tested only"},
        {"license": "CC BY-SA 3.0", "description": "not to be shipped"},
    ]
    (tmp_path / "trials.json").write_text(json.dumps(trials), encoding="utf-8")
    return tmp_path


def test_texts_come_with_the_poses_of_their_time(folder):
    told = read_told(folder, "train")
    assert [(one.text, len(one.rotations), one.still) for one in told] == [
        ("looking like a scarecrow from afar", 2, True),
        ("Someone stands.", 2, False),
    ]
    assert [one.text for one in read_told(folder, "test")] == ["tested only"]
    assert len(read_told(folder, "train", shippable_only=False)) == 3


def test_texts_are_kept_for_the_poses_that_show_them(tiny_synthesis, folder):
    told = read_told(folder, "train")
    source = Recorded(told, tiny_synthesis)
    # at zero rotations the body stands with level arms, so both texts fit
    assert source.texts == {"looking like a scarecrow from afar": 2, "Someone stands.": 2}
    assert source.reasons == {"kept": 4, "not_true": 0}
    lying = torch.eye(3).repeat(2, 22, 1, 1)
    lying[:, 0] = torch.tensor([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    with pytest.raises(ValueError, match=r"none of 1 texts .*'not_true': 2"):
        Recorded([type(told[0])("Someone stands.", lying, still=False)], tiny_synthesis)


def test_records_ask_in_the_words_of_the_recording(tiny_synthesis, folder):
    source = Recorded(read_told(folder, "train")[:1], tiny_synthesis)
    records = source.batch(5, seed=0)
    assert records == source.batch(5, seed=0)
    assert {record.text.lower() for record in records} == {"looking like a scarecrow from afar"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A person walks, then sits.", "sequence"),
        ("playground - climb, hang, swing", "sequence"),
        ("standing up from a chair", "change"),
        ("FancyFootWork", "label"),
        ("melee block", "label"),
        ("winking", "beyond_the_body"),
        ("kneeling, sitting on the heels", ""),
        ("sitting on a chair", ""),
        ("walk", ""),
    ],
)
def test_reasons_are_told(text, reason):
    assert dropped(text) == reason

"""Labelled pictures: both layouts, splits, examples a model with eyes can learn from, and labels that are wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from unipose.data.pictures import Pictures
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer

from .poses import write_pictures


@pytest.fixture(scope="module")
def tokenizer():
    torch.manual_seed(0)
    made = PoseTokenizer(PoseTokenizerConfig(hidden_size=16, num_layers=1, num_codes=32, code_width=4)).eval()
    made.quantizer.codebook.normal_()
    return made


@pytest.mark.parametrize("layout", ["jsonl", "npz"])
def test_both_layouts_say_the_same(tmp_path, tokenizer, layout):
    write_pictures(tmp_path, 12, layout)
    train, val = (Pictures.load(tmp_path, split, tokenizer) for split in ("train", "val"))
    assert (len(train), len(val)) == (11, 1)
    assert {example.task for example in train.batch(40, 0)} == {"estimate", "estimate_hinted"}
    other = tmp_path / "other"
    other.mkdir()
    write_pictures(other, 12, "jsonl")
    assert Pictures.load(other, "train", tokenizer).codes == train.codes


def test_an_example_is_a_question_with_its_picture_and_the_codes_of_its_pose(tmp_path, tokenizer):
    write_pictures(tmp_path, 12)
    pictures = Pictures.load(tmp_path, "train", tokenizer)
    batch = pictures.batch(20, 5)
    assert batch == pictures.batch(20, 5) != pictures.batch(20, 6)
    for example in batch:
        question, answer = example.messages()
        (image,) = [part["image"] for part in question["content"] if part["type"] == "image"]
        assert isinstance(image, Image.Image)
        assert example.answers_with_pose and tuple(answer["content"][0]["codes"]) == example.codes
        words = " ".join(part["text"] for part in question["content"] if part["type"] == "text")
        assert example.text in words and bool(example.text) == (example.task == "estimate_hinted")


def test_named_splits_are_kept(tmp_path, tokenizer):
    write_pictures(tmp_path, 6, splits=["test", "val", "train", "train", "val", "test"])
    assert [len(Pictures.load(tmp_path, split, tokenizer)) for split in ("train", "val", "test")] == [2, 2, 2]
    with pytest.raises(ValueError, match="split is one of"):
        Pictures.load(tmp_path, "all", tokenizer)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        ({"pose": [[0.0] * 3] * 21}, r"label 1: expected a finite pose \[22, 3\], found shape \[21, 3\]"),
        ({"pose": [[float("nan")] * 3] * 22}, "label 1: expected a finite pose"),
        ({"image": "../secret.png"}, "below the folder"),
        ({"image": "lost.png"}, "lacks 1 of 11 labelled pictures, first 'lost.png'"),
        ({"split": "both"}, "label 1: split is one of train, val, test, found 'both'"),
    ],
)
def test_wrong_labels_are_named(tmp_path, tokenizer, spoil, complaint):
    path = write_pictures(tmp_path, 12) / "labels.jsonl"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(first) | spoil), *rest]) + "\n")
    with pytest.raises(ValueError, match=complaint):
        Pictures.load(tmp_path, "train", tokenizer)


def test_a_folder_needs_one_file_of_labels(tmp_path, tokenizer):
    with pytest.raises(ValueError, match="found neither"):
        Pictures.load(tmp_path, "train", tokenizer)
    write_pictures(tmp_path, 4)
    np.savez(tmp_path / "labels.npz", image=np.array(["a.png"]))
    with pytest.raises(ValueError, match="found both"):
        Pictures.load(tmp_path, "train", tokenizer)
    (tmp_path / "labels.jsonl").unlink()
    with pytest.raises(ValueError, match=r"lacks \['pose_aa'\]"):
        Pictures.load(tmp_path, "train", tokenizer)
    np.savez(tmp_path / "labels.npz", image=np.array(["a.png"]), pose_aa=np.zeros((2, 22, 3)))
    with pytest.raises(ValueError, match="differ in length"):
        Pictures.load(tmp_path, "train", tokenizer)

"""Reading the runs recorded from the official release (the folder ``golden``)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from unipose.model.vocabulary import IMAGE_PATCH

CASES = ("text2pose", "pose_edit_mixed_reply", "pose_difference", "image2pose", "image_difference")
BATCHES = ("batch2_pose_left_padded", "batch2_text_early_eos")
PLACES = 576
"""Image tokens of one picture."""


def read(golden: Path, case: str) -> dict[str, Tensor]:
    """The tensors of a language-model case."""
    return load_file(golden / f"d_{case}.safetensors")


def told(golden: Path) -> dict[str, Any]:
    """What the cases say in words, and the ids of the markers."""
    return json.loads((golden / "d_cases.json").read_text())


def inputs_of(record: dict[str, Tensor]) -> dict[str, Tensor]:
    """The recorded prompt as our tensors: one placeholder an image token, only the pictures that exist."""
    rows = [
        [token for old in row for token in ([IMAGE_PATCH] * PLACES if old == -200 else [old])]
        for row in record["input_ids"].tolist()
    ]
    ids = torch.tensor(rows)
    count = int((ids == IMAGE_PATCH).sum()) // PLACES
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids) if count else record["attention_mask_in"].long()}
    if count:
        inputs["pixel_values"] = record["pixel_values_q64"][:count].float() / 64
        inputs["pose_pixel_values"] = record["hmr_images_q64"][:count, :, :, 32:-32].float() / 64
    return inputs


def parts(template: str, caption: str, poses: list[list[int]], picture: Any = None) -> list[dict[str, Any]]:
    """A recorded template as message parts; poses in order A, B."""
    order = {"<pose>": 0, "<poseA>": 0, "<poseB>": 1}
    result: list[dict[str, Any]] = []
    for piece in re.split(r"(<pose[AB]?>|<image>)", template.replace("<caption>", caption)):
        if piece in order:
            result.append({"type": "pose", "codes": poses[order[piece]]})
        elif piece == "<image>":
            result.append({"type": "image", "image": picture})
        elif piece:
            result.append({"type": "text", "text": piece})
    return result


def conversations_of(golden: Path, case: str, picture: Any = None) -> list[list[dict[str, Any]]]:
    """The recorded prompts as conversations, one a row."""
    words, record = told(golden)["cases"][case], read(golden, case)
    rows = []
    for row, (prompt, caption) in enumerate(zip(words["prompts"], words["captions"], strict=True)):
        poses = [record[f"pose{name}_codes"][row].tolist() for name in "AB"]
        rows.append([{"role": "user", "content": parts(prompt, caption, poses, picture)}])
    return rows

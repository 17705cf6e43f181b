"""Questions to answers in batches, for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from unipose.model.decoding import DecodeSettings, PoseEvent, TokenEvent, decode
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel
from unipose.tasks import Content


@torch.inference_mode()
def poses(
    model: UniPoseModel,
    processor: UniPoseProcessor,
    asks: Sequence[Content],
    *,
    batch: int = 50,
) -> Tensor:
    """Ask for a pose each; the likeliest ones, as rotations [N, 22, 3, 3]."""
    settings = DecodeSettings(force_pose=True, max_new_tokens=processor.num_queries + 2)
    codes: list[Tensor] = [torch.zeros(0, processor.num_queries, dtype=torch.long)]
    for start in range(0, len(asks), batch):
        inputs = processor([_user(ask) for ask in asks[start : start + batch]])
        found = {e.row: e.codes for e in decode(model, inputs, settings) if isinstance(e, PoseEvent)}
        codes.append(torch.stack([found[row] for row in sorted(found)]))
    return model.pose_tokenizer.decode(torch.cat(codes))


@torch.inference_mode()
def texts(
    model: UniPoseModel,
    processor: UniPoseProcessor,
    asks: Sequence[Content],
    *,
    batch: int = 50,
    longest: int = 120,
) -> list[str]:
    """Ask for words each; the likeliest ones."""
    settings = DecodeSettings(forbid_pose=True, max_new_tokens=longest)
    replies: list[str] = []
    for start in range(0, len(asks), batch):
        inputs = processor([_user(ask) for ask in asks[start : start + batch]])
        tokens: list[list[int]] = [[] for _ in range(len(inputs["input_ids"]))]
        for event in decode(model, inputs, settings):
            if isinstance(event, TokenEvent):
                tokens[event.row].append(event.token_id)
        replies += [processor.words(row).strip() for row in tokens]
    return replies


def _user(ask: Content) -> list[dict[str, Any]]:
    return [{"role": "user", "content": ask}]

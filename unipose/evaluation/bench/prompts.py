"""What the network is asked while it is timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from unipose import tasks
from unipose.chat import UniPose
from unipose.model.unipose import UniPoseModel
from unipose.model.vocabulary import IMAGE_PATCH

WISHES = (
    "Lift your left leg.",
    "Raise both arms and look up.",
    "Kneel on the right knee with the left hand on the hip.",
    "Stand with the feet wide apart and bend forward.",
)
MOST = 64
"""Rows of the largest batch."""
_WORDS = 24
"""Tokens of a made-up request."""

Inputs = dict[str, Tensor]


@dataclass(frozen=True)
class Prompts:
    """Prompts of any number of rows, as ``decode`` takes them.

    Attributes:
        to_pose: words, for a pose.
        to_words: a pose and words, for words.
        seen: a picture and words, for a pose; None without eyes.
    """

    to_pose: Callable[[int], Inputs]
    to_words: Callable[[int], Inputs]
    seen: Callable[[int], Inputs] | None


def real(unipose: UniPose) -> Prompts:
    """Requests of people, put to a model as the app puts them."""
    sizes = unipose.model.config.pose_tokenizer_config
    dice = torch.Generator().manual_seed(0)
    codes = torch.randint(0, sizes.num_codes, (MOST, sizes.num_tokens), generator=dice).tolist()

    def batch(asks: Sequence[tasks.Content]) -> Inputs:
        inputs = unipose.processor([[{"role": "user", "content": ask}] for ask in asks])
        return {name: tensor.to(unipose.model.device) for name, tensor in inputs.items()}

    def ask(task: str, **given: Any) -> tasks.Content:
        return tasks.task(task).ask(**given, manner=unipose.model.config.prompt_manner)

    return Prompts(
        to_pose=lambda rows: batch([ask("generate", text=WISHES[row % len(WISHES)]) for row in range(rows)]),
        to_words=lambda rows: batch([ask("describe", poses=[codes[row]]) for row in range(rows)]),
        seen=made_up(unipose.model).seen,
    )


def made_up(model: UniPoseModel, seed: int = 0) -> Prompts:
    """Random words, codes and pixels, for a network that knows no language."""
    vocabulary, eyes, device = model.vocabulary, model.config.vision_config, model.device
    dice = torch.Generator().manual_seed(seed)

    def words(rows: int) -> Tensor:
        return torch.randint(3, vocabulary.base_size, (rows, _WORDS), generator=dice)

    def to_words(rows: int) -> Inputs:
        codes = torch.randint(vocabulary.first_code, vocabulary.begin, (rows, vocabulary.num_queries), generator=dice)
        begin, end = (torch.full((rows, 1), marker) for marker in (vocabulary.begin, vocabulary.end))
        return {"input_ids": torch.cat([begin, codes, end, words(rows)], dim=1).to(device)}

    def seen(rows: int) -> Inputs:
        assert eyes is not None
        patches = torch.full((rows, model.config.num_sight_tokens), IMAGE_PATCH)
        return {
            "input_ids": torch.cat([patches, words(rows)], dim=1).to(device),
            "pixel_values": torch.randn(rows, 3, eyes.clip_side, eyes.clip_side, generator=dice).to(device),
            "pose_pixel_values": torch.randn(rows, 3, *eyes.pose_size, generator=dice).to(device),
        }

    return Prompts(lambda rows: {"input_ids": words(rows).to(device)}, to_words, seen if eyes is not None else None)

"""Networks of a known size with random weights: how fast one is does not depend on what it has learnt."""

from __future__ import annotations

from collections.abc import Callable

import torch
from accelerate import init_empty_weights
from accelerate.utils import set_module_tensor_to_device
from torch import Tensor

from unipose.model.config import UniPoseConfig, VisionConfig
from unipose.model.runtime import ready
from unipose.model.unipose import UniPoseModel

_BLOCK = 1_000_003
"""Random numbers drawn once and laid out over and over: billions would take minutes. A prime, so that no two rows of a
weight are the same.
"""


def official() -> UniPoseConfig:
    """The published sizes: a 7B language model and both image towers."""
    return UniPoseConfig.official()


def mini() -> UniPoseConfig:
    """The official model scaled down until a CPU answers in a second: a quarter of the width, a quarter of the layers.

    Tokens a pose, codes and image tokens are the published ones.
    """
    text = {
        **official().text_config.to_dict(),
        "vocab_size": 4000 + 2048 + 4 + 80,
        "hidden_size": 1024,
        "intermediate_size": 3584,
        "num_hidden_layers": 8,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
    }
    clip = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 4}
    pose = {"hidden_size": 320, "num_hidden_layers": 8, "num_attention_heads": 4}
    return UniPoseConfig(text, vision_config=VisionConfig(clip, pose))


SIZES: dict[str, Callable[[], UniPoseConfig]] = {"official": official, "mini": mini}


def random_network(size: str, device: torch.device, dtype: torch.dtype, seed: int = 0) -> UniPoseModel:
    """Build a network where it is to run; no weight is ever anywhere else.

    Args:
        size: one of ``SIZES``.
        device: as :func:`unipose.model.runtime.pick_device` gives it.
        dtype: of the network; the pose tokenizer is float32.
        seed: of the weights.

    Raises:
        ValueError: another size, or no room for it.
    """
    if size not in SIZES:
        raise ValueError(f"random weights come in the sizes {' and '.join(SIZES)}, found '{size}'")
    with init_empty_weights(include_buffers=False):
        model = UniPoseModel(SIZES[size]())
    block = torch.randn(_BLOCK, generator=torch.Generator().manual_seed(seed)).mul_(0.02).to(device)
    try:
        for name, parameter in list(model.named_parameters()):
            exact = name.startswith("pose_tokenizer.")
            value = torch.empty(parameter.shape, dtype=torch.float32 if exact else dtype, device=device)
            set_module_tensor_to_device(model, name, device, value=_fill(value, name, block), dtype=value.dtype)
        for name, _ in list(model.named_buffers()):
            set_module_tensor_to_device(model, name, device)
    except torch.OutOfMemoryError as error:
        raise ValueError(f"{device} has no room for the size '{size}' in {dtype}; try --dtype bfloat16") from error
    return ready(model.requires_grad_(False))


def _fill(value: Tensor, name: str, block: Tensor) -> Tensor:
    """Norms pass everything on, nothing is biased, matrices are random."""
    if value.ndim == 1:
        return value.fill_(1.0 if name.endswith("weight") else 0.0)
    flat = value.view(-1)
    for start in range(0, len(flat), _BLOCK):
        part = flat[start : start + _BLOCK]
        part.copy_(block[: len(part)])
    return value

"""How fast the model answers on this machine, and how much memory it takes."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from unipose.body.postures import standing
from unipose.chat import UniPose

_PROMPTS = (
    "Lift your left leg.",
    "Raise both arms and look up.",
    "Kneel on the right knee with the left hand on the hip.",
    "Stand with the feet wide apart and bend forward.",
)


def bench(model: UniPose, repeats: int = 20) -> dict[str, float]:
    """Time the verbs after a warm-up.

    Args:
        model: already loaded.
        repeats: calls per figure, at least 1.

    Returns:
        ``*_ms_p50`` and ``*_ms_p90`` in milliseconds a call, ``text_tokens_per_s`` while describing, ``threads``,
        and ``peak_memory_mb``, the largest resident size of this process so far.
    """
    if repeats < 1:
        raise ValueError(f"repeats are 1 or more, found {repeats}")
    pose = standing()
    codes = model.encode_pose(pose)
    figures: dict[str, float] = {}
    calls: dict[str, Callable[[int], Any]] = {
        "generate": lambda turn: model.generate(_PROMPTS[turn % len(_PROMPTS)]),
        "edit": lambda turn: model.edit(pose, _PROMPTS[turn % len(_PROMPTS)]),
        "encode": lambda turn: model.encode_pose(pose),
        "decode": lambda turn: model.decode_pose(codes),
    }
    for name, call in calls.items():
        figures |= _milliseconds(name, call, repeats)
    figures["text_tokens_per_s"] = _text_rate(model, repeats)
    figures["threads"] = float(torch.get_num_threads())
    figures["peak_memory_mb"] = _peak_memory()
    return figures


def _milliseconds(name: str, call: Callable[[int], Any], repeats: int) -> dict[str, float]:
    call(0)
    taken = []
    for turn in range(repeats):
        started = time.perf_counter()
        call(turn)
        taken.append(1000 * (time.perf_counter() - started))
    return {f"{name}_ms_p{level}": float(np.percentile(taken, level)) for level in (50, 90)}


def _text_rate(model: UniPose, repeats: int) -> float:
    tokens, seconds = 0, 0.0
    for turn in range(repeats):
        reply = model.describe(standing(), seed=turn)
        tokens += len(model.processor.tokenizer.encode(reply.text, add_special_tokens=False))
        seconds += reply.seconds
    return tokens / seconds


def _peak_memory() -> float:
    """MB; the system counts in kB, on macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)

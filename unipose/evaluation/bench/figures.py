"""The figures, by name. What is compared is measured side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from unipose.body.postures import standing
from unipose.chat import UniPose
from unipose.evaluation.bench.machine import (
    forget_peak,
    milliseconds,
    peak_memory,
    read_speed,
    seconds,
    seconds_to_first,
    synchronise,
)
from unipose.evaluation.bench.one_by_one import seconds_each
from unipose.evaluation.bench.prompts import MOST, WISHES, Inputs, Prompts, made_up, real
from unipose.model.decoding import DecodeSettings, TokenEvent, decode
from unipose.model.unipose import UniPoseModel

BATCHES = (1, 16, 32, MOST)
WORDS = 64
"""Tokens of a reply in words, unless the model ends it before: a full description of a pose."""


@dataclass(frozen=True)
class Effort:
    """How often things are measured.

    Attributes:
        calls: a figure of one request, after one call that is not counted.
        rounds: over the sizes of batches. Each goes through all sizes, so that whatever else the machine does in the
            meantime slows all of them.
        sizes: of the batches; the first is what the others are compared with.
    """

    calls: int = 20
    rounds: int = 2
    sizes: tuple[int, ...] = BATCHES

    def __post_init__(self) -> None:
        if self.calls < 1:
            raise ValueError(f"repeats are 1 or more, found {self.calls}")


def bench(unipose: UniPose, effort: Effort | None = None) -> dict[str, float]:
    """Time a model: its network, and its verbs, which also check what they say and mend what they show.

    Args:
        unipose: already loaded.
        effort: how often.

    Returns:
        what :func:`bench_network` does, and of the verbs ``generate``, ``edit``, ``describe_first`` (the first piece of
        text), ``encode`` and ``decode`` the ``*_ms_p50`` and ``*_ms_p95``.
    """
    effort = effort or Effort()
    pose = standing()
    codes = unipose.encode_pose(pose)
    verbs: dict[str, Callable[[str], Any]] = {
        "generate": unipose.generate,
        "edit": lambda wish: unipose.edit(pose, wish),
        "describe_first": lambda wish: seconds_to_first(lambda: unipose.describe_stream(pose)),
        "encode": lambda wish: unipose.encode_pose(pose),
        "decode": lambda wish: unipose.decode_pose(codes),
    }
    figures: dict[str, float] = {}
    for name, verb in verbs.items():
        for wish in WISHES:  # what is loaded when first needed is loaded now
            verb(wish)
        wishes = (WISHES[turn % len(WISHES)] for turn in range(effort.calls))
        taken = [seconds(partial(verb, wish), unipose.model.device) for wish in wishes]
        figures |= milliseconds(name, taken)
    return figures | bench_network(unipose.model, effort, real(unipose))


@torch.no_grad()
def bench_network(
    model: UniPoseModel, effort: Effort | None = None, prompts: Prompts | None = None
) -> dict[str, float]:
    """Time a network alone.

    Args:
        model: in evaluation mode.
        effort: how often.
        prompts: what it is asked; default random.

    Returns:
        by name:

        - ``first_word``, ``text_to_pose``, ``image_to_pose`` (with eyes), ``pose_one_pass`` and
          ``pose_token_by_token`` (after the prompt) in ``_ms_p50`` and ``_ms_p95``; ``one_pass_gain``, the ratio of the
          last two;
        - ``words_per_s`` of one reply after its first word, ``word_ms``; ``weights_mb`` that each word reads, ``read_gb_per_s``
          of this memory, ``floor_ms`` which reading alone takes, ``floor_share`` of ``word_ms``;
        - for each batch of n: ``poses_per_s_n``, ``words_per_s_n``, and ``pose_batch_gain_n``, ``word_batch_gain_n``,
          the ratios to one at a time;
        - ``peak_memory_mb``, ``parameters_m`` (millions), ``threads``.
    """  # noqa: E501
    effort, prompts, device = effort or Effort(), prompts or made_up(model), model.device
    forget_peak(device)
    pose = DecodeSettings(max_new_tokens=model.vocabulary.num_queries + 2, max_poses=1, force_pose=True)
    words = DecodeSettings(max_new_tokens=WORDS, forbid_pose=True)

    def to_pose(inputs: Inputs) -> None:
        next(decode(model, inputs, pose))

    figures: dict[str, float] = {}
    ask = prompts.to_words(1)
    figures |= _repeated("first_word", lambda: next(decode(model, ask, words)), effort.calls, device)
    wish = prompts.to_pose(1)
    figures |= _repeated("text_to_pose", lambda: to_pose(wish), effort.calls, device)
    if prompts.seen is not None:
        seen = prompts.seen(1)
        figures |= _repeated("image_to_pose", lambda: to_pose(seen), max(1, effort.calls // 4), device)
    figures |= _ways(model, wish, max(1, effort.calls // 4))
    figures |= _floor(model, ask, words, effort.rounds)
    for name, asks, how in (("pose", prompts.to_pose, pose), ("word", prompts.to_words, words)):
        figures |= _batches(model, name, asks, how, effort)
    count = sum(parameter.numel() for parameter in model.parameters())
    return figures | {
        "peak_memory_mb": peak_memory(device),
        "parameters_m": count / 1e6,
        "threads": float(torch.get_num_threads()),
    }


def _repeated(name: str, call: Callable[[], Any], repeats: int, device: torch.device) -> dict[str, float]:
    call()
    return milliseconds(name, [seconds(call, device) for _ in range(repeats)])


def _ways(model: UniPoseModel, wish: Inputs, repeats: int) -> dict[str, float]:
    prompt = wish["input_ids"][0]
    seconds_each(model, prompt, 1)
    one_pass, one_by_one = seconds_each(model, prompt, repeats)
    figures = milliseconds("pose_one_pass", one_pass) | milliseconds("pose_token_by_token", one_by_one)
    gain = figures["pose_token_by_token_ms_p50"] / figures["pose_one_pass_ms_p50"]
    return figures | {"one_pass_gain": gain}


def _floor(model: UniPoseModel, ask: Inputs, words: DecodeSettings, repeats: int) -> dict[str, float]:
    """How long a word takes, and how long reading the weights it needs would take alone."""
    taken = []
    for _ in range(repeats + 1):
        events = decode(model, ask, words)
        next(events)
        synchronise(model.device)
        started = time.perf_counter()
        said = sum(1 for _ in events)  # every event after the first stands for one pass, the end too
        synchronise(model.device)
        taken.append((time.perf_counter() - started) / said)
    word = sorted(taken[1:])[len(taken[1:]) // 2]
    size = sum(p.nbytes for p in model.language_model.parameters()) + model.lm_head.weight.nbytes
    size -= model.get_input_embeddings().weight.nbytes  # of which a word reads one row
    speed = read_speed(size, model.device)
    return {
        "words_per_s": 1 / word,
        "word_ms": 1000 * word,
        "weights_mb": size / 1e6,
        "read_gb_per_s": speed / 1e9,
        "floor_ms": 1000 * size / speed,
        "floor_share": size / speed / word,
    }


def _batches(
    model: UniPoseModel, name: str, asks: Callable[[int], Inputs], how: DecodeSettings, effort: Effort
) -> dict[str, float]:
    """Answers a second in batches; a batch of one is what one request at a time gives."""
    batches = {size: asks(size) for size in effort.sizes}
    said = dict.fromkeys(effort.sizes, 0)
    taken = dict.fromkeys(effort.sizes, 0.0)
    for _ in range(effort.rounds):
        for size, inputs in batches.items():
            started = time.perf_counter()
            events = list(decode(model, inputs, how))
            synchronise(model.device)
            taken[size] += time.perf_counter() - started
            said[size] += size if how.force_pose else sum(isinstance(event, TokenEvent) for event in events)
    rates = {size: said[size] / taken[size] for size in effort.sizes}
    first, *more = effort.sizes
    figures = {f"{name}s_per_s_{size}": rate for size, rate in rates.items()}
    return figures | {f"{name}_batch_gain_{size}": rates[size] / rates[first] for size in more}

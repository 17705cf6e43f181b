"""A pose in one pass against the same pose token by token, which is how a language model would write it."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from unipose.evaluation.bench.machine import seconds
from unipose.model.steps import Steps, begin_steps
from unipose.model.unipose import UniPoseModel


def prefilled(model: UniPoseModel, prompt: Tensor) -> Steps:
    """Passes that have read a prompt, int64 [T]."""
    steps = begin_steps(model, 1, len(prompt) + model.vocabulary.num_queries + 2)
    steps.forward([prompt.tolist()], [None], 1, {})
    return steps


def in_one_pass(model: UniPoseModel, steps: Steps) -> list[int]:
    """The codes of a pose: begin-of-pose and all queries at once."""
    vocabulary = model.vocabulary
    feed = [vocabulary.begin, *vocabulary.query_ids]
    logits = steps.forward([feed], [None], vocabulary.num_queries, {})
    codes: list[int] = logits[0, :, vocabulary.code_rows].argmax(dim=-1).tolist()
    return codes


def token_by_token(model: UniPoseModel, steps: Steps) -> list[int]:
    """The codes of a pose, each read off one pass and fed to the next, with the same cache."""
    vocabulary = model.vocabulary
    codes: list[int] = []
    while len(codes) < vocabulary.num_queries:
        feed = vocabulary.first_code + codes[-1] if codes else vocabulary.begin
        logits = steps.forward([[feed]], [None], 1, {})
        codes.append(int(logits[0, -1, vocabulary.code_rows].argmax()))
    return codes


def seconds_each(model: UniPoseModel, prompt: Tensor, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds of both ways after the same prompt, int64 [T], in turn; the prompt's own pass is not counted.

    Returns:
        in one pass, and token by token.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for way, times in zip((in_one_pass, token_by_token), taken, strict=True):
            steps = prefilled(model, prompt)
            times.append(seconds(partial(way, model, steps), model.device))
            steps.close()
    return taken

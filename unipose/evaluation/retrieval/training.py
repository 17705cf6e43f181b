"""Teaching the evaluator: contrastive steps over examples written beforehand."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from unipose.evaluation.retrieval.examples import Examples
from unipose.evaluation.retrieval.model import RetrievalConfig, RetrievalModel
from unipose.evaluation.retrieval.words import split, vocabulary

BATCH = 256
_RATE, _WARMUP = 2e-3, 50
_SHARD = 16  # batches whose texts are sorted by length together


def teach(
    examples: Examples,
    steps: int,
    seconds: float = math.inf,
    batch: int = BATCH,
    seed: int = 0,
    progress: Callable[[float, float], None] = lambda done, loss: None,
    **sizes: int,
) -> RetrievalModel:
    """Train a model from nothing.

    Args:
        examples: at least two batches of them; their poses say how many a text is about.
        steps: of training.
        seconds: after so many it ends early; the learning rate falls to nothing by then, too.
        batch: examples a step, each the foil of the others.
        seed: of first weights and of batches.
        progress: told the share that is done and the loss, after every step.
        sizes: of :class:`RetrievalConfig`.

    Raises:
        ValueError: for too few examples.
    """
    if len(examples) < batch:
        raise ValueError(f"training takes {batch} examples or more, found {len(examples)}")
    torch.manual_seed(seed)
    config = RetrievalConfig(vocabulary(examples.texts), examples.rotations.shape[1], **sizes)
    model = RetrievalModel(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=0.01, betas=(0.9, 0.98))
    started = time.monotonic()
    for step, (rotations, texts) in enumerate(_batches(examples, batch, random.Random(seed))):
        done = max(step / steps, (time.monotonic() - started) / seconds)
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / _WARMUP) * 0.5 * (1 + math.cos(math.pi * done))
        loss = model(rotations, texts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        progress(done, loss.item())
    return model.eval()


def _batches(examples: Examples, size: int, rng: random.Random) -> Iterator[tuple[Tensor, list[str]]]:
    """Endless batches; texts of much the same length together, so that little is padded and length tells nothing."""
    lengths = [len(split(text)) for text in examples.texts]
    while True:
        order = rng.sample(range(len(examples)), len(examples))
        batches = [
            shard[first : first + size]
            for start in range(0, len(order), size * _SHARD)
            for shard in [sorted(order[start : start + size * _SHARD], key=lengths.__getitem__)]
            for first in range(0, len(shard) - size + 1, size)
        ]
        rng.shuffle(batches)
        for rows in batches:
            yield examples.rotations[rows], [examples.texts[row] for row in rows]

"""Are texts different, and how fast are they made?"""

from __future__ import annotations

import random
import re
import time
from collections import Counter

import torch
from torch import Tensor

from unipose.evaluation.words.described import describe
from unipose.evaluation.words.figures import Figure
from unipose.language.measuring.registry import Registry

_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_LEVEL = 1  # a gist
_ITEMS = 6  # statements of a text that is checked


def variety(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Gists of different poses [N, 22, 3, 3], from all registers: distinct texts, words, and the commonest pair."""
    texts = [caption.text for caption in describe(rotations, seed, [_LEVEL]).captions]
    words = [_WORD.findall(text.lower()) for text in texts]
    known = {word for text in words for word in text}
    pairs = Counter(pair for text in words for pair in zip(text, text[1:], strict=False))
    commonest = pairs.most_common(1)[0][1] / pairs.total() if pairs else 0.0
    return [
        Figure("distinct texts", len(set(texts)) / len(texts), len(texts), 0.99),
        Figure("different words", len(known), len(texts), 800),
        Figure("share of the commonest pair of words", commonest, pairs.total(), 0.02, at_most=True),
    ]


def speed(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Poses [N, 22, 3, 3] described and checked on one core: gists a second from rotations to words, and poses a
    second that are checked for six statements (measures at hand, and from rotations)."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        describe(
            rotations[: len(rotations) // 2], seed, [_LEVEL], plain=True
        )  # what is read or reckoned once is so now
        started = time.perf_counter()
        told = describe(rotations, seed, [_LEVEL], plain=True)
        described = time.perf_counter() - started
        registry, rng = Registry.load(), random.Random(seed)
        spoken = [predicate.id for predicate in registry.table if not predicate.silent]
        names = rng.sample(spoken, _ITEMS)
        many = told.values.repeat(max(1, 20_000 // len(rotations)), 1)
        registry.margins(many[:10], names)
        started = time.perf_counter()
        registry.margins(many, names)
        judged = time.perf_counter() - started
        started = time.perf_counter()
        registry.margins(registry.measure_poses(rotations), names)
        whole = time.perf_counter() - started
    finally:
        torch.set_num_threads(threads)
    return [
        Figure("gists a second on one core", len(rotations) / described, len(rotations), 300),
        Figure("poses checked a second on one core", len(many) / judged, len(many), 20_000),
        Figure("poses measured and checked a second on one core", len(rotations) / whole, len(rotations)),
    ]

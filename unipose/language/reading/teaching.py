"""Trains the reader of unknown wordings on our own wordings.

It learns phrases and what they claim, with words left out and exchanged for words of the same concept. How sure a
reading is, is learnt from phrases that were held back, and from phrases that make no sense.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from unipose.language.measuring.registry import read_data
from unipose.language.reading.lessons import Lessons
from unipose.language.reading.nearest import Claims, Nearest
from unipose.language.reading.plain import Phrase
from unipose.language.reading.reader import BUCKETS, WIDTH, Features, Reader
from unipose.language.reading.second_look import EVIDENCE, SecondLook
from unipose.language.reading.slots import THAT, THIS, SideSlots

EPOCHS = 15
_BATCH, _RATE, _SPREAD, _SMOOTHING = 512, 2e-2, 0.3, 0.05
_DROPPED, _EXCHANGED = 0.1, 0.1  # of the words
_HELD_BACK = 0.1  # of the phrases, and again of the patterns
_WEIGHED = 4000  # of those held back, at most: a handful of numbers is fitted on them

Example = tuple[Phrase, Claims]


def teach(lessons: Lessons, epochs: int = EPOCHS) -> Reader:
    """A reader of these wordings. Takes some minutes on one core."""
    examples = lessons.bare()
    worth = _calibration(examples, lessons.slots, epochs)
    return _fitted(list(examples), _concepts(), epochs, worth)


def _concepts() -> dict[str, str]:
    return {word: name for name, words in read_data("concepts.yaml")["concepts"].items() for word in words}


def _fitted(
    examples: Sequence[Example], concept_of: Mapping[str, str], epochs: int, calibration: Sequence[float]
) -> Reader:
    generator, rng = torch.Generator().manual_seed(0), random.Random(0)
    features = Features(concept_of)
    claims = sorted({claims for _, claims in examples}, key=repr)
    number = {each: i for i, each in enumerate(claims)}
    target = torch.tensor([number[claims] for _, claims in examples])
    inputs = torch.nn.Parameter(_SPREAD * torch.randn(BUCKETS, WIDTH, generator=generator))
    outputs = torch.nn.Parameter(_SPREAD * torch.randn(len(claims), WIDTH, generator=generator))
    optimizer = torch.optim.AdamW([inputs, outputs], lr=_RATE, weight_decay=1e-5)
    batches = epochs * -(-len(examples) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=batches)
    alike: dict[str, list[str]] = {}
    for word, concept in concept_of.items():
        alike.setdefault(concept, []).append(word)
    for _ in range(epochs):
        for rows in torch.randperm(len(examples), generator=generator).split(_BATCH):
            bags = [features.of(_varied(examples[row][0], concept_of, alike, rng)) for row in rows.tolist()]
            starts = torch.tensor([0, *map(len, bags[:-1])]).cumsum(0)
            # a list of a hundred thousand numbers becomes an array sooner than a tensor
            flat = torch.from_numpy(np.fromiter(itertools.chain.from_iterable(bags), dtype=np.int64))
            phrases = functional.embedding_bag(flat, inputs, starts, mode="mean")
            loss = functional.cross_entropy(phrases @ outputs.T, target[rows], label_smoothing=_SMOOTHING)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return Reader(claims, inputs.detach().numpy(), outputs.detach().numpy(), calibration)


def _varied(
    words: Phrase, concept_of: Mapping[str, str], alike: Mapping[str, Sequence[str]], rng: random.Random
) -> Phrase:
    kept = tuple(word for word in words if rng.random() >= _DROPPED) or words
    return tuple(
        rng.choice(alike[concept_of[word]]) if word in concept_of and rng.random() < _EXCHANGED else word
        for word in kept
    )


def _calibration(examples: Mapping[Example, str], slots: SideSlots, epochs: int) -> list[float]:
    """What each kind of evidence is worth: fitted on phrases that were held back. ``examples`` to their patterns."""
    rng = random.Random(0)
    patterns = sorted(set(examples.values()))
    out = set(rng.sample(patterns, int(_HELD_BACK * len(patterns))))
    held = {one for one, pattern in examples.items() if pattern in out or rng.random() < _HELD_BACK}
    kept = [one for one in examples if one not in held]
    nearest = Nearest(kept, read_data("concepts.yaml"))
    unweighed = [0.0] * (len(EVIDENCE) + 1)
    look = SecondLook(slots, nearest, _fitted(kept, nearest.concept_of, epochs, unweighed), 1.0)
    evidence: list[tuple[float, ...]] = []
    right: list[bool] = []
    for words, claims in rng.sample(sorted(held, key=repr), min(len(held), _WEIGHED)):
        said = tuple({THIS: "left", THAT: "right"}.get(word, word) for word in words)
        for phrase, truth in ((said, claims), (_senseless(said, kept, rng), ())):
            candidates = look.candidates(phrase)
            evidence += [candidate.evidence for candidate in candidates]
            right += [candidate.bare == truth for candidate in candidates]
    return _logistic(torch.tensor(evidence), torch.tensor(right).float())


def _senseless(words: Phrase, others: Sequence[Example], rng: random.Random) -> Phrase:
    """Half of a phrase with strange words, or with half of another one."""
    half = list(words[: -(-len(words) // 2)]) if rng.random() < 0.5 else list(words[len(words) // 2 :])
    if rng.random() < 0.5:
        strange = ["".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiou") for _ in range(3)) for _ in range(2)]
        return (*half, *strange)
    other = rng.choice(others)[0]
    return (*half, *(word for word in other[len(other) // 2 :] if word not in (THIS, THAT)))


def _logistic(evidence: Tensor, right: Tensor) -> list[float]:
    """Weights of a logistic regression, the constant last: [N, E] and [N] to E + 1 numbers."""
    weights = torch.zeros(evidence.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = functional.binary_cross_entropy_with_logits(evidence @ weights[:-1] + weights[-1], right)
        value.backward()
        return value

    optimizer.step(loss)
    return weights.tolist()

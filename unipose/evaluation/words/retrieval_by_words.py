"""Does a text single out its pose? The source is looked for among many poses by what the text claims alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from unipose.evaluation.words.described import measured
from unipose.evaluation.words.figures import Figure
from unipose.language.checking.checker import Checker
from unipose.language.checking.verdicts import soft_score
from unipose.language.choosing.bank import Bank
from unipose.language.choosing.choice import Chooser
from unipose.language.choosing.plan import Planner
from unipose.language.items import Amount, Item, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.writing.amounts import Amounts

_STATEMENTS = 6
_SAME_PART = 1.0  # sigmas: how much a number loses against one of a part not yet spoken of
_ALIKE = 1e-6
# A listener who expects to be told what is most unusual: what each nat of it that went unsaid costs of the soft score,
# and how many of the most unusual statements are counted.
_UNSAID, _UNUSUAL = 0.01, 5


def retrieval(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Gists, six statements, and six with numbers among them or only numbers, each looked for among all of the poses.

    Args:
        rotations: [N, 22, 3, 3], the pool; each pose is looked for in turn.
        seed: of the rounding of numbers.
    """
    registry = Registry.load()
    values = measured(rotations)
    plain, telling = Listener(registry, values), Listener(registry, values, minds_unsaid=True)
    texts = Texts(registry, values, seed)
    gists, six = texts.gists(), texts.statements()
    return [
        _figure("a gist", plain.finds(gists), 0.90),
        _figure("a gist, minding what went unsaid", telling.finds(gists), 0.90),
        _figure("six statements", plain.finds(six), 0.99),
        _figure("six statements, minding what went unsaid", telling.finds(six)),
        _figure("three statements and three numbers", plain.finds(texts.statements_and_numbers()), 0.99),
        _figure("six numbers", plain.finds(texts.numbers()), 0.99),
    ]


class Texts:
    """What is said of each of N poses, always the most telling.

    Args:
        registry: the predicates.
        values: [N, M] measures.
        seed: of the rounding of numbers.
    """

    def __init__(self, registry: Registry, values: Tensor, seed: int = 0) -> None:
        self._registry, self._values, self._seed = registry, values, seed
        bank = Bank.load(registry)
        self._planner, self._chooser = (
            Planner(registry, bank, temperature=0.0),
            Chooser(registry, bank, temperature=0.0),
        )
        self._amounts = Amounts.load(registry)
        self._margins = registry.margins(values).numpy()
        self._truth = registry.truth(values).numpy()

    def gists(self) -> list[tuple[Item, ...]]:
        """What a text of level 1 says."""
        rng = random.Random(self._seed)
        rows = zip(self._values, self._margins, strict=True)
        return [self._planner.plan(row, rng, "gist", margins=margins).items for row, margins in rows]

    def statements(self) -> list[list[Item]]:
        """Six statements; the posture only where it is telling."""
        rng, chooser = random.Random(self._seed), self._chooser
        chosen = [chooser.choose(chooser.spoken(truth), rng, _STATEMENTS, 0.0) for truth in self._truth]
        return [[Statement(self._registry.predicates[which]) for which in row] for row in chosen]

    def numbers(self, count: int = _STATEMENTS) -> list[list[Item]]:
        """As many numbers: those that are nearest to what they are rounded to, spread over the parts of the body."""
        rng = random.Random(self._seed)
        return [self._of_pose(row, count, rng) for row in self._values]

    def statements_and_numbers(self) -> list[list[Item]]:
        """The most telling statements, and as many numbers: six together."""
        half = _STATEMENTS // 2
        return [[*said[:half], *numbers] for said, numbers in zip(self.statements(), self.numbers(half), strict=True)]

    def _of_pose(self, values: Tensor, count: int, rng: random.Random) -> list[Item]:
        registry = self._registry
        worth: dict[Amount, float] = {}
        for name in sorted(self._amounts.measures):
            value, sigma = (
                float(values[registry.measure_index[name]]),
                registry.measures[registry.measure_index[name]].sigma,
            )
            amount = self._amounts.of(name, value, rng)
            if amount is not None:
                worth[amount] = min(value - amount.lo, amount.hi - value) / sigma
        said: list[Item] = []
        while worth and len(said) < count:
            best = max(worth, key=lambda amount: (worth[amount], amount.measure))
            said.append(best)
            del worth[best]
            for other in worth:
                worth[other] -= _SAME_PART * (self._part(other) == self._part(best))
        return said

    def _part(self, amount: Amount) -> str:
        return self._registry.measures[self._registry.measure_index[amount.measure]].region


class Listener:
    """Looks for the pose a text is about.

    Poses that satisfy more of the claims come first, then those that satisfy them more clearly (mean of
    sigmoid(margin / 0.25 sigma)). What is alike shares the place.

    Args:
        registry: the predicates.
        values: [N, M] measures of the pool.
        minds_unsaid: whether a pose of which something unusual could have been said counts as less likely meant.
    """

    def __init__(self, registry: Registry, values: Tensor, minds_unsaid: bool = False) -> None:
        self._checker, self._values = Checker(registry), values
        self._penalty = _UNSAID * _unusual(registry, values) if minds_unsaid else torch.zeros(len(values))

    def finds(self, texts: Sequence[Sequence[Item]]) -> list[float]:
        """For each text, text i being about pose i: 1 if it is found, a share of it where others are alike, else 0."""
        return [self._finds(row, items) if items else 0.0 for row, items in enumerate(texts)]

    def _finds(self, row: int, items: Sequence[Item]) -> float:
        margins = self._checker.margins(items, self._values)
        held = (margins >= 0).float().mean(-1)
        clear = soft_score(margins) - self._penalty
        same = held == held[row]
        better = (held > held[row]) | (same & (clear > clear[row] + _ALIKE))
        alike = same & ((clear - clear[row]).abs() <= _ALIKE)
        return 0.0 if better.any() else 1.0 / float(alike.sum())


def _unusual(registry: Registry, values: Tensor) -> Tensor:
    """How unusual the most unusual true statements of each pose are together: [N] nats."""
    surprise = torch.from_numpy(Bank.load(registry).surprise())
    spoken = torch.tensor([not predicate.silent for predicate in registry.table])
    true = (registry.truth(values) == 1) & spoken
    return torch.where(true, surprise, torch.zeros(())).topk(_UNUSUAL, dim=-1).values.sum(-1)


def _figure(name: str, finds: Sequence[float], target: float | None = None) -> Figure:
    return Figure(f"found by {name}", float(np.mean(finds)), len(finds), target)

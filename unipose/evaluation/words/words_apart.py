"""Do texts that say something else lose against the true one?"""

from __future__ import annotations

from torch import Tensor

from unipose.evaluation.words.described import describe
from unipose.evaluation.words.figures import Figure, share
from unipose.language.checking.checker import Checker
from unipose.language.checking.contrast import KINDS, Contrasts
from unipose.language.checking.verdicts import soft_score
from unipose.language.measuring.registry import Registry

_TITLES = {"sides": "left for right", "opposite": "the opposite", "step": "one degree off"}


def contrast(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Gists of poses [N, 22, 3, 3] against the same with sides exchanged, opposites, and one degree off: how often
    the true text has the higher soft score on its pose."""
    registry = Registry.load()
    checker, contrasts = Checker(registry), Contrasts(registry)
    told = describe(rotations, seed, [1], plain=True)
    wins: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    for caption, values in zip(told.captions, told.values, strict=True):
        true = soft_score(checker.margins(caption.statements, values))
        for other in contrasts.of(caption.statements):
            wins[other.kind].append(bool(soft_score(checker.margins(other.items, values)) < true))
    return [share(f"the true text wins against {_TITLES[kind]}", won, 0.99) for kind, won in wins.items()]

"""Are questions about poses answered truly, and as what they are?"""

from __future__ import annotations

import random

from torch import Tensor

from unipose.evaluation.words.described import measured
from unipose.evaluation.words.figures import Figure, share
from unipose.language.asking.answering import Answerer
from unipose.language.asking.asker import Asker
from unipose.language.checking.checker import Checker


def answering(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """One question of every kind in turn about each of the poses [N, 22, 3, 3]: what the answers claim, whether each
    was understood as the kind it is, and how many of the kinds drawn freely cannot be answered or assume falsely."""
    answerer = Answerer.load()
    asker, checker, rng = Asker(answerer), Checker(answerer.registry), random.Random(seed)
    true: list[bool] = []
    understood: list[bool] = []
    odd: list[bool] = []
    for row, values in enumerate(measured(rotations)):
        kind = asker.kinds[row % len(asker.kinds)]
        _, answer = asker.ask_about(values, rng, kind)
        understood.append(answer.kind == kind)
        true += checker.holds(answer.statements, values)
        _, drawn = asker.ask_about(values, rng)
        odd.append(drawn.unanswerable or drawn.kind == "premise")
        true += checker.holds(drawn.statements, values)
    return [
        share("claims of answers that are true", true, 1.0),
        share("questions understood as the kind they are", understood, 0.97),
        share("questions that cannot be answered or assume falsely", odd, 0.05),
    ]

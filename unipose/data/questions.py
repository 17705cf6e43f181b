"""Questions about poses and their answers, as records of the task ``ask``."""

from __future__ import annotations

import random

import torch

from unipose.data.records import Record
from unipose.data.synthesis import Synthesis
from unipose.data.wording import draw_template
from unipose.language.asking.answering import Answerer
from unipose.language.asking.asker import Asker
from unipose.language.items import spell


class Questions:
    """Asks about quantised poses and answers from their measures, so that every answer is true of the codes.

    Among the questions are some that a pose cannot answer and some that take for granted what is not so.

    Args:
        synthesis: gives poses and their codes.
        asker: makes up questions; one with the words of ``synthesis`` when left out.
    """

    def __init__(self, synthesis: Synthesis, asker: Asker | None = None) -> None:
        self._synthesis = synthesis
        self._asker = asker or Asker(Answerer(synthesis.registry, synthesis.writer))

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records."""
        rng = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        poses = torch.cat(self._synthesis.pairs((size + 1) // 2, rng, generator))[:size]
        codes, values = self._synthesis.quantise(poses)
        records = []
        for row in range(size):
            question, answer = self._asker.ask_about(values[row], rng)
            claims = tuple(map(spell, answer.statements))
            pose = tuple(codes[row].tolist())
            records.append(Record("ask", question, (pose,), claims, draw_template("ask", rng), answer.text))
        return records

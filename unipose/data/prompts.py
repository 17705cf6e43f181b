"""Requests without their answers: what they ask for is to be understood, no pose is made.

They are short and cost little, so a step can hold many more of them than poses: a wording is understood long before a
pose that does it can be made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from unipose import tasks
from unipose.data.synthesis import Synthesis, as_typed
from unipose.data.wording import draw_template
from unipose.language.items import spell

_SPARE = 4 / 3  # the longest are left out: one of them makes the whole batch as long


@dataclass(frozen=True)
class Prompt:
    """A request for a pose and what it claims, spelt.

    Attributes:
        text: as typed.
        statements: see :class:`unipose.data.records.Record`.
        template: which of the ways of asking for a pose.
    """

    text: str
    statements: tuple[str, ...]
    template: int = 0

    @property
    def question_poses(self) -> tuple[tuple[int, ...], ...]:
        """None."""
        return ()

    @property
    def answers_with_pose(self) -> bool:
        """It asks for a pose."""
        return True

    def messages(self) -> list[dict[str, Any]]:
        """A conversation that ends with the user."""
        return [{"role": "user", "content": tasks.task("generate").ask(text=self.text, template=self.template)}]


class Prompts:
    """Makes prompts about the poses of a synthesis.

    Args:
        synthesis: gives poses and the words about them.
    """

    def __init__(self, synthesis: Synthesis) -> None:
        self._synthesis = synthesis

    def batch(self, size: int, seed: int) -> list[Prompt]:
        """``size`` prompts, a pure function of ``seed``."""
        rng = random.Random(seed)
        captions = sorted(self._synthesis.requests(round(size * _SPARE) + 1, seed), key=lambda one: len(one.text))
        return [
            Prompt(as_typed(one.text, rng), tuple(map(spell, one.statements)), draw_template("generate", rng))
            for one in captions[:size]
        ]

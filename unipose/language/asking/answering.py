"""Questions about a pose, answered from its measures.

What is asked is read by :class:`~unipose.language.asking.questions.Reader`. An answer claims only what holds clearly;
what a pose cannot tell is said to be so, and what a question wrongly takes for granted is set right first.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from unipose.language.asking import answers_body, answers_measure, answers_truth
from unipose.language.asking.answers import Answer, Talk
from unipose.language.asking.facts import Facts
from unipose.language.asking.questions import Question, Reader
from unipose.language.asking.tongue import Tongue
from unipose.language.choosing.plan import Planner
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.parser import Parser
from unipose.language.writing.writer import Writer


class Answerer:
    """Answers questions.

    Args:
        registry: the predicates and measures.
        writer: whose words answers are made of; a new one when left out.
        parser: reads what questions claim; the package's own when left out.
    """

    def __init__(self, registry: Registry, writer: Writer | None = None, parser: Parser | None = None) -> None:
        self.registry = registry
        self.writer = writer or Writer(registry)
        self.reader = Reader.of(parser or Parser.load())
        self._data: Mapping[str, Any] = read_data("answers.yaml")
        self._tongue = Tongue(self.writer, self._data)
        self._planner = Planner(registry)
        self._kinds: Mapping[str, Callable[[Talk], Answer]] = {
            "yes_no": answers_truth.yes_no,
            "name": answers_truth.name,
            "fix": answers_truth.fix,
            "why": answers_truth.why,
            "where": answers_measure.where,
            "amount": answers_measure.amount,
            "compare": answers_measure.compare,
            "count": answers_body.count,
            "which": answers_body.which,
            "balance": answers_body.balance,
            "symmetry": answers_body.symmetry,
            "part": self._part,
            "unanswerable": self._refuse,
        }

    @staticmethod
    @functools.cache
    def load() -> Answerer:
        """The answerer of this package. Built once, then shared."""
        return Answerer(Registry.load())

    def answer(
        self,
        question: str | Question,
        values: ArrayLike | Tensor,
        before: ArrayLike | Tensor | None = None,
        rng: random.Random | None = None,
    ) -> Answer:
        """Answer a question about one pose.

        Args:
            question: the words, or what was read in them.
            values: [M] measures (``Registry.measure_poses``).
            before: [M] measures of the pose it came from, for questions about what changed.
            rng: of the wording; always the same one without.

        Returns:
            The answer. Words that are no question about a pose have one, too: that they were not understood.

        Raises:
            ValueError: when ``values`` has the wrong length.
        """
        asked = question if isinstance(question, Question) else self.reader.read(question)
        earlier = None if before is None else torch.as_tensor(before, dtype=torch.float32)
        facts = Facts(self.registry, torch.as_tensor(values, dtype=torch.float32), earlier)
        if asked is None:
            asked = Question("unanswerable", "unread", words=str(question).lower())
        talk = Talk(asked, facts, self._tongue, self._tongue.voice(asked.words), rng or random.Random(0), self._data)
        if asked.premise:
            states = [facts.state(*items) for items in asked.premise]
            if max(states) < 1:
                return answers_truth.false_premise(talk, asked.premise)
            if len(states) == 2 and sum(state > 0 for state in states) == 1 and not asked.side:
                # "the raised arm" is the one that is raised
                talk.question = replace(asked, side=("left", "right")[states.index(1)])
        return self._kinds[asked.kind](talk)

    def _part(self, talk: Talk) -> Answer:
        region = self.reader.parts[talk.question.part]["region"]
        side = talk.question.side
        region = (
            region.format(side=side) if side else region.replace("{side}_arm", "arms").replace("{side}_leg", "legs")
        )
        return answers_measure.part(talk, self._planner, region)

    def _refuse(self, talk: Talk) -> Answer:
        refusal = self._data["refusals"][talk.question.topic]
        text = talk.rng.choice(refusal["say"])
        region = refusal.get("tell")
        if region and talk.rng.random() < 0.6:
            items = answers_measure.plain_facts(talk, self._planner, region)
            text += talk.frame("refusal_and", x=talk.clause(items[0])) if items else ""
        return talk.done(text, unanswerable=True)

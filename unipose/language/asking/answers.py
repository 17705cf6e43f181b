"""The value types of answers: what is said to a question, and all that is known while it is being answered."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unipose.language.asking.facts import Facts
from unipose.language.asking.questions import Question
from unipose.language.asking.tongue import Tongue, capital
from unipose.language.items import Item, spell
from unipose.language.writing.grammar import Voice


@dataclass(frozen=True)
class Answer:
    """An answer to a question about a pose.

    Attributes:
        text: what is said.
        kind: a kind of question (``questions.KINDS``), or "premise" where it took for granted what is not so.
        statements: what the answer claims of the pose; all of it holds by nominal intervals.
        values: the measures it rests on, in their units.
        verdict: "yes", "no" or "unsure" where that was asked, else empty.
        unanswerable: whether a pose cannot tell what was asked.
    """

    text: str
    kind: str
    statements: tuple[Item, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    verdict: str = ""
    unanswerable: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The record: plain values for one line of JSON, items as :func:`unipose.language.items.spell`."""
        return {
            "text": self.text,
            "kind": self.kind,
            "statements": [spell(item) for item in self.statements],
            "values": dict(self.values),
            "verdict": self.verdict,
            "unanswerable": self.unanswerable,
        }


@dataclass
class Talk:
    """An answer in the making: the question, the pose, and what was claimed so far."""

    question: Question
    facts: Facts
    tongue: Tongue
    voice: Voice
    rng: random.Random
    data: Mapping[str, Any]
    items: list[Item] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)

    def claim(self, *items: Item) -> None:
        """Note what is being said, with the measures it rests on."""
        for item in items:
            self.items.append(item)
            measure = self.facts.measure_of(item)
            if measure:
                self.values[measure] = self.facts.value(measure)

    def clause(self, *items: Item) -> str:
        """Claims in words."""
        self.claim(*items)
        return self.tongue.clauses(items, self.voice, self.rng)

    def frame(self, name: str, **words: str) -> str:
        """A sentence of ``answers.yaml``."""
        return self.tongue.frame(name, self.rng, self.voice, **words)

    def done(self, text: str, verdict: str = "", kind: str = "", unanswerable: bool = False) -> Answer:
        """The answer."""
        claims = tuple(dict.fromkeys(self.items))
        text = capital(" ".join(text.split()))
        return Answer(text, kind or self.question.kind, claims, self.values, verdict, unanswerable)

"""Questions and answers to learn from: every kind of question about a pose, in many words, with its answer.

One in twelve asks what a pose cannot tell, or takes for granted what is not so. What is asked in words is read again
before it is answered, so that an answer fits the words and not only what was meant by them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from unipose.language.asking.answering import Answerer
from unipose.language.asking.answers import Answer
from unipose.language.asking.asked import Asked
from unipose.language.asking.facts import Facts
from unipose.language.asking.tongue import Tongue
from unipose.language.items import Statement
from unipose.language.measuring.registry import read_data
from unipose.language.writing.grammar import Voice
from unipose.language.writing.noise import roughen

_TRIES = 40  # questions drawn until one reads back as meant


class Asker:
    """Makes up questions about poses.

    Args:
        answerer: answers them.
        data: the parsed ``questions.yaml``; the shipped one when left out.
    """

    def __init__(self, answerer: Answerer, data: Mapping[str, Any] | None = None) -> None:
        data = data or read_data("questions.yaml")
        self._answerer = answerer
        self._registry = answerer.registry
        self._tongue = Tongue(answerer.writer, read_data("answers.yaml"))
        self._patterns = answerer.reader.patterns
        self._weights: Mapping[str, float] = data["asked"]["weights"]
        self._people = [Asked(*one) for one in data["asked"]["people"]]
        self._openings: Sequence[str] = data["asked"]["openings"]
        self._rough: float = data["asked"]["rough"]
        self._passing: Sequence[Mapping[str, str]] = data["asked"]["passing"]
        self._parts: Mapping[str, Mapping[str, str]] = data["parts"]
        self._entries: dict[str, list[Mapping[str, Any]]] = {}
        for entry in data["questions"]:
            self._entries.setdefault(entry["kind"], []).append(entry)
        table = self._registry.table
        self._spoken = [i for i, one in enumerate(table) if not one.silent and self._tongue.says(Statement(one.id))]
        self._names = [i for i in self._spoken if table[i].region == "name"]
        self._claims = [i for i in self._spoken if table[i].region != "name"]
        self._drawn: Mapping[str, Callable[[Facts, random.Random], str]] = {
            "yes_no": self._yes_no,
            "name": self._name,
            "fix": self._fix,
            "which": self._which,
            "premise": self._premise,
        }
        self.kinds = tuple(self._weights)

    def ask_about(self, values: Tensor, rng: random.Random, kind: str | None = None) -> tuple[str, Answer]:
        """A question about a pose, and its answer.

        Args:
            values: [M] measures (``Registry.measure_poses``).
            rng: source of all randomness.
            kind: one of ``kinds``; drawn when left out.

        Raises:
            ValueError: on an unknown kind.
        """
        if kind is not None and kind not in self._weights:
            raise ValueError(f"unknown kind of question {kind!r}; expected one of {self.kinds}")
        facts = Facts(self._registry, torch.as_tensor(values, dtype=torch.float32))
        wanted = kind or rng.choices(self.kinds, list(self._weights.values()))[0]
        draw = self._drawn.get(wanted, lambda facts, rng: self._plain(wanted, rng))
        question, answer = "", None
        for _ in range(_TRIES):
            question = self._finished(draw(facts, rng), rng)
            answer = self._answerer.answer(question, values, rng=rng)
            if answer.kind == wanted:
                break
        assert answer is not None
        return question, answer

    def worded(self, pattern: str, rng: random.Random) -> str:
        """A pattern of ``questions.yaml`` as a question about anyone, without its mark."""
        part = rng.choice([part for part, entry in self._parts.items() if "many" in entry])
        return self._patterns.ask(pattern, self._asked(rng), rng, rng.choice(("left", "right", "both")), part)

    # ------------------------------------------------------------------ kinds

    def _plain(self, kind: str, rng: random.Random, passing: str = "", part: str = "") -> str:
        """A question that a pattern asks; with ``passing``, one that takes something for granted of a part."""
        entries = self._entries[kind]
        entry = rng.choice(entries)
        patterns: Sequence[str] = entry["ask"]
        if passing:
            asked = [(one, p) for one in entries for p in one["ask"] if f"@{part}" in p or "{part}" in p]
            entry, pattern = rng.choice(asked)
        else:
            pattern = rng.choice(patterns)
        noun = part or rng.choice(list(self._parts))
        side = rng.choice(("left", "right", "both")) if "many" in self._parts[noun] or "@" in pattern else ""
        words = self._patterns.ask(pattern, self._asked(rng), rng, side, noun)
        if not passing:
            return words
        many = self._parts[part].get("many", part)
        return (
            words.replace(f" {many}", f" {passing} {many}", 1)
            if side == "both"
            else words.replace(f" {side} {part}", f" {passing} {side} {part}", 1)
        )

    def _yes_no(self, facts: Facts, rng: random.Random) -> str:
        return self._question(self._about(self._claims, facts, rng), rng)

    def _name(self, facts: Facts, rng: random.Random) -> str:
        if rng.random() < 0.4:
            return self._plain("name", rng)
        return self._question(self._about(self._names, facts, rng), rng)

    def _fix(self, facts: Facts, rng: random.Random) -> str:
        entry = rng.choice(self._entries["fix"])
        claim = ""
        if entry["topic"] == "claim":
            item = self._about(self._names, facts, rng)
            claim = self._tongue.name(item.predicate, rng).strip('"')
        return self._patterns.ask(rng.choice(entry["ask"]), self._asked(rng), rng, claim=claim)

    def _which(self, facts: Facts, rng: random.Random) -> str:
        entry, asked = rng.choice(self._entries["which"]), self._asked(rng)
        one = rng.choice(self._passing)
        pattern = rng.choice(entry["ask"])
        part = self._parts[one["part"]]["many"] if "many" in pattern else one["part"]
        return self._patterns.ask(pattern.replace("{part}", part), asked, rng, claim=one["how"])

    def _premise(self, facts: Facts, rng: random.Random) -> str:
        """A question that takes something for granted that is not so."""
        if rng.random() < 0.4:
            return f"why {self._question(self._about(self._claims, facts, rng, so=False), rng)}"
        one = rng.choice(self._passing)
        kind = rng.choice(("amount", "where", "part"))
        return self._plain(kind, rng, one["how"], one["part"])

    # ------------------------------------------------------------------ words

    def _about(self, among: Sequence[int], facts: Facts, rng: random.Random, so: bool | None = None) -> Statement:
        """Something that may be asked about: as often so as not, or nearly so."""
        so = rng.random() < 0.5 if so is None else so
        items = [Statement(self._registry.predicates[i]) for i in rng.sample(among, min(len(among), 120))]
        if so:
            return max(items, key=lambda item: facts.margin(item) > 0)
        near = [item for item in items if facts.margin(item) <= 0]
        return max(near[:12], key=facts.margin, default=items[0])

    def _question(self, item: Statement, rng: random.Random) -> str:
        asked = self._asked(rng)
        return self._tongue.question(item, Voice(asked.person, asked.person, asked.whose), rng)

    def _asked(self, rng: random.Random) -> Asked:
        return rng.choice(self._people)

    def _finished(self, words: str, rng: random.Random) -> str:
        """As people type: most with a question mark, some without capitals, some in haste."""
        words = words.rstrip("?. ")
        opening = rng.choice(self._openings)
        words = f"{opening}{words[:1].lower()}{words[1:]}" if opening else words
        if rng.random() < self._rough:
            return roughen(words, rng, 0.5)
        return f"{words[:1].upper()}{words[1:]}?"

"""Statements to words: captions of a pose in several moods, each with the statements it makes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unipose.language import lexicon
from unipose.language.bank import Bank
from unipose.language.captions import Caption, Page
from unipose.language.choice import Chooser, ordered
from unipose.language.grammar import Grammar, Template, Voice
from unipose.language.items import Statement
from unipose.language.registry import Registry, read_data

MOODS = ("declarative", "imperative", "phrase")
_KINDS = {
    "declarative": ("act", "state", "be"),
    "imperative": ("act", "act", "state", "tell"),
    "phrase": ("state", "tag", "be", "act"),
}


class Writer:
    """Writes about poses.

    Args:
        registry: the predicates.
        bank: how usual they are; the one shipped with the package when left out.
        temperature: variety of what is chosen to be said (see ``Chooser``).
    """

    def __init__(self, registry: Registry, bank: Bank | None = None, temperature: float = 1.0) -> None:
        self.registry = registry
        self.chooser = Chooser(registry, bank or Bank.load(registry), temperature)
        data: Mapping[str, Any] = read_data("wordings.yaml")
        wordings = {**data["wordings"], **lexicon.wordings()}
        self.grammar = Grammar(data)
        self._connectors: Mapping[str, Sequence[str]] = data["connectors"]
        self._wordings: list[dict[str, list[list[Template]]]] = []
        for predicate in registry.table:
            patterns = {} if predicate.silent else wordings.get(wording_id(predicate.id, predicate.side), {})
            by_kind: dict[str, list[list[Template]]] = {}
            for group in self.grammar.compile(patterns, predicate.side):
                by_kind.setdefault(group[0].kind, []).append(group)
            self._wordings.append(by_kind)

    def templates(self, predicate: int) -> dict[str, list[list[Template]]]:
        """All wordings of a predicate: kind to patterns to alternatives."""
        return self._wordings[predicate]

    def caption(self, truth: NDArray[np.int8], rng: random.Random, count: int, mood: str = "declarative") -> Caption:
        """Describe one pose.

        Args:
            truth: int8 [P] of the pose (``Registry.truth``).
            rng: source of all randomness.
            count: at most this many statements.
            mood: "declarative", "imperative", "phrase" or "mixed" (one of these, drawn).

        Returns:
            A text and its statements, all of which are clearly true of the pose. The text is empty only if nothing
            can be said.

        Raises:
            ValueError: on an unknown mood or when ``truth`` has the wrong length.
        """
        if len(truth) != len(self.registry.table):
            raise ValueError(
                f"expected a truth value for each of {len(self.registry.table)} predicates, found {len(truth)}"
            )
        chosen = self.chooser.choose(self.chooser.spoken(truth), rng, count)
        return self.write(ordered(chosen, self.registry, rng), rng, mood)

    def write(self, predicates: Sequence[int], rng: random.Random, mood: str = "declarative") -> Caption:
        """Put given predicates into words, in the given order."""
        if mood == "mixed":
            mood = rng.choice(MOODS)
        if mood not in MOODS:
            raise ValueError(f"unknown mood {mood!r}; expected one of {(*MOODS, 'mixed')}")
        if not predicates:
            return Caption("", ())
        write = {"declarative": self._declare, "imperative": self._command, "phrase": self._phrase}[mood]
        page = Page()
        write(predicates, self.grammar.voice(mood, rng), rng, page)
        casual = rng.random() < (0.1 if mood == "declarative" else 0.5)
        return page.finish("" if casual else ".", capitals=not casual)

    def template(self, predicate: int, kinds: Sequence[str], rng: random.Random) -> Template | None:
        """A wording of one of the given kinds, or None."""
        by_kind = self._wordings[predicate]
        known = [kind for kind in kinds if kind in by_kind]
        return rng.choice(rng.choice(by_kind[rng.choice(known)])) if known else None

    def _any_template(self, predicate: int, mood: str, rng: random.Random) -> Template:
        template = self.template(predicate, _KINDS[mood], rng)
        if template is None:
            raise ValueError(f"predicate {self.registry.predicates[predicate]} has no {mood} wording; add one")
        return template

    def _said(self, predicate: int) -> tuple[Statement]:
        return (Statement(self.registry.predicates[predicate]),)

    def connector(self, kind: str, rng: random.Random) -> str:
        """A way to join clauses; ``kind`` is a key of ``connectors`` in the wordings."""
        return rng.choice(self._connectors[kind])

    def _leaning(self, previous: str, rng: random.Random) -> str:
        """How a state joins what precedes: after one "with ..." the next goes on with "and"."""
        return self.connector("more" if previous == "state" else "state", rng)

    def _declare(self, predicates: Sequence[int], voice: Voice, rng: random.Random, page: Page) -> None:
        grammar, subject = self.grammar, voice.first
        previous = ""  # how the last clause was joined: "" nothing can lean on it, "whole" a clause of its own, ...
        personal = False  # whether it is about the person, so that a verb without a subject may follow
        for position, which in enumerate(predicates):
            template, said = self._any_template(which, "declarative", rng), self._said(which)
            lean = previous and rng.random() < 0.55
            if lean and template.kind == "state":
                page.write(self._leaning(previous, rng))
                page.write(grammar.attached(template, voice, rng), said)
                previous, personal = "state" if previous == "whole" else "", False
            elif lean and personal and rng.random() < 0.6:
                page.write(self.connector("same", rng))
                page.write(grammar.predicate(template, voice, subject, rng), said)
                personal = False
            elif lean and personal and template.kind == "act":
                page.write(self.connector("act", rng))
                page.write(grammar.attached(template, voice, rng), said)
                personal = False
            else:
                if position:
                    page.write(self.connector("full", rng) if previous else self._connectors["full"][0])
                    subject = voice.again
                clause = grammar.clause(template, voice, subject, rng)
                page.write(clause, said)
                personal = clause.startswith(subject + " ")
                previous = "whole"

    def _command(self, predicates: Sequence[int], voice: Voice, rng: random.Random, page: Page) -> None:
        previous = ""
        for which in predicates:
            template = self._any_template(which, "imperative", rng)
            if previous and template.kind == "state" and rng.random() < 0.5:
                page.write(self._leaning(previous, rng))
                page.write(self.grammar.attached(template, voice, rng), self._said(which))
                previous = "state"
                continue
            if previous:
                page.write(self.connector("then", rng))
            page.write(self.grammar.command(template, voice, rng), self._said(which))
            previous = "whole"

    def _phrase(self, predicates: Sequence[int], voice: Voice, rng: random.Random, page: Page) -> None:
        for position, which in enumerate(predicates):
            template = self._any_template(which, "phrase", rng)
            if position:
                page.write(self.connector("doing" if template.kind == "act" else "phrase", rng))
            page.write(self.grammar.attached(template, voice, rng), self._said(which))


def wording_id(predicate: str, side: str) -> str:
    """The entry of ``wordings.yaml`` that serves a predicate: its id without the side."""
    return predicate.removeprefix(f"{side}_") if side else predicate

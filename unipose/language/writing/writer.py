"""Statements to words: what is given to say, in many moods, registers and viewpoints, with the record of what was said.

Wordings (``wordings/*.yaml``, the lexicon, ``amounts.yaml``) say single items; :mod:`aggregation` joins neighbours,
:mod:`sentences` makes them running text, ``styles.yaml`` gives each register its words.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from unipose.language.captions import Caption, Page
from unipose.language.choosing.bank import Bank
from unipose.language.choosing.choice import Chooser, ordered
from unipose.language.items import Item, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.writing.aggregation import Aggregator, Wordings
from unipose.language.writing.amounts import Amounts
from unipose.language.writing.grammar import Grammar, Phrase
from unipose.language.writing.patterns import Template
from unipose.language.writing.sentences import Sentences
from unipose.language.writing.styles import Style, Styles
from unipose.language.writing.wordings import read_wordings

MOODS = ("declarative", "imperative", "phrase")  # those of `Writer.caption`; `Style` knows more
_ORDERS = ("act", "act", "state", "tell")
_SAYS = ("act", "state", "be")
_KINDS: Mapping[str, Sequence[str]] = {
    "declarative": _SAYS,
    "imperative": _ORDERS,
    "phrase": ("state", "tag", "be", "act"),
    "question": _SAYS,
    "request": ("act", "act", "state"),
    "correction": _SAYS,
    "wish": _SAYS,
}
_CASUAL = {"declarative": 0.1, "imperative": 0.5, "phrase": 0.5}  # how often `caption` has no capital and no full stop
_SENTENCE = (1, 2, 2, 3)  # how many items a sentence takes where the caller leaves that open
_JOINING = 0.5  # how often neighbours that can share words do


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
        patterns = read_wordings()
        self.grammar = Grammar(data)
        self.styles = Styles()
        self.amounts = Amounts(registry, self.grammar)
        self._connectors: Mapping[str, Sequence[str]] = data["connectors"]
        self._wordings = [
            Wordings.of(
                self.grammar.compile(
                    {} if predicate.silent else patterns.get(wording_id(predicate.id, predicate.side), {}),
                    predicate.side,
                )
            )
            for predicate in registry.table
        ]
        self._aggregator = Aggregator(self._wordings, self.amounts, self.styles, registry)
        self._sentences = Sentences(self.grammar, self._connectors, self.styles, data["rivals"])

    def templates(self, predicate: int) -> dict[str, list[list[Template]]]:
        """All wordings of a predicate: kind to patterns to alternatives."""
        return self._wordings[predicate].kinds

    def tell(
        self, said: Sequence[Item] | Sequence[Sequence[Item]], rng: random.Random, style: Style | None = None
    ) -> Caption:
        """Put given items into words: all of them, in their order, and nothing else.

        Args:
            said: statements and amounts; or, to decide on the sentences, one sequence of them a sentence.
            rng: source of all randomness.
            style: mood, register, viewpoint and level.

        Returns:
            The text, what it claims of the subject (whatever side the viewpoint makes it speak of), and where. Empty
            when nothing is to be said.

        Raises:
            ValueError: on an item without words in this mood, or that is said of two poses.
        """
        style = style or Style()
        page, ending = self._written(_sentences(said, rng), style, rng, _JOINING)
        caption = page.finish(ending, capitals=True) if ending else Caption("", ())
        return replace(caption, level=style.level, register=style.register, viewpoint=style.viewpoint)

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
        """Put given predicates into plain words, one by one in their order, at times as carelessly as people type."""
        if mood == "mixed":
            mood = rng.choice(MOODS)
        if mood not in MOODS:
            raise ValueError(f"unknown mood {mood!r}; expected one of {(*MOODS, 'mixed')}")
        items = [Statement(self.registry.predicates[which]) for which in predicates]
        page, ending = self._written(_sentences(items, rng), Style(mood), rng, joining=0.0)
        casual = not ending or rng.random() < _CASUAL[mood]
        return page.finish("" if casual else ending, capitals=not casual)

    def connector(self, kind: str, rng: random.Random) -> str:
        """A way to join clauses; ``kind`` is a key of ``connectors`` in the wordings."""
        return rng.choice(self._connectors[kind])

    def _written(
        self, sentences: Sequence[Sequence[Item]], style: Style, rng: random.Random, joining: float
    ) -> tuple[Page, str]:
        """The page, and what it ends with; nothing for an empty one."""
        page = Page()
        if not sentences:
            return page, ""
        register = self.styles.registers[style.register].settled(rng)
        cues = self.styles.viewpoint_cues[style.viewpoint]
        cue = rng.choice(cues) if cues else ""
        listed = style.mood == "phrase" or (
            style.mood == "declarative" and (style.level == 0 or rng.random() < register.phrases)
        )
        kinds = _KINDS["phrase" if listed else style.mood]

        def phrases(items: Sequence[Item]) -> list[Phrase]:
            return self._aggregator.phrases(items, kinds, style.viewpoint, register, rng, joining)

        ending = self.styles.moods[style.mood].ending
        if not listed:
            self._sentences.write([phrases(items) for items in sentences], style.mood, register, cue, rng, page)
            if rng.random() < register.closing and ending == ".":
                page.write(ending)
                return page, rng.choice(register.closings)
            return page, ending
        page.write(cue)
        for position, items in enumerate(sentences):
            if position:
                page.write("; " if style.register == "clinical" else ", ")
            self._sentences.listed(phrases(items), style.register == "plain", rng, page)
        return page, ending


def _sentences(said: Sequence[Item] | Sequence[Sequence[Item]], rng: random.Random) -> list[Sequence[Item]]:
    """The items of each sentence, which no caller has to decide on."""
    if said and isinstance(said[0], Sequence):
        return [sentence for sentence in cast("Sequence[Sequence[Item]]", said) if sentence]
    items, found = cast("Sequence[Item]", said), []
    while items:
        size = rng.choice(_SENTENCE)
        found.append(items[:size])
        items = items[size:]
    return found


def wording_id(predicate: str, side: str) -> str:
    """The entry of ``wordings.yaml`` that serves a predicate: its id without the side."""
    return predicate.removeprefix(f"{side}_") if side else predicate

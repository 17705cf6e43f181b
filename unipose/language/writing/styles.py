"""Registers, moods and viewpoints: in what manner a text is written. The words are in ``styles.yaml``."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unipose.language.items import Amount, Item, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.writing.grammar import Grammar, Voice
from unipose.language.writing.inflection import Manner
from unipose.language.writing.patterns import Both, Token, Tokens

MOODS = ("declarative", "imperative", "phrase", "question", "request", "correction", "wish")
REGISTERS = ("plain", "clinical", "casual", "coach", "storyteller", "terse", "first", "viewer")
VIEWPOINTS = ("subject", "mirror", "camera")
LEVELS = range(5)


@dataclass(frozen=True)
class Style:
    """How to say it.

    Attributes:
        mood: one of ``MOODS``.
        register: one of ``REGISTERS``.
        viewpoint: one of ``VIEWPOINTS``; left and right in the text are the viewer's or the mirror's.
        level: 0 tag, 1 gist, 2 short, 3 full, 4 exact; None when the text was not written at a level. It is recorded,
            and a tag has no verbs.

    Raises:
        ValueError: on an unknown name.
    """

    mood: str = "declarative"
    register: str = "plain"
    viewpoint: str = "subject"
    level: int | None = None

    def __post_init__(self) -> None:
        for name, known in (("mood", MOODS), ("register", REGISTERS), ("viewpoint", VIEWPOINTS)):
            found = getattr(self, name)
            if found not in known:
                raise ValueError(f"unknown {name} {found!r}; expected one of {known}")
        if self.level is not None and self.level not in LEVELS:
            raise ValueError(f"unknown level {self.level!r}; expected 0 (tag) to 4 (exact)")


@dataclass(frozen=True)
class Mood:
    """How sentences of a mood begin, go on and end, and of whom they speak (empty: as the register has it)."""

    ending: str
    join: str
    leads: tuple[str, ...] = ("",)
    again: tuple[str, ...] = ("",)
    voices: str = ""


@dataclass(frozen=True)
class Register:
    """One register of ``styles.yaml``, which explains its entries."""

    voices: str
    openings: tuple[str, ...]
    opening: float
    links: tuple[str, ...]
    link: float
    closings: tuple[str, ...]
    closing: float
    past: float
    short: float
    phrases: float
    numbers: str
    words: Mapping[str, str]
    verbs: Mapping[str, str]
    swap: float
    fixed_before: frozenset[str]
    fixed_after: frozenset[str]

    def manner(self, rng: random.Random) -> Manner:
        """The tense and the contractions of one caption."""
        return Manner(past=rng.random() < self.past, short=rng.random() < self.short)

    def settled(self, rng: random.Random) -> Register:
        """The register of one caption, which has its own words all along or not at all."""
        return self if rng.random() < self.swap else replace(self, words={}, verbs={})

    def reword(self, runs: Sequence[Tokens]) -> tuple[Tokens, ...]:
        """The same wording in the words of this register: the parts and complements of a phrase, in their order."""
        swapped = iter(self._swapped([token for run in runs for token in run]))
        return tuple(tuple(itertools.islice(swapped, len(run))) for run in runs)

    def _swapped(self, tokens: Sequence[Token]) -> list[Token]:
        around = zip(("", *tokens), tokens, (*tokens[1:], ""), strict=False)
        return [self._swap(last, token, following) for last, token, following in around]

    def _swap(self, last: Token, token: Token, following: Token) -> Token:
        if isinstance(token, Both):
            return Both(self.words.get(token.plural, token.plural))
        if last in self.fixed_after or following in self.fixed_before:
            return token
        return self.words.get(token) or self.verbs.get(token, token)


class Styles:
    """All that ``styles.yaml`` knows.

    Args:
        data: the parsed file; the shipped one when left out.
    """

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        data = data or read_data("styles.yaml")
        fixed: dict[str, Any] = {f"fixed_{where}": frozenset(words) for where, words in data["fixed"].items()}
        self.registers = {
            name: Register(**_fields({**data["default"], **data["registers"][name], **fixed})) for name in REGISTERS
        }
        self.moods = {name: Mood(**_fields(raw)) for name, raw in data["moods"].items()}
        self.viewpoint_cues: dict[str, tuple[str, ...]] = {
            name: tuple(raw["cues"]) for name, raw in data["viewpoints"].items()
        }
        self.hedges: dict[str, tuple[str, ...]] = {kind: tuple(words) for kind, words in data["hedges"].items()}
        self._voices = {name: [Voice(**raw) for raw in voices] for name, voices in data["voices"].items()}

    @property
    def silences(self) -> tuple[str, ...]:
        """Every stretch of text that carries no claim: openings, links, closings and what moods begin with."""
        framing = [text for one in self.registers.values() for text in (*one.openings, *one.links, *one.closings)]
        leads = [lead for mood in self.moods.values() for lead in (*mood.leads, *mood.again)]
        found = (text.strip(" ,.:?") for text in (*framing, *leads))
        return tuple(sorted({text for text in found if text}))

    def senses(self, grammar: Grammar) -> dict[str, str]:
        """Words of a register to the words of the wordings they stand for, verbs in all their forms."""
        found: dict[str, str] = {}
        for register in self.registers.values():
            found.update((said, plain) for plain, said in register.words.items())
            for plain, said in register.verbs.items():
                found.update((form(said), form(plain)) for form in (str, grammar.third, grammar.gerund))
        return found

    def voice(self, mood: str, register: Register, grammar: Grammar, rng: random.Random) -> Voice:
        """Draw who is spoken of."""
        name = self.moods[mood].voices or register.voices
        if name not in self._voices:
            return grammar.voice(name, rng)
        voices = self._voices[name]
        return rng.choices(voices, [voice.weight for voice in voices])[0]


def _fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def seen_from(viewpoint: str, item: Item, registry: Registry) -> Item:
    """The item whose words say ``item`` from this viewpoint: all but the subject's own exchange left and right."""
    if viewpoint == "subject":
        return item
    if isinstance(item, Statement):
        return Statement(registry[item.predicate].mirror, item.negated, item.hedged)
    if isinstance(item, Amount):
        measure = registry.measures[registry.measure_index[item.measure]]
        lo, hi = (-item.hi, -item.lo) if measure.odd else (item.lo, item.hi)
        return Amount(measure.mirror, lo, hi, item.negated)
    raise ValueError(f"{item} cannot be said of one pose; expected statements and amounts")

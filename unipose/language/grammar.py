"""Wordings: from the patterns of a data file to clauses with the right person, number and verb form.

A pattern is compiled once per predicate. What is left to choose at run time is the voice (who is spoken of), the
alternative and, for "both", the form of the noun phrase.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WHOSE = "~"  # stands for "his", "the", "your" ... in a compiled template
_INNERMOST = re.compile(r"\(([^()]*)\)")
_NUMBER = re.compile(r"<([^|<>]*)\|([^<>]*)>")
_OTHER = {"left": "right", "right": "left"}
_PART = re.compile(r"@(?:(same|other):)?(\w+)")


@dataclass(frozen=True)
class Both:
    """The noun phrase of both sides, said first in a clause: "both arms", "his arms", "both of his arms"."""

    plural: str


Token = str | Both


@dataclass(frozen=True)
class Template:
    """One wording. ``head`` is the verb of an act or the subject of a state; other kinds have none."""

    kind: str
    head: tuple[Token, ...]
    rest: tuple[Token, ...]
    plural: bool = False


@dataclass(frozen=True)
class Voice:
    """Who is spoken of, and in which words."""

    first: str
    again: str
    whose: str
    weight: float = 1.0


def alternatives(pattern: str) -> Iterator[str]:
    """All readings of a pattern with ``(a|b)`` alternatives, which may be nested."""
    inner = _INNERMOST.search(pattern)
    if inner is None:
        yield " ".join(pattern.replace(" ,", ",").split())
        return
    for choice in inner[1].split("|"):
        yield from alternatives(pattern[: inner.start()] + choice + pattern[inner.end() :])


def _spaced(*words: str) -> str:
    return " ".join(word for word in words if word)


def _for_side(pattern: str, side: str) -> str:
    number = _NUMBER.sub(lambda match: match[2] if side == "both" else match[1], pattern)
    return number.replace("{side}", side).replace("{other}", _OTHER.get(side, side))


class Grammar:
    """Inflection, noun phrases and the compiler of patterns.

    Args:
        data: the parsed ``wordings.yaml`` (its ``plurals``, ``third_person``, ``gerund`` and ``voices``).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._plurals: Mapping[str, str] = data["plurals"]
        self._many = frozenset(self._plurals.values())
        self._third: Mapping[str, str] = data["third_person"]
        self._gerund: Mapping[str, str] = data["gerund"]
        self._be: Mapping[str, str] = data["be"]
        self._plain = frozenset(data["plain_verb"])
        self._own: str = data["own"]
        self._keep: Sequence[str] = data["keep"]
        self._opposite: tuple[str, ...] = tuple(data["opposite"].split())
        self._both_forms = [text for text, _ in data["both"]]
        self._both_weights = [weight for _, weight in data["both"]]
        self.voices = {mood: [Voice(**entry) for entry in voices] for mood, voices in data["voices"].items()}
        self._weights = {mood: [voice.weight for voice in voices] for mood, voices in self.voices.items()}

    def voice(self, mood: str, rng: random.Random) -> Voice:
        """Draw who is spoken of."""
        return rng.choices(self.voices[mood], self._weights[mood])[0]

    def third(self, verb: str) -> str:
        """ "raise" to "raises"."""
        if verb in self._third:
            return self._third[verb]
        if verb.endswith(("s", "sh", "ch", "x", "o")):
            return verb + "es"
        return verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "s"

    def gerund(self, verb: str) -> str:
        """ "raise" to "raising"."""
        if verb in self._gerund:
            return self._gerund[verb]
        return (verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb) + "ing"

    def compile(self, patterns: Mapping[str, Sequence[str]], side: str) -> list[list[Template]]:
        """Templates of a predicate: one list per pattern, one entry per alternative.

        Args:
            patterns: kind (act, state, be, tell, tag) to patterns.
            side: "left", "right", "both" or "".
        """
        return [
            [self._template(kind, reading, side) for reading in dict.fromkeys(alternatives(_for_side(pattern, side)))]
            for kind, texts in patterns.items()
            for pattern in texts
        ]

    def _template(self, kind: str, text: str, side: str) -> Template:
        if kind == "state":
            subject, _, complement = text.partition(": ")
            head = self._tokens(subject, side, first=True)
            many = isinstance(head[-1], Both) or head[-1] in self._many
            return Template(kind, head, self._tokens(complement, side, first=False), many)
        if kind == "act":
            words = text.split()
            verb = next((i for i, word in enumerate(words) if word.startswith("*")), 0)
            head = (*words[:verb], words[verb].removeprefix("*"))
            return Template(kind, head, self._tokens(" ".join(words[verb + 1 :]), side, first=True))
        return Template(kind, (), self._tokens(text, side, first=True))

    def _tokens(self, text: str, side: str, first: bool) -> tuple[Token, ...]:
        tokens: list[Token] = []
        for word in text.split():
            core = word.rstrip(",")
            part = _PART.fullmatch(core)
            if part:
                tokens.extend(self._noun_phrase(part[1], part[2], side, first))
                first = False
            elif core.startswith(WHOSE):
                tokens.append(WHOSE)
                tokens.extend([core[1:]] if core[1:] else [])
            else:
                tokens.append(core)
            if core != word:
                tokens[-1] = f"{tokens[-1]}," if isinstance(tokens[-1], str) else tokens[-1]
        return tuple(tokens)

    def _noun_phrase(self, which: str | None, noun: str, side: str, first: bool) -> tuple[Token, ...]:
        if side != "both":
            word = _OTHER[side] if which == "other" else side
            return (WHOSE, word, noun)
        plural = self._plurals[noun]
        if which == "other":
            return (*self._opposite, plural)
        return (Both(plural),) if first and which is None else (WHOSE, plural)

    # ---------------------------------------------------------------- realisation

    def words(self, tokens: Sequence[Token], whose: str, rng: random.Random) -> str:
        """Tokens to text with the voice's possessive."""
        out: list[str] = []
        for token in tokens:
            if isinstance(token, Both):
                out.append(self._both(token.plural, whose, rng))
            elif token == WHOSE:
                out.append(whose)
            else:
                out.append(token)
        return " ".join(word for word in out if word)

    def _both(self, plural: str, whose: str, rng: random.Random) -> str:
        if not whose:
            return rng.choice((self._both_forms[0].format(plural=plural), plural))
        return rng.choices(self._both_forms, self._both_weights)[0].format(plural=plural, whose=whose)

    def clause(self, template: Template, voice: Voice, subject: str, rng: random.Random, adverb: str = "") -> str:
        """A full clause: "she raises her left arm", "his knees are (now) bent"."""
        rest = self.words(template.rest, voice.whose, rng)
        if template.kind == "state":
            part = self.words(template.head, voice.whose, rng)
            if not adverb and rng.random() < 0.2:
                return f"{subject} {self.agree(self._own, subject)} {part} {rest}"
            return _spaced(part, self._be["plural" if template.plural else "others"], adverb, rest)
        return f"{subject} {self.predicate(template, voice, subject, rng, adverb)}"

    def predicate(self, template: Template, voice: Voice, subject: str, rng: random.Random, adverb: str = "") -> str:
        """The clause of an act or a being without its subject: "raises her left arm", "is on all fours"."""
        rest = self.words(template.rest, voice.whose, rng)
        if template.kind == "be":
            return _spaced(self.be(subject), adverb, rest)
        *adverbs, verb = (str(word) for word in template.head)
        if rng.random() < 0.5:
            return _spaced(self.be(subject), adverb, *adverbs, self.gerund(verb), rest)
        return _spaced(adverb, *adverbs, self.agree(verb, subject), rest)

    def command(self, template: Template, voice: Voice, rng: random.Random) -> str:
        """An imperative: "raise your left arm", "keep your left arm raised"."""
        rest = self.words(template.rest, voice.whose, rng)
        if template.kind == "state":
            return f"{rng.choice(self._keep)} {self.words(template.head, voice.whose, rng)} {rest}"
        return _spaced(*(str(word) for word in template.head), rest)

    def attached(self, template: Template, voice: Voice, rng: random.Random) -> str:
        """Without a finite verb, to lean on another clause: "her left arm raised", "raising her left arm"."""
        rest = self.words(template.rest, voice.whose, rng)
        if template.kind == "act":
            *adverbs, verb = (str(word) for word in template.head)
            return _spaced(*adverbs, self.gerund(verb), rest)
        return _spaced(self.words(template.head, voice.whose, rng), rest)

    def agree(self, verb: str, subject: str) -> str:
        """The present tense of a verb for a subject."""
        return verb if subject in self._plain else self.third(verb)

    def be(self, subject: str) -> str:
        """ "is", "are" or "am"."""
        return self._be.get(subject, self._be["others"])

"""Patterns of the wording files, compiled to templates: what is left to choose at run time is who is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.body.skeleton import OTHER_SIDE

WHOSE = "~"  # stands for "his", "the", "your" ... in a compiled template
_INNERMOST = re.compile(r"\(([^()]*)\)")
_NUMBER = re.compile(r"<([^|<>]*)\|([^<>]*)>")
_PART = re.compile(r"@(?:(same|other):)?(\w+)")


@dataclass(frozen=True)
class Both:
    """The noun phrase of both sides, said first in a clause: "both arms", "his arms", "both of his arms"."""

    plural: str


Token = str | Both
Tokens = tuple[Token, ...]


@dataclass(frozen=True)
class Template:
    """One wording. ``head`` is the verb of an act or the subject of a state; other kinds have none."""

    kind: str
    head: Tokens
    rest: Tokens
    plural: bool = False


def alternatives(pattern: str) -> Iterator[str]:
    """All readings of a pattern with ``(a|b)`` alternatives, which may be nested."""
    inner = _INNERMOST.search(pattern)
    if inner is None:
        yield " ".join(pattern.replace(" ,", ",").split())
        return
    for choice in inner[1].split("|"):
        yield from alternatives(pattern[: inner.start()] + choice + pattern[inner.end() :])


def _for_side(pattern: str, side: str) -> str:
    number = _NUMBER.sub(lambda match: match[2] if side == "both" else match[1], pattern)
    return number.replace("{side}", side).replace("{other}", OTHER_SIDE.get(side, side))


class Patterns:
    """The compiler of patterns.

    Args:
        data: the parsed ``wordings.yaml`` (its ``plurals`` and ``opposite``).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._plurals: Mapping[str, str] = data["plurals"]
        self._many = frozenset(self._plurals.values())
        self._opposite: tuple[str, ...] = tuple(data["opposite"].split())

    def compile(self, patterns: Mapping[str, Sequence[str]], side: str) -> list[list[Template]]:
        """Templates of a predicate: one list per pattern, one entry per alternative.

        Args:
            patterns: kind (act, state, be, tell, tag, read) to patterns.
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

    def _tokens(self, text: str, side: str, first: bool) -> Tokens:
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

    def _noun_phrase(self, which: str | None, noun: str, side: str, first: bool) -> Tokens:
        if side != "both":
            word = OTHER_SIDE[side] if which == "other" else side
            return (WHOSE, word, noun)
        plural = self._plurals[noun]
        if which == "other":
            return (*self._opposite, plural)
        return (Both(plural),) if first and which is None else (WHOSE, plural)

"""The line under an answer that tells what of the request the pose does: ✓ done, ✗ not done, ? not sure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unipose.language import Verdict
from unipose.language.checking.verdicts import SIGNS

_GRAVEST = ("no", "unsure", "yes")
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$])")
_LONGEST = 60  # characters of a stretch of the request that are repeated


def line(verdicts: Iterable[Verdict]) -> str:
    """The verdicts as one line of Markdown, in the order of the request; empty when there are none.

    Claims made by the same words share a mark, the gravest of theirs.
    """
    marks: dict[tuple[int, int], set[str]] = {}
    words: dict[tuple[int, int], str] = {}
    for verdict in verdicts:
        marks.setdefault(verdict.span, set()).add(verdict.mark)
        words[verdict.span] = verdict.words
    told = [f"{SIGNS[_worst(marks[span])]} {_plain(words[span])}" for span in sorted(marks)]
    return " · ".join(told)


def _worst(marks: set[str]) -> str:
    return next(mark for mark in _GRAVEST if mark in marks)


def _plain(words: str) -> str:
    """What the visitor wrote, shortened, and without any meaning to Markdown."""
    said = " ".join(words.split())
    said = said if len(said) <= _LONGEST else said[: _LONGEST - 1].rstrip() + "…"
    return _MARKUP.sub(r"\\\1", said)

"""The marks under an answer that tell what of the request the pose does: ✓ done, ✗ not done, ? not sure."""

from __future__ import annotations

import html
from collections.abc import Iterable

from unipose.language import Verdict
from unipose.language.checking.verdicts import SIGNS

SAID = {"yes": "done", "no": "not done", "unsure": "not sure"}
_GRAVEST = ("no", "unsure", "yes")
_LONGEST = 60  # characters of a stretch of the request that are repeated


def marked(verdicts: Iterable[Verdict]) -> list[tuple[str, str]]:
    """Mark (``yes``, ``no`` or ``unsure``) and words of each stretch of the request, in its order.

    Claims made by the same words share a mark, the gravest of theirs.
    """
    marks: dict[tuple[int, int], set[str]] = {}
    words: dict[tuple[int, int], str] = {}
    for verdict in verdicts:
        marks.setdefault(verdict.span, set()).add(verdict.mark)
        words[verdict.span] = verdict.words
    return [(_worst(marks[span]), _short(words[span])) for span in sorted(marks)]


def chips(verdicts: Iterable[Verdict]) -> str:
    """The marks as a list in HTML, each with its meaning in words for who cannot see it; empty when there are none."""
    items = "".join(
        f'<li class="mark-{mark}"><span aria-hidden="true">{SIGNS[mark]}</span> {html.escape(words)}'
        f'<span class="unseen">: {SAID[mark]}</span></li>'
        for mark, words in marked(verdicts)
    )
    return f'<ul class="marks" aria-label="What of it the pose does">{items}</ul>' if items else ""


def _worst(marks: set[str]) -> str:
    return next(mark for mark in _GRAVEST if mark in marks)


def _short(words: str) -> str:
    said = " ".join(words.split())
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1].rstrip() + "…"

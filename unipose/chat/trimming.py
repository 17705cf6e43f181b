"""An order without what it is for, what it is like, and who is told: "bend the knees like he's landing", "make him
look up at the sky".

What is cut off says nothing of the body. Whether the rest is an order is for others to tell. The words are data
(``trimmed`` in ``phrases.yaml``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from unipose.chat import courses, ellipsis
from unipose.chat.references import led, phrases
from unipose.chat.understanding import stated


def ways(text: str) -> Iterator[str]:
    """Shorter ways to say a text, the least shortened first; none where nothing can be left out.

    >>> list(ways("bend the knees, like it's nothing"))
    ['bend the knees']
    """
    told = _causing().sub("", led(text).strip())
    told = re.sub(phrases()["trimmed"]["tail"], "", told, flags=re.IGNORECASE)
    seen = {text}
    for way in (told, *_cut(told)):
        way = way.strip(" ,;:-")
        if way and way not in seen:
            seen.add(way)
            yield way


def _cut(text: str) -> Iterator[str]:
    """The text up to each purpose or likeness, and without the place it ends with; the longest first."""
    cuts = {match.start() for match in _purpose().finditer(text) if match.start()}
    if ending := _place().search(text):
        start = ending.start()
        if not ellipsis.names_part(text[start:]) and courses.step(text[:start]) is None:  # "back to the start"
            cuts.add(start)
    for cut in sorted(cuts, reverse=True):
        if not stated(text[cut:]).items:
            yield text[:cut]


@functools.lru_cache(maxsize=1)
def _causing() -> re.Pattern[str]:
    return re.compile(phrases()["trimmed"]["causing"], re.IGNORECASE)


@functools.lru_cache(maxsize=1)
def _purpose() -> re.Pattern[str]:
    return re.compile(phrases()["trimmed"]["purpose"], re.IGNORECASE)


@functools.lru_cache(maxsize=1)
def _place() -> re.Pattern[str]:
    return re.compile(phrases()["trimmed"]["place"], re.IGNORECASE)

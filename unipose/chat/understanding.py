"""What words claim: read as they stand, and for requests with a guess at the named poses that they only hint at."""

from __future__ import annotations

import functools

from unipose.language import Parse, Parser
from unipose.language.reading.meaning import LIKELY, SURE, Meaning


@functools.lru_cache(maxsize=256)
def stated(text: str) -> Parse:
    """What a text says in so many words. A turn asks several times."""
    return Parser.load().parse(text)


@functools.lru_cache(maxsize=256)
def meant(text: str) -> Parse:
    """What a request asks for: what it states, and where words are left over the named pose they hint at, unsurely.

    Without the sentence encoder's package it is what the text states.
    """
    meaning = Meaning.load()
    return stated(text) if meaning is None else meaning.complete(text, stated(text))


def hinted(text: str) -> bool:
    """Whether a text clearly hints at a named pose, without saying so.

    >>> hinted("You want the cab across the street to pull over."), hinted("what time is it in Oslo")
    (True, False)
    """
    return not stated(text).items and any(sure >= LIKELY * SURE for sure in meant(text).confidences)


def warm() -> None:
    """Load what understanding takes, so that the first request does not wait for it."""
    Parser.load()
    Meaning.load()

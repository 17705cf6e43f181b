"""What words claim: read as they stand, and for requests with a guess at the named poses that they only hint at."""

from __future__ import annotations

import functools

from unipose.language import Parse, Parser
from unipose.language.reading.meaning import SURE, Meaning

_CLEARLY, _MORE_CLEARLY = 0.35, 0.6  # how likely a name must be for words alone to be a request of it; a change to it


@functools.lru_cache(maxsize=256)
def stated(text: str) -> Parse:
    """What a text says in so many words. A turn asks several times."""
    return Parser.load().parse(text)


@functools.lru_cache(maxsize=256)
def meant(text: str) -> Parse:
    """What a request asks for: what it states, and where words are left over the named pose they hint at, unsurely.

    "One hand" and "the other" are a side each. Without the sentence encoder's package nothing is guessed.
    """
    meaning, parse = Meaning.load(), Parser.load().parse(text, choosing=True)
    return parse if meaning is None else meaning.complete(text, parse)


def hinted(text: str, change: bool = False) -> bool:
    """Whether a text clearly hints at a named pose, without saying so; for a ``change`` of a pose more clearly: "jiggle
    the left shin" is about a shin rather than about hopping.

    >>> hinted("You want the cab across the street to pull over."), hinted("what time is it in Oslo")
    (True, False)
    """
    least = SURE * (_MORE_CLEARLY if change else _CLEARLY)
    return not stated(text).items and any(sure >= least for sure in meant(text).confidences)


def warm() -> None:
    """Load what understanding takes, so that the first request does not wait for it."""
    Parser.load()
    Meaning.load()

"""Where something is moved to, without where it comes from: "take the hand from the hip to the nape"."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.language.reading.plain import Word

_FROM, _TO = ("from", "off"), ("to", "onto", "into")
_REACH = 5  # words of an origin, at most


def without_origins(words: Sequence[Word]) -> list[Word]:
    """Words without the origins of moves that also have an aim. An order says where a part is to be; where it was is
    no claim about that. Origins in numbers stay: "from 30 to 60 degrees" may be a range."""
    out: list[Word] = []
    at = 0
    while at < len(words):
        aim = _aim(words, at) if words[at].plain in _FROM and at else None
        if aim is None:
            out.append(words[at])
            at += 1
        else:
            out.append(words[aim]._replace(joining=words[at].joining))
            at = aim + 1
    return out


def _aim(words: Sequence[Word], at: int) -> int | None:
    """Where the aim of a move starts whose origin starts at a place; none where it has no aim."""
    for place in range(at + 1, min(len(words), at + 1 + _REACH)):
        word = words[place]
        if word.joining or word.negated or word.plain[0].isdigit():
            return None
        if word.plain in _TO:
            return place if place > at + 1 else None
    return None

"""Where something is moved to, without where it comes from or which way: "take the hand from the hip to the nape"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from unipose.language.reading.plain import Word

_FROM, _TO = ("from", "off"), ("to", "onto", "into")
_ON = "on"
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


def at_their_aims(
    words: Sequence[Word], breaks: Collection[int], movers: Collection[str], ways: Collection[str]
) -> list[Word]:
    """Words with parts of the body on what they are moved to: "bring the hand down to the knee" as "the hand on the
    knee", which is where it then is.

    Args:
        words: a text in plain words.
        breaks: where its clauses start.
        movers: verbs that bring something somewhere.
        ways: words before the aim that only say by which way.
    """
    starts = sorted({0, *breaks, len(words)})
    clauses = [words[first:last] for first, last in pairwise(starts)]
    return [word for clause in clauses for word in _at_its_aim(clause, movers, ways)]


def _at_its_aim(clause: Sequence[Word], movers: Collection[str], ways: Collection[str]) -> Sequence[Word]:
    aim = next((at for at, word in enumerate(clause) if word.plain == _TO[0]), 0)
    before = list(clause[:aim])
    if not any(word.plain in movers for word in before) or any(word.negated for word in before):
        return clause
    while before and before[-1].plain in ways:
        before.pop()
    moved = [word for word in before if word.plain not in movers]
    if not moved:  # "go to the floor"
        return clause
    first = moved[0]._replace(joining=clause[0].joining)
    return [first, *moved[1:], clause[aim]._replace(plain=_ON), *clause[aim + 1 :]]


def _aim(words: Sequence[Word], at: int) -> int | None:
    """Where the aim of a move starts whose origin starts at a place; none where it has no aim."""
    for place in range(at + 1, min(len(words), at + 1 + _REACH)):
        word = words[place]
        if word.joining or word.negated or word.plain[0].isdigit():
            return None
        if word.plain in _TO:
            return place if place > at + 1 else None
    return None

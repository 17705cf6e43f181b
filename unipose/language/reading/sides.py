"""Which side is meant where none is named: "left arm bent, the hand on the belly", "the other knee", "one arm up"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.reading.plain import Word
from unipose.language.reading.trie import DEFAULT_SIDE, EITHER, QUALIFIERS, SIDELESS

OPEN = ""  # "the standing leg": it is one of both, but nothing in the text tells which
_LEG = "leg"
_ON = "on"
_OTHER, _ONE, _EACH = "other", "one", "each"
_BEFORE_ONE = (*OTHER_SIDE, _OTHER)
_REACH = 2  # words before a part among which its side stands ("left upper arm")


class Sides:
    """Finds the sides of parts that lack theirs.

    Args:
        plurals: body parts, singular to plural.
        limbs: limb to its parts in the singular: what is said of one part of it goes on with its side.
        open_before: words before a part that tell it from its fellow, but not by a side ("standing").
        strides: words for which leg is which: of the one in ``front`` and the one ``behind``, and words that bring a
            leg ``forward`` or ``back``.
        beside_other: words beside an "other" that is no part of the body ("the other way", "each other").
    """

    def __init__(
        self,
        plurals: Mapping[str, str],
        limbs: Mapping[str, Sequence[str]],
        open_before: Sequence[str],
        strides: Mapping[str, Sequence[str]],
        beside_other: Sequence[str],
    ) -> None:
        self._no_verbs = frozenset((*plurals, *plurals.values(), *beside_other, _ONE))
        self._limb = {part: limb for limb, parts in limbs.items() for part in parts}
        self._plural = {plural: one for one, plural in plurals.items()}
        self._open_before = frozenset(open_before)
        self._front, self._behind, self._forward, self._back = (
            frozenset(strides[name]) for name in ("front", "behind", "forward", "back")
        )

    def named(self, words: Sequence[Word]) -> list[Word]:
        """The words, with a side in the place of a "one" that is told later: "lift one arm, the left one"."""
        out = list(words)
        for at in range(len(out) - 2, 0, -1):
            if [word.plain for word in out[at : at + 2]] not in ([side, _ONE] for side in OTHER_SIDE):
                continue
            if at + 2 < len(out) and not out[at + 2].joining:  # "the left one up" is an order of its own
                continue
            if any(word.negated for word in out[at : at + 2]):  # "not the left one"
                continue
            # of the part spoken of last, and only if that is "one"
            part = next((place for place in range(at - 1, 0, -1) if out[place].plain in self._limb), 0)
            if part and out[part - 1].plain == _ONE:
                out[part - 1] = out[part - 1]._replace(plain=out[at].plain)
                del out[at : at + 2]
        return out

    def completed(self, words: Sequence[Word]) -> list[Word]:
        """The words, with the part spoken of before in the place of "one" ("the right one", "the other one"), and
        behind an "other" that stands alone ("while the other rests on the waist")."""
        out: list[Word] = []
        part = ""
        for at, word in enumerate(words):
            part = word.plain if word.plain in self._limb else self._plural.get(word.plain, part)
            sided = bool(out) and out[-1].plain in _BEFORE_ONE and part
            out.append(word._replace(plain=part) if sided and word.plain == _ONE else word)
            following = words[at + 1].plain if at + 1 < len(words) else ""
            alone = word.plain == _OTHER and part and following and following not in self._no_verbs
            if alone and not (at and words[at - 1].plain == _EACH):
                out.append(word._replace(plain=part, joining=0.0, negated=False))
        return out

    def chosen(self, words: Sequence[Word]) -> Sequence[Word]:
        """The words with a side each for "one" and "the other" of one order: the same arm cannot be both."""
        ones, others = (
            [at for at, word in enumerate(words[:-1]) if word.plain == which and words[at + 1].plain in self._limb]
            for which in (_ONE, _OTHER)
        )
        ones = [at for at in ones if not at or words[at - 1].plain != _ON]  # "on one leg" is a posture of its own
        if not others or any(word.plain in OTHER_SIDE for word in words):
            return words
        if not ones and not any(word.plain == _ONE for word in words):
            return words
        sides = dict.fromkeys(ones, DEFAULT_SIDE) | dict.fromkeys(others, OTHER_SIDE[DEFAULT_SIDE])
        return [word._replace(plain=sides.get(at, word.plain)) for at, word in enumerate(words)]

    def of(self, words: Sequence[Word]) -> tuple[str, ...]:
        """For each word the side that is meant should it be a part in the singular without a side; ``OPEN`` where none
        may be made up, and ``EITHER`` where one of both is meant."""
        leading = self._leading(words)
        last: dict[str, str] = {}  # limb to the side it was last spoken of with
        out: list[str] = []
        for at, word in enumerate(words):
            limb = self._limb.get(word.plain, "")
            side = DEFAULT_SIDE
            if limb:
                side = self._side(words, at, last.get(limb), leading if limb == _LEG else "")
                if named := self._named(words, at):  # the side is its own, and read with it or not at all
                    side = OPEN
                last[limb] = named or side
                if at and words[at - 1].plain in QUALIFIERS:
                    out[-1] = side
            elif (one := self._plural.get(word.plain)) is not None:
                last.pop(self._limb.get(one, ""), None)
            out.append(side)
        return tuple(out)

    def other(self, words: Sequence[Word], start: int) -> str:
        """The side of "the other one" at a position: opposite to the last one said; ``EITHER`` after "one arm"."""
        for at in range(start - 1, -1, -1):
            if words[at].plain in OTHER_SIDE:
                return OTHER_SIDE[words[at].plain]
            if words[at].plain in self._limb and at and words[at - 1].plain in SIDELESS:
                return EITHER
        return DEFAULT_SIDE

    def _side(self, words: Sequence[Word], at: int, last: str | None, leading: str) -> str:
        before = words[at - 1].plain if at and not words[at].joining else ""
        if before == _OTHER:
            return self.other(words, at - 1)
        if before in SIDELESS:
            return EITHER
        if before in self._front or before in self._behind:
            ahead = leading or EITHER
            return ahead if before in self._front else OTHER_SIDE.get(ahead, EITHER)
        if before in self._open_before:
            return OPEN
        return DEFAULT_SIDE if last is None else last

    def _leading(self, words: Sequence[Word]) -> str:
        """The side of the leg that is in front, where the text says which one; else empty."""
        for at, word in enumerate(words):
            named = self._named(words, at) if self._limb.get(word.plain) == _LEG else ""
            if not named:
                continue
            clause = {each.plain for each in _clause_around(words, at)}
            if not clause.isdisjoint(self._forward):
                return named
            if not clause.isdisjoint(self._back):
                return OTHER_SIDE[named]
        return ""

    def _named(self, words: Sequence[Word], at: int) -> str:
        said = (words[place].plain for place in range(at - 1, max(-1, at - 1 - _REACH), -1))
        return next((word for word in said if word in OTHER_SIDE), "")


def _clause_around(words: Sequence[Word], at: int) -> Sequence[Word]:
    """The words from one pause to the next around a place."""
    first = next((place for place in range(at, 0, -1) if words[place].joining), 0)
    last = next((place for place in range(at + 1, len(words)) if words[place].joining), len(words))
    return words[first:last]

"""What "it" and "them" stand for: "take the hands off the knees and raise them over the head"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.reading.plain import PRONOUNS, Word

_ONE = "it"
_Mention = tuple[Word, ...]  # a part in plain words, its side before it where it has one


class Pronouns:
    """Puts parts of the body in the place of pronouns.

    Args:
        plurals: body parts, singular to plural.
    """

    def __init__(self, plurals: Mapping[str, str]) -> None:
        self._one, self._many = frozenset(plurals), frozenset(plurals.values())

    def resolved(self, words: Sequence[Word], breaks: Sequence[int]) -> list[Word]:
        """Words without pronouns: those that can stand for a part spoken of before are replaced by it, the first of the
        nearest clause that names one; the others are left out.

        Args:
            words: a text with its pronouns.
            breaks: where clauses start, from the first to the last.
        """
        out: list[Word] = []
        before: list[_Mention] = []  # of the clauses behind, the nearest clause first
        here: list[_Mention] = []
        for at, word in enumerate(words):
            if at in breaks:
                before, here = here + before, []
            if word.plain in PRONOUNS:
                out.extend(self._meant(word, words, at, before))
                continue
            out.append(word)
            here.extend(self._mentions(words, at))
        return out

    def _meant(self, word: Word, words: Sequence[Word], at: int, before: Sequence[_Mention]) -> Iterator[Word]:
        following = words[at + 1].plain if at + 1 < len(words) else ""
        if following in self._one | self._many:  # "both hands"
            return
        known = self._one if word.plain == _ONE else self._many
        found = next((mention for mention in before if mention[-1].plain in known), ())
        for place, part in enumerate(found):
            yield word._replace(plain=part.plain, joining=0.0 if place else word.joining, negated=False)

    def _mentions(self, words: Sequence[Word], at: int) -> Iterator[_Mention]:
        word, side = words[at], words[at - 1 : at] if at and words[at - 1].plain in OTHER_SIDE else ()
        if word.plain in self._many or (word.plain in self._one and side):
            yield (*side, word)

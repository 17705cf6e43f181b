"""How far a negation reaches."""

from __future__ import annotations

from collections.abc import Sequence

from unipose.language.reading.plain import Plain, Word


class Denial:
    """A negation reaches over fillers ("don't just raise it") and alternatives ("don't sit or kneel"), but not over a
    pause or a conjunction. What follows words that were not read ("don't clumsily raise it") is unclear."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._reach = ""

    def over(self, words: Sequence[Word], read: bool, filler: bool) -> str:
        """Whether the next piece of text is "denied", "unclear" or neither (empty)."""
        first, here = words[0], any(word.negated for word in words)
        alternative = filler and first.plain in self._plain.alternatives
        if (first.joining or first.plain in self._plain.conjunctions) and not alternative:
            self._reach = ""
        if self._reach == "said":  # ... and done with, unless an alternative follows
            self._reach = "denied" if alternative else ""
        reach = self._reach = "denied" if here else self._reach
        if not filler and reach:
            self._reach = "said" if read and reach == "denied" else "unclear"
        return reach

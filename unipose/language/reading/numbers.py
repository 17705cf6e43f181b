"""Numbers with units in plain words: "45 degrees", "thirty cm", "half a metre", in degrees and metres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unipose.language.reading.plain import Word

SLOTS = {"deg": "<deg>", "m": "<m>"}  # what stands for a number of each unit in a wording
_STEPS = {"deg": (10, 5, 1), "m": (0.1, 0.05, 0.01)}  # a round number was rounded


@dataclass(frozen=True)
class Quantity:
    """A number in the unit of the measures ("deg" or "m"), and the step it seems to be rounded to.

    ``bound`` is 1 where it is the least ("more than 90 degrees"), -1 where it is the most, else 0.
    """

    number: float
    unit: str
    bound: int = 0

    @property
    def step(self) -> float:
        """The largest usual rounding that leaves the number as it is."""
        fits = (step for step in _STEPS[self.unit] if abs(self.number / step - round(self.number / step)) < 1e-6)
        return float(next(fits, _STEPS[self.unit][-1]))


class Numbers:
    """Finds quantities.

    Args:
        data: the parsed ``cues.yaml`` (its ``numbers``, ``units``, ``unitless``, ``nearly``, ``upto`` and ``bounds``).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._numbers = {str(word): float(value) for word, value in data["numbers"].items()}
        self._units = {str(word): (str(unit), float(scale)) for word, (unit, scale) in data["units"].items()}
        self._nearly = frozenset(data["nearly"]) | frozenset(data["upto"])
        self._unitless: Mapping[str, Any] = data["unitless"]
        self._bounds = {tuple(str(said).split()): int(bound) for said, bound in data["bounds"].items()}

    def find(self, words: Sequence[Word]) -> dict[int, tuple[int, Quantity]]:
        """Where quantities start: position to the position behind and the quantity, "about" before it included."""
        found: dict[int, tuple[int, Quantity]] = {}
        for start in range(len(words)):
            here = self._at(words, start)
            if here is not None:
                found[start] = here
                while start and words[start - 1].plain in self._nearly:
                    start -= 1
                    found[start] = here
                self._bounded(words, start, here, found)
        return found

    def _bounded(
        self, words: Sequence[Word], start: int, here: tuple[int, Quantity], found: dict[int, tuple[int, Quantity]]
    ) -> None:
        """Add the quantity with the words before it that make it the least or the most."""
        for said, bound in self._bounds.items():
            first = start - len(said)
            if first >= 0 and tuple(word.plain for word in words[first:start]) == said:
                end, quantity = here
                found[first] = (end, replace(quantity, bound=bound))

    def _at(self, words: Sequence[Word], start: int) -> tuple[int, Quantity] | None:
        number, position = 0.0, start
        while position < len(words) and (size := self._size(words[position].plain)) is not None:
            number, position = number + size, position + 1
        if position == start:
            return None
        if position == len(words) or words[position].plain not in self._units:
            told = number >= self._unitless["least"]
            return (position, Quantity(number, self._unitless["unit"])) if told else None
        unit, scale = self._units[words[position].plain]
        return position + 1, Quantity(round(number * scale, 4), unit)

    def _size(self, word: str) -> float | None:
        return float(word) if word[0].isdigit() and word.replace(".", "", 1).isdigit() else self._numbers.get(word)

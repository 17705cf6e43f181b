"""Numbers in words: measures rounded and said, and the tolerance that the rounding leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.items import Amount
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.writing.grammar import Grammar
from unipose.language.writing.patterns import Template

_TOLERANCE = 0.5  # sigmas a number may miss by, besides half its rounding


@dataclass(frozen=True)
class Saying:
    """The ways to say numbers of some measures, which lie on one side of zero.

    ``measures`` has two entries where both sides have the same number; ``sign`` is -1 where the text's number is minus
    the value.
    """

    measures: tuple[str, ...]
    sign: int
    lo: float
    hi: float
    templates: tuple[tuple[Template, ...], ...]


class Amounts:
    """Which measures may be said in numbers, and how.

    Args:
        registry: the measures.
        grammar: compiles the patterns.
        data: the parsed ``amounts.yaml``; the shipped one when left out.

    Raises:
        ValueError: on an unknown measure.
    """

    def __init__(self, registry: Registry, grammar: Grammar, data: Mapping[str, Any] | None = None) -> None:
        data = data or read_data("amounts.yaml")
        self._registry = registry
        self._units: Mapping[str, Mapping[str, Any]] = data["units"]
        self._numbers: Mapping[int, str] = data["numbers"]
        self.sayings = tuple(self._read(data, grammar))
        self._by_measure: dict[tuple[tuple[str, ...], int], Saying] = {(s.measures, s.sign): s for s in self.sayings}
        self.measures = frozenset(s.measures[0] for s in self.sayings if len(s.measures) == 1)

    @staticmethod
    def load(registry: Registry) -> Amounts:
        """The shipped ones."""
        return Amounts(registry, Grammar(read_data("wordings.yaml")))

    def of(self, measure: str, value: float, rng: random.Random) -> Amount | None:
        """The number to say for a value, rounded; None when it has no words (too small to be worth a number)."""
        saying = self._by_measure.get(((measure,), -1 if value < 0 else 1))
        if saying is None or not saying.lo <= value <= saying.hi:
            return None
        step = rng.choice(self._unit(measure)["steps"])
        return self.interval(measure, round(value / step) * step, step)

    def interval(self, measure: str, number: float, step: float) -> Amount:
        """What a number claims: itself, give or take half its rounding and half a sigma.

        Raises:
            ValueError: on an unknown measure.
        """
        if measure not in self._registry.measure_index:
            raise ValueError(f"unknown measure {measure!r}; measures.yaml lists the known ones")
        reach = step / 2 + _TOLERANCE * self._registry.measures[self._registry.measure_index[measure]].sigma
        return Amount(measure, round(number - reach, 6), round(number + reach, 6))

    def saying(self, *amounts: Amount) -> Saying | None:
        """How one amount, or the same amount of two measures, is said; None when there are no words for it."""
        number = _number(amounts[0])
        if any(abs(_number(other) - number) > 1e-6 or other.negated != amounts[0].negated for other in amounts):
            return None
        return self._by_measure.get((tuple(amount.measure for amount in amounts), -1 if number < 0 else 1))

    def spelled(self, amount: Amount, style: str, rng: random.Random) -> str:
        """The number with its unit: "30 cm". ``style`` is "plain", "symbol" or "words"."""
        unit = self._unit(amount.measure)
        size = round(abs(_number(amount)) * unit["scale"])
        text = self._in_words(size) if style == "words" else str(size)
        return str(rng.choice(unit[style])).format(x=text)

    def _in_words(self, size: int) -> str:
        if size in self._numbers:
            return self._numbers[size]
        tens, ones = size - size % 10, size % 10
        if tens in self._numbers and ones in self._numbers and tens < 100:
            return f"{self._numbers[tens]}-{self._numbers[ones]}"
        return str(size)

    def _unit(self, measure: str) -> Mapping[str, Any]:
        return self._units[self._registry.measures[self._registry.measure_index[measure]].unit]

    def _read(self, data: Mapping[str, Any], grammar: Grammar) -> Iterator[Saying]:
        for name, words in data["measures"].items():
            if "{side}" in name:
                sides = [name.replace("{side}", side) for side in OTHER_SIDE]
                plans: Sequence[tuple[str, tuple[str, ...]]] = (
                    ("left", (sides[0],)),
                    ("right", (sides[1],)),
                    ("both", (sides[0], sides[1])),
                )
            else:
                plans = (("", (name,)),)
            for side, measures in plans:
                for measure in measures:
                    if measure not in self._registry.measure_index:
                        raise ValueError(f"amounts.yaml: unknown measure {measure!r}; see measures.yaml")
                yield from self._directions(words, measures, side, data["about"], grammar)

    def _directions(
        self, words: Mapping[str, Any], measures: tuple[str, ...], side: str, about: str, grammar: Grammar
    ) -> Iterator[Saying]:
        def say(patterns: Mapping[str, Any], side: str, sign: int, lo: float, hi: float) -> Saying:
            texts = {
                kind: [pattern.replace("{about}", about) for pattern in patterns[kind]]
                for kind in ("state", "act")
                if kind in patterns
            }
            return Saying(measures, sign, lo, hi, tuple(map(tuple, grammar.compile(texts, side))))

        if "toward" in words:
            lo, hi = words["toward"]["between"]
            yield say(words["toward"], "left", 1, lo, hi)
            yield say(words["toward"], "right", -1, -hi, -lo)
        elif "between" in words:
            yield say(words, side, 1, *words["between"])
        else:
            yield say(words["increase"], side, 1, *words["increase"]["between"])
            yield say(words["decrease"], side, -1, *words["decrease"]["between"])


def _number(amount: Amount) -> float:
    return (amount.lo + amount.hi) / 2

"""How measures change between two poses, in degrees, numbers and words; read from ``changes.yaml``."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.language.items import Amount, Change
from unipose.language.measuring.measures import sided
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.numbers import Quantity
from unipose.language.writing.grammar import NUMBER, Grammar
from unipose.language.writing.patterns import Template

Pair = tuple[float, float]
Wordings = Sequence[Sequence[Template]]
_KINDS = ("act", "state")
_END = "end"  # the degree "all the way"
_SLACK = 0.5  # sigmas a number may miss by, besides half its rounding


@dataclass(frozen=True)
class Degree:
    """A size word: chosen for changes within ``choose``, promising one within ``means``; both by unit ("deg", "m").

    ``worth`` is how much rather it is said than others, nats.
    """

    choose: Mapping[str, Pair]
    means: Mapping[str, Pair]
    words: Mapping[str, str]
    worth: float = 0.0


@dataclass(frozen=True)
class Direction:
    """One way a measure (or the same measure of both sides) can change, and its wordings.

    Attributes:
        measures: those that change; two where both sides do.
        sign: 1 or -1.
        side: "left", "right", "both" or, of an odd measure, where to.
        region: the part of the body.
        unit: "deg" or "m".
        worth: how much more it strikes the eye than others, nats.
        scale: how much smaller than a limb's its degrees are.
        world: whether the measure also changes when something nearer the trunk moves.
        rooted: whether it is said only while the same parts are on the floor.
        unless: columns that must not have changed more clearly.
        start: where the first pose must be.
        during: column to bounds that both poses must be in.
        also: column to the sign with which it must have changed, too.
        lifted: columns of heights that must be off the floor in one of the poses.
        reach: where the end of its range is.
        templates: degree to wordings; those of "end" speak of ``reach``.
        numbers: wordings with a number in them.
    """

    measures: tuple[str, ...]
    sign: int
    side: str
    region: str
    unit: str
    worth: float
    scale: float
    world: bool
    rooted: bool
    unless: tuple[int, ...]
    start: Pair
    during: Mapping[int, Pair]
    also: Mapping[int, int]
    lifted: tuple[int, ...]
    reach: Pair
    templates: Mapping[str, Wordings]
    numbers: Wordings

    def changes(self, degree: str, registry: Registry, means: Mapping[str, Pair]) -> tuple[Change | Amount, ...]:
        """The claims made by saying this direction in ``degree``, which promises ``means`` of a limb."""
        if degree == _END:
            lo, hi = self.reach
            return tuple(Amount(name, lo, hi) for name in self.measures)
        return tuple(Change(name, self.sign, degree, *self.interval(means)) for name in self.measures)

    def interval(self, sizes: Mapping[str, Pair]) -> Pair:
        """Sizes of a limb's change, by unit, as an interval of this change."""
        near, far = (round(bound * self.scale, 6) for bound in sizes[self.unit])
        return (near, far) if self.sign > 0 else (-far, -near)


@dataclass(frozen=True)
class Part:
    """A part of the body that is spoken of as a whole.

    Attributes:
        region: as in the registry, or "body".
        own: columns of its own measures.
        mirror: for each the column of its mirror image, ``signs`` with which factor.
        beside: the parts next to it: where they change, that this one does not is worth a word.
        keep, match, swap: wordings of staying, of being like the other side, of being mirrored.
    """

    region: str
    own: tuple[int, ...]
    mirror: tuple[int, ...]
    signs: tuple[float, ...]
    beside: tuple[str, ...]
    keep: Wordings
    match: Wordings
    swap: Wordings


class ChangeBook:
    """All directions and degrees of change that have words.

    Args:
        registry: the measures.
        grammar: compiles the patterns.

    Raises:
        ValueError: when the data names an unknown measure.
    """

    def __init__(self, registry: Registry, grammar: Grammar) -> None:
        data: Mapping[str, Any] = read_data("changes.yaml")
        self._registry = registry
        self._numbers: Mapping[str, Any] = data["numbers"]
        self.moved = float(data["moved"])
        self.now: Sequence[str] = data["now"]
        self.openings: Mapping[str, Sequence[str]] = data["openings"]
        self.forms: Mapping[str, float] = data["forms"]
        self.striking: Mapping[str, float] = data["striking"]
        self.degrees = {
            name: Degree(
                {unit: _pair(raw[unit]["choose"]) for unit in ("deg", "m")},
                {unit: _pair(raw[unit]["means"]) for unit in ("deg", "m")},
                {"much": raw["much"], "by": raw["by"]},
                float(raw.get("worth", 0.0)),
            )
            for name, raw in data["degrees"].items()
        }
        # whoever has words for going to the end of a range is in `degrees`, too, so that its words are read
        nowhere = dict.fromkeys(("deg", "m"), (math.inf, math.inf))
        self.degrees[_END] = Degree(nowhere, nowhere, {})
        self.floor = float(data["grounded"]["height"])
        self.grounded = tuple(self._column(name) for name in data["grounded"]["measures"])
        self.comparing = frozenset(self._column(name) for name in data["comparing"])
        self.still = float(data["still"])
        self.parts = {name: self._part(name, raw, data, grammar) for name, raw in data["parts"].items()}
        self.directions: tuple[Direction, ...] = tuple(
            direction for raw in data["changes"] for direction in self._directions(raw, grammar)
        )
        self._scales = {(name, each.sign): each for each in self.directions for name in each.measures}

    @staticmethod
    @functools.cache
    def load() -> ChangeBook:
        """The book of this package. Read once, then shared."""
        return ChangeBook(Registry.load(), Grammar(read_data("wordings.yaml")))

    def number(self, unit: str, size: float, rng: random.Random) -> Quantity | None:
        """The round number to say for a change of ``size``; None for one too small to be worth a number."""
        if size < self._numbers["least"][unit]:
            return None
        step = rng.choice(self._numbers[unit])
        return Quantity(round(round(size / step) * step, 4), unit)

    def by(self, measure: str, sign: int, quantity: Quantity) -> Change:
        """What "by 30 degrees" claims: the number, give or take half its rounding and half a sigma."""
        reach = quantity.step / 2 + _SLACK * self._registry.measures[self._column(measure)].sigma
        centre = sign * quantity.number
        return Change(measure, sign, "", round(centre - reach, 6), round(centre + reach, 6))

    def typical(self, change: Change) -> Change:
        """The change by as much as who says its degree has in mind; itself where it has none that is known."""
        direction, degree = self._scales.get((change.measure, change.direction)), self.degrees.get(change.degree)
        if direction is None or degree is None or change.negated:
            return change
        lo, hi = direction.interval(degree.choose)
        return Change(change.measure, change.direction, change.degree, lo, hi)

    def size(self, change: Change) -> float:
        """How far a change goes, in sigmas, as far as its words tell."""
        meant = self.typical(change)
        near, far = sorted((abs(meant.lo), abs(meant.hi)))
        sigma = self._registry.measures[self._column(change.measure)].sigma
        return ((near + far) / 2 if math.isfinite(far) else near) / sigma

    def _part(self, name: str, raw: Mapping[str, Any], data: Mapping[str, Any], grammar: Grammar) -> Part:
        side = "both" if name.endswith("s") else ""

        def say(patterns: Mapping[str, Sequence[str]]) -> Wordings:
            named = {"{part}": raw["part"], "{model}": raw.get("model", "")}
            return grammar.compile(
                {kind: [_replaced(text, named) for text in texts] for kind, texts in patterns.items()}, side
            )

        own = self._registry.own(name)
        measures = [self._registry.measures[which] for which in own]
        return Part(
            region=name,
            own=own,
            mirror=tuple(self._column(measure.mirror) for measure in measures),
            signs=tuple(-1.0 if measure.odd else 1.0 for measure in measures),
            beside=tuple(raw.get("beside", ())),
            keep=say(data["keep"]) if raw.get("beside") else (),
            match=say(data["match"]) if "model" in raw else (),
            swap=say(raw.get("mirror", {})),
        )

    def _column(self, name: str) -> int:
        if name not in self._registry.measure_index:
            raise ValueError(f"changes.yaml: unknown measure {name!r}; see measures.yaml")
        return self._registry.measure_index[name]

    def _directions(self, raw: Mapping[str, Any], grammar: Grammar) -> list[Direction]:
        make = functools.partial(self._direction, grammar=grammar)
        if "{side}" not in raw["measure"]:
            odd = (("increase", "", 1), ("decrease", "", -1), ("toward", "left", 1), ("toward", "right", -1))
            return [make(raw, (raw,), key, side=side, sign=sign) for key, side, sign in odd if key in raw]
        one = {side: sided(raw, side) for side in ("left", "right")}
        sides = (("left", (one["left"],)), ("right", (one["right"],)), ("both", tuple(one.values())))
        ways = (("increase", 1), ("decrease", -1))
        return [make(raw, each, key, side=side, sign=sign) for side, each in sides for key, sign in ways if key in raw]

    def _direction(
        self,
        raw: Mapping[str, Any],
        entries: Sequence[Mapping[str, Any]],
        key: str,
        side: str,
        sign: int,
        grammar: Grammar,
    ) -> Direction:
        """One direction; ``entries`` are the entry for each of its sides."""
        words, measures = raw[key], tuple(str(entry["measure"]) for entry in entries)
        first = self._registry.measures[self._column(measures[0])]
        templates = {
            name: grammar.compile(_graded(words, degree.words), side)
            for name, degree in self.degrees.items()
            if name != _END
        }
        end = words.get("end", {})
        templates[_END] = grammar.compile({kind: end[kind] for kind in _KINDS if kind in end}, side)
        by = {"much": f"{self._numbers['nearly']} {NUMBER}", "by": f"by {self._numbers['nearly']} {NUMBER}"}
        lo, hi = _bounds(end)
        return Direction(
            measures=measures,
            sign=sign,
            side=side,
            region=first.region.replace("left_", "") + "s" if side == "both" else first.region,
            unit=first.unit,
            worth=float(raw.get("worth", 0.0)),
            scale=float(raw.get("scale", 1.0)),
            world=bool(raw.get("world", False)),
            rooted=bool(raw.get("rooted", False)),
            unless=tuple(self._column(entry["unless"]) for entry in entries if "unless" in entry),
            start=_bounds(words.get("from", {})),
            during={self._column(name): _open(pair) for name, pair in raw.get("while", {}).items()},
            also={
                self._column(entry["also"].removeprefix("-")): -sign if entry["also"].startswith("-") else sign
                for entry in entries
                if "also" in entry
            },
            lifted=tuple(self._column(entry["lifted"]) for entry in entries if "lifted" in entry),
            reach=(lo, hi) if sign > 0 or not first.odd else (-hi, -lo),
            templates=templates,
            numbers=[
                *grammar.compile(_graded(words, by), side),
                *grammar.compile(words.get("number", {}), side),
            ],
        )


def _graded(words: Mapping[str, Any], degree: Mapping[str, str]) -> dict[str, list[str]]:
    """The patterns of one degree: its words filled in, patterns that need some words dropped where it has none."""
    filled = {kind: [graded(pattern, degree) for pattern in words.get(kind, ())] for kind in _KINDS}
    return {kind: [pattern for pattern in patterns if pattern] for kind, patterns in filled.items()}


def graded(pattern: str, degree: Mapping[str, str]) -> str:
    """A pattern with the words of a degree; empty where it needs some and the degree has none."""
    much, by = degree["much"], degree["by"]
    if not by and "{some}" in pattern:
        return ""
    return pattern.replace("{much}", much).replace("{by}", by).replace("{some}", by)


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(name, word)
    return text


def _pair(bounds: Sequence[float]) -> Pair:
    lo, hi = bounds
    return float(lo), float(hi)


def _open(bounds: Sequence[float | None]) -> Pair:
    lo, hi = bounds
    return -math.inf if lo is None else float(lo), math.inf if hi is None else float(hi)


def _bounds(words: Mapping[str, Any]) -> Pair:
    return float(words.get("above", -math.inf)), float(words.get("below", math.inf))

"""How measures change between two poses, in degrees and words; read from ``changes.yaml``."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.language.grammar import Grammar
from unipose.language.items import Change
from unipose.language.measures import sided
from unipose.language.patterns import Template
from unipose.language.registry import Registry, read_data

DEGREES = ("bit", "plain", "lot")


@dataclass(frozen=True)
class Degree:
    """A size word: chosen for changes within ``choose``, promising one within ``means`` (sigmas)."""

    choose: tuple[float, float]
    means: tuple[float, float]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Direction:
    """One way a measure (or the same measure of both sides) can change, and its wordings per degree."""

    measures: tuple[str, ...]
    sign: int
    side: str
    region: str
    world: bool
    unless: tuple[int, ...]
    start: tuple[float, float]
    templates: Mapping[str, Sequence[Sequence[Template]]]

    def changes(self, degree: str, registry: Registry, means: tuple[float, float]) -> tuple[Change, ...]:
        """The claims made by saying this direction in ``degree``."""
        claims = []
        for name in self.measures:
            sigma = registry.measures[registry.measure_index[name]].sigma
            near, far = (bound * sigma for bound in means)
            lo, hi = (near, far) if self.sign > 0 else (-far, -near)
            claims.append(Change(name, self.sign, degree, lo, hi))
        return tuple(claims)


class ChangeBook:
    """All directions and degrees of change that have words."""

    def __init__(self, registry: Registry, grammar: Grammar) -> None:
        data: Mapping[str, Any] = read_data("changes.yaml")
        self.moved = float(data["moved"])
        self.now: Sequence[str] = data["now"]
        self.openings: Mapping[str, Sequence[str]] = data["openings"]
        self.degrees = {
            name: Degree(_pair(raw["choose"]), _pair(raw["means"]), {"much": raw["much"], "by": raw["by"]})
            for name, raw in data["degrees"].items()
        }
        self.directions: tuple[Direction, ...] = tuple(
            direction for raw in data["changes"] for direction in self._directions(raw, registry, grammar)
        )

    def _directions(self, raw: Mapping[str, Any], registry: Registry, grammar: Grammar) -> list[Direction]:
        found: list[Direction] = []
        make = functools.partial(self._direction, registry=registry, grammar=grammar)
        if "{side}" not in raw["measure"]:
            for key, side, sign in (
                ("increase", "", 1),
                ("decrease", "", -1),
                ("toward", "left", 1),
                ("toward", "right", -1),
            ):
                if key in raw:
                    found.append(make(raw, raw[key], side=side, sign=sign, measures=(raw["measure"],)))
            return found
        for side in ("left", "right", "both"):
            sides = ("left", "right") if side == "both" else (side,)
            measures = tuple(raw["measure"].replace("{side}", one) for one in sides)
            for key, sign in (("increase", 1), ("decrease", -1)):
                if key in raw:
                    found.append(make(sided(raw, sides[0]), raw[key], side=side, sign=sign, measures=measures))
        return found

    def _direction(
        self,
        raw: Mapping[str, Any],
        words: Mapping[str, Any],
        side: str,
        sign: int,
        measures: tuple[str, ...],
        registry: Registry,
        grammar: Grammar,
    ) -> Direction:
        region = registry.measures[registry.measure_index[measures[0]]].region
        start = words.get("from", {})
        templates = {name: grammar.compile(_graded(words, degree), side) for name, degree in self.degrees.items()}
        unless = (registry.measure_index[raw["unless"]],) if "unless" in raw else ()
        return Direction(
            measures=measures,
            sign=sign,
            side=side,
            region=region.replace("left_", "") + "s" if side == "both" else region,
            world=bool(raw.get("world", False)),
            unless=unless,
            start=(float(start.get("above", -math.inf)), float(start.get("below", math.inf))),
            templates=templates,
        )


def _graded(words: Mapping[str, Any], degree: Degree) -> dict[str, list[str]]:
    """The patterns of one degree: its words filled in, patterns that need some words dropped where it has none."""
    much, by = degree.words["much"], degree.words["by"]
    return {
        kind: [
            pattern.replace("{much}", much).replace("{by}", by).replace("{some}", by)
            for pattern in words.get(kind, ())
            if by or "{some}" not in pattern
        ]
        for kind in ("act", "state")
    }


def _pair(bounds: Sequence[float]) -> tuple[float, float]:
    lo, hi = bounds
    return float(lo), float(hi)

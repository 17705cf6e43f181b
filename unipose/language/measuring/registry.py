"""The registry: everything that can be measured on a pose and said of it, loaded from data.

Measures are numbers (``measures.yaml``), predicates are truths about them (``registry.yaml``): an interval of one
measure, or all / any / not of other predicates. The truth of a predicate is a signed margin in sigmas (the just
noticeable difference of its measure): positive inside, negative outside. A conjunction takes the least margin of its
parts, a disjunction the greatest, a negation the opposite. What is asserted keeps a distance from the edge.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import torch
import yaml
from torch import Tensor

from unipose.body.skeleton import forward_kinematics
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measuring import lexicon
from unipose.language.measuring.above_waist import above_the_waist
from unipose.language.measuring.levels import Levels
from unipose.language.measuring.measures import Measure, MeasureSet, sided, swap_sides


@dataclass(frozen=True)
class Interval:
    """``lo <= measure <= hi``; an open side is infinite."""

    measure: int
    lo: float
    hi: float


@dataclass(frozen=True)
class Part:
    """A predicate used inside another one, possibly negated."""

    predicate: int
    negated: bool = False


@dataclass(frozen=True)
class Predicate:
    """Something true or false of a pose.

    True when every interval and every part of ``all`` holds and, if ``any`` is not empty, one of its parts does.
    ``covers`` are the predicates a hearer takes for granted once this one is said. ``silent`` ones have no words; those
    that are not ``told`` have, but are asserted only of a pose that somebody called so.
    """

    id: str
    side: str
    region: str
    intervals: tuple[Interval, ...]
    all: tuple[Part, ...]
    any: tuple[Part, ...]
    covers: frozenset[int]
    mirror: str
    silent: bool
    told: bool

    @property
    def whole(self) -> bool:
        """Whether it says how somebody is held as a whole: a posture, or a named pose."""
        return self.region in ("posture", "name")


@functools.cache
def read_data(name: str) -> Any:
    """Parse one of the data files beside this module."""
    text = resources.files("unipose.language").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def read_files(folder: str) -> dict[str, Any]:
    """Parse the data files of a folder beside this module: their names, in order, to what is in them."""
    names = sorted(each.name for each in resources.files("unipose.language").joinpath(folder).iterdir())
    return {name: read_data(f"{folder}/{name}") for name in names if name.endswith(".yaml")}


def read_folder(folder: str) -> dict[str, Any]:
    """Parse the data files of a folder beside this module, as one mapping.

    Raises:
        ValueError: when two files have the same key; the message names them.
    """
    found: dict[str, Any] = {}
    for name, entries in read_files(folder).items():
        if twice := sorted(found.keys() & (entries or {}).keys()):
            raise ValueError(f"{folder}/{name} has {twice}, which another file there has too; keep each in one place")
        found.update(entries or {})
    return found


class Registry:
    """Measures and predicates of poses.

    Args:
        measures: the parsed ``measures.yaml``.
        predicates: the parsed ``registry.yaml``.

    Raises:
        ValueError: when a predicate names an unknown measure or predicate, or predicates refer to each other in a ring.
    """

    def __init__(self, measures: Mapping[str, Any], predicates: Mapping[str, Any]) -> None:
        self.measure_set = MeasureSet(measures)
        self.measures: tuple[Measure, ...] = self.measure_set.measures
        self.measure_index: Mapping[str, int] = self.measure_set.index
        self.margin = float(predicates["margin"])
        self._told_fields: tuple[str, ...] = tuple(predicates.get("told_fields", ()))
        self.sigma = torch.tensor([measure.sigma for measure in self.measures])
        entries = list(_expand(predicates["predicates"]))
        regions = {measure.id: measure.region for measure in self.measures}
        entries += above_the_waist(entries, regions, predicates.get("above_waist", {"fields": (), "stands": ()}))
        self.index: dict[str, int] = {entry["id"]: i for i, entry in enumerate(entries)}
        if len(self.index) != len(entries):
            seen = [entry["id"] for entry in entries]
            raise ValueError(f"predicates defined twice: {sorted({i for i in seen if seen.count(i) > 1})}")
        built = [self._build(entry) for entry in entries]
        self.table: tuple[Predicate, ...] = tuple(built)
        self.predicates: tuple[str, ...] = tuple(self.index)
        self.mirror: tuple[int, ...] = tuple(self.index[predicate.mirror] for predicate in built)
        self._order = self._sort()
        # people ask for the same few predicates again and again: the solver at every step, a talk at every turn
        self._levels = functools.lru_cache(maxsize=64)(
            lambda wanted: Levels(self.table, self._order, wanted, self.sigma)
        )
        self.implied: tuple[frozenset[int], ...] = self._close_over_implications()

    @staticmethod
    @functools.cache
    @torch.inference_mode(False)  # kept for callers that follow gradients, whoever comes first
    def load() -> Registry:
        """The registry of this package. Read once, then shared."""
        data = read_data("registry.yaml")
        return Registry(
            read_data("measures.yaml"), {**data, "predicates": [*data["predicates"], *lexicon.predicates()]}
        )

    def __getitem__(self, predicate: str) -> Predicate:
        return self.table[self.position(predicate)]

    def measure(self, joints: Tensor, rotations: Tensor) -> Tensor:
        """All measures of poses.

        Args:
            joints: [..., 22, 3] metres, Y up.
            rotations: [..., 22, 3, 3] local rotations.

        Returns:
            Float32 [..., M]; degrees and metres of the reference body, as ``measures`` says.
        """
        return self.measure_set(joints, rotations)

    def measure_poses(self, rotations: Tensor) -> Tensor:
        """:meth:`measure` where only the rotations [..., 22, 3, 3] are at hand."""
        return self.measure(forward_kinematics(rotations)[0], rotations)

    def margins(self, values: Tensor, predicates: Sequence[str] | None = None) -> Tensor:
        """How clearly predicates hold: sigmas inside (+) or outside (-) of their nominal intervals.

        Args:
            values: [..., M] measures.
            predicates: which ones; all, in the order of ``Registry.predicates``, when left out.

        Returns:
            Float32 [..., P], or [..., K] for K named predicates.

        Raises:
            ValueError: on an unknown predicate.
        """
        wanted = range(len(self.table)) if predicates is None else [self.position(name) for name in predicates]
        return self._levels(tuple(wanted))(values)

    def truth(self, values: Tensor) -> Tensor:
        """Int8 [..., P]: 1 clearly true, -1 clearly false, 0 too close to an edge to say. ``values`` is [..., M]."""
        return self.decided(self.margins(values))

    def decided(self, margins: Tensor) -> Tensor:
        """:meth:`truth` where the margins are at hand, of the same shape."""
        return (margins >= self.margin).to(torch.int8) - (margins <= -self.margin).to(torch.int8)

    def holds(self, values: Tensor, predicates: Sequence[str]) -> Tensor:
        """Bool [..., K]: does each named predicate hold, by its nominal interval. ``values`` is [..., M].

        Raises:
            ValueError: on an unknown predicate.
        """
        return self.margins(values, predicates) >= 0

    def mirrored(self, item: Item) -> Item:
        """What the same words with left and right exchanged say; hedges, negations and degrees stay."""
        if isinstance(item, Statement):
            return replace(item, predicate=self[item.predicate].mirror)
        if isinstance(item, Keep | Match):
            return replace(item, region=swap_sides(item.region))
        measure = self.measures[self.measure_index[item.measure]]
        turned: Amount | Change = replace(item, measure=measure.mirror)
        if measure.odd:
            turned = replace(turned, lo=-item.hi, hi=-item.lo)
            turned = replace(turned, direction=-turned.direction) if isinstance(turned, Change) else turned
        return turned

    def own(self, region: str) -> tuple[int, ...]:
        """Indices of the measures that tell how a part of the body is held, whatever the rest does.

        ``region`` is one of the registry's ("left_arm", "arms", "legs", "trunk", "head") or "body".

        Raises:
            ValueError: on a region that has none.
        """
        found = tuple(
            i for i, measure in enumerate(self.measures) if measure.own and region in _regions_of(measure.region)
        )
        if not found:
            raise ValueError(f"no part of the body is called {region!r}; measures.yaml names the regions")
        return found

    def position(self, name: str) -> int:
        """Where a predicate stands in ``predicates`` (and in every [..., P] tensor)."""
        if name not in self.index:
            raise ValueError(f"unknown predicate {name!r}; Registry.predicates lists the {len(self.index)} known ones")
        return self.index[name]

    def _build(self, entry: Mapping[str, Any]) -> Predicate:
        intervals: tuple[Interval, ...] = ()
        if "measure" in entry:
            if entry["measure"] not in self.measure_index:
                raise ValueError(f"predicate {entry['id']}: unknown measure {entry['measure']!r}; see measures.yaml")
            lo, hi = _edges(entry)
            intervals = (Interval(self.measure_index[entry["measure"]], lo, hi),)
        intervals += tuple(self._within(entry, *each) for each in entry.get("within", {}).items())
        if not intervals and not entry.get("all") and not entry.get("any"):
            raise ValueError(
                f"predicate {entry['id']} says nothing: give it a measure, or all / any of other predicates"
            )
        return Predicate(
            id=entry["id"],
            side=entry["side"],
            region=entry["region"],
            intervals=intervals,
            all=self._parts(entry.get("all", ())),
            any=self._parts(entry.get("any", ())),
            covers=frozenset(self.position(name) for name in entry.get("covers", ())),
            mirror=swap_sides(entry["id"]),
            silent=bool(entry.get("silent", False)),
            told=not entry.get("silent", False) and entry.get("field", "") in ("", *self._told_fields),
        )

    def _within(self, entry: Mapping[str, Any], name: str, edges: Sequence[float | None]) -> Interval:
        if name not in self.measure_index:
            raise ValueError(f"predicate {entry['id']}: unknown measure {name!r}; see measures.yaml")
        which = self.measure_index[name]
        lo, hi = -math.inf if edges[0] is None else float(edges[0]), math.inf if edges[1] is None else float(edges[1])
        if lo >= hi:
            raise ValueError(f"predicate {entry['id']}: {name} has no room between {lo:g} and {hi:g}")
        # as for `signed`: what leans to the left on the left form leans to the right on the right one
        turned = entry["side"] == "right" and self.measures[which].odd
        return Interval(which, -hi, -lo) if turned else Interval(which, lo, hi)

    def _parts(self, names: Iterable[str]) -> tuple[Part, ...]:
        return tuple(Part(self.position(name.removeprefix("not ")), name.startswith("not ")) for name in names)

    def _sort(self) -> list[int]:
        """Indices such that parts come before the predicates made of them."""
        order: list[int] = []
        state: dict[int, bool] = {}

        def visit(which: int) -> None:
            if state.get(which) is False:
                raise ValueError(
                    f"predicate {self.table[which].id} is defined by itself; break the ring in registry.yaml"
                )
            if which in state:
                return
            state[which] = False
            for part in (*self.table[which].all, *self.table[which].any):
                visit(part.predicate)
            state[which] = True
            order.append(which)

        for which in range(len(self.table)):
            visit(which)
        return order

    def _close_over_implications(self) -> tuple[frozenset[int], ...]:
        """For each predicate, all that need not be said once it is said: parts, wider intervals, what it covers."""
        plain: dict[int, list[tuple[int, Interval]]] = {}  # by measure: the predicates that are one interval of it
        for which, predicate in enumerate(self.table):
            if len(predicate.intervals) == 1 and not predicate.all and not predicate.any:
                plain.setdefault(predicate.intervals[0].measure, []).append((which, predicate.intervals[0]))
        closed: dict[int, frozenset[int]] = {}
        direct = []
        for which, predicate in enumerate(self.table):
            said = {part.predicate for part in predicate.all if not part.negated} | predicate.covers
            for own in predicate.intervals:
                wider = plain.get(own.measure, ())
                said |= {i for i, wide in wider if i != which and wide.lo <= own.lo and own.hi <= wide.hi}
            direct.append(said)
        # what is covered may cover its coverer, so a plain walk for each
        for which in range(len(self.table)):
            found: set[int] = set()
            waiting = list(direct[which])
            while waiting:
                other = waiting.pop()
                if other in closed:
                    found |= closed[other] | {other}
                elif other not in found:
                    found.add(other)
                    waiting.extend(direct[other])
            closed[which] = frozenset(found)
        # "both" says each side; what each side says alone is already a part, so sides never cover "both"
        return tuple(closed[which] - {which} for which in range(len(self.table)))


def _regions_of(region: str) -> tuple[str, ...]:
    """A region and those that contain it: "left_arm" is in "arms" and in "body"."""
    side, _, part = region.partition("_")
    return (region, f"{part}s", "body") if side in ("left", "right") else (region, "body")


def _edges(entry: Mapping[str, Any]) -> tuple[float, float]:
    if "between" in entry:
        lo, hi = (float(edge) for edge in entry["between"])
    else:
        lo, hi = float(entry.get("above", -math.inf)), float(entry.get("below", math.inf))
    if lo >= hi or (math.isinf(lo) and math.isinf(hi)):
        raise ValueError(f"predicate {entry['id']}: no interval; give it above, below or between")
    return (-hi, -lo) if entry.get("signed") and entry["side"] == "right" else (lo, hi)


def _expand(entries: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    for raw in entries:
        if "{side}" not in raw["id"]:
            yield {**raw, "side": "both" if raw["id"].startswith("both_") else ""}
            continue
        for side in ("left", "right"):
            yield {**sided(raw, side), "side": side}
        if raw.get("both"):
            name, region = raw["id"].replace("{side}_", ""), raw["region"].replace("{side}_", "") + "s"
            covers = [name.replace("{side}", "both") for name in raw.get("covers", ()) if "{other}" not in name]
            yield {
                "id": f"both_{name}",
                "side": "both",
                "region": region,
                "all": [f"left_{name}", f"right_{name}"],
                "covers": covers,
                "silent": raw.get("silent", False),
            }
        if raw["region"].startswith("{side}_") and not raw.get("field"):
            yield _of_either(raw)


def _of_either(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What "one arm is raised" claims, of the claims that each arm is. It is only understood, never said."""
    name = raw["id"].replace("{side}_", "")
    return {
        "id": f"either_{name}",
        "side": "",
        "region": raw["region"].replace("{side}_", "") + "s",
        "any": [f"left_{name}", f"right_{name}"],
        "silent": True,
    }

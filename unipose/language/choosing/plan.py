"""Plans of texts about a pose: which statements, in which order, in how many sentences.

A plan has a level of detail, from a tag ("sitting cross-legged") to all that can be said with numbers, or is about one
part of the body. It holds only what is true of the pose with a margin; what is too close to an edge for that may be
hedged, and what a hearer would expect or nearly sees may be denied. ``levels.yaml`` has the budgets.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from unipose.language.choosing.bank import Bank
from unipose.language.choosing.choice import Chooser, Telling, arranged
from unipose.language.items import Amount, Item, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.writing.amounts import Amounts

LEVELS = ("tag", "gist", "short", "full", "exact")
_LED = ("name", "posture")


@dataclass(frozen=True)
class Plan:
    """What a text says: its items in order, one tuple a sentence.

    ``posture`` is the predicate that says what kind of pose it is ("" if none is clearly true), ``order`` a key of the
    orders in ``levels.yaml``. A plan is empty where nothing can be said.
    """

    sentences: tuple[tuple[Item, ...], ...]
    posture: str
    order: str
    level: str

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of telling."""
        return tuple(item for sentence in self.sentences for item in sentence)


@dataclass(frozen=True)
class _Claims:
    """What may be said of a pose, what each claim costs (nats), and where on the body it is."""

    said: list[Statement]
    costs: list[float]
    regions: list[str]


class Planner:
    """Decides what to say about poses.

    Args:
        registry: the predicates.
        bank: real poses; the shipped ones when left out.
        temperature: variety of what is chosen (see ``Chooser``).
    """

    def __init__(self, registry: Registry, bank: Bank | None = None, temperature: float = 0.25) -> None:
        self._registry = registry
        self._chooser = Chooser(registry, bank or Bank.load(registry), temperature)
        self._amounts = Amounts.load(registry)
        self._data: Mapping[str, Any] = read_data("levels.yaml")
        table = registry.table
        self._silent = np.array([predicate.silent for predicate in table])
        # what kind of pose it is or is called is neither denied nor hedged: it names, it does not describe
        self._names = np.array([predicate.region in _LED for predicate in table])
        self._regions = [predicate.region for predicate in table]
        # "not slightly bent" leaves open whether it is straight or far bent, so small degrees are not denied
        small = tuple(self._data["claims"]["never_denied"])
        self._deniable = np.array([not any(word in predicate.id for word in small) for predicate in table])
        self._graded: dict[int, frozenset[int]] = {
            i: frozenset(interval.measure for interval in predicate.intervals) for i, predicate in enumerate(table)
        }

    def plan(
        self,
        values: ArrayLike | torch.Tensor,
        rng: random.Random,
        level: str | int = "short",
        part: str | None = None,
        margins: NDArray[np.float32] | None = None,
    ) -> Plan:
        """Decide what to say about one pose.

        Args:
            values: [M] measures (``Registry.measure``).
            rng: source of all randomness.
            level: one of ``LEVELS`` or its number.
            part: speak only of this region of the registry ("left_arm", "legs", "head") and its relations.
            margins: float32 [P] (``Registry.margins``), where they are at hand.

        Raises:
            ValueError: on an unknown level or part, or when ``values`` has the wrong length.
        """
        name, rules = self._rules(level, part)
        measured = torch.as_tensor(values, dtype=torch.float32)
        wanted = len(self._registry.measures)
        if measured.shape != (wanted,):
            raise ValueError(f"expected the measures of one pose, [{wanted}], found {list(measured.shape)}")
        if margins is None:
            margins = self._registry.margins(measured).numpy()
        margin = self._registry.margin
        truth = (margins >= margin).astype(np.int8) - (margins <= -margin).astype(np.int8)
        posture = self._chooser.posture(truth)
        claims = self._claims(margins, truth, posture, rules, part)
        telling = Telling(self._chooser, claims.said, rng, claims.costs, posture)
        self._tell(telling, claims, rules, posture, rng)
        items: list[Item] = list(telling.said)
        if rules.get("numbers"):
            items = self._with_numbers(items, measured, part, rng)
        order = rng.choice(rules["orders"])
        regions = [self._region(item) for item in items]
        arrangement = arranged(regions, self._data["orders"][order])
        sentences = _broken([items[i] for i in arrangement], [regions[i] for i in arrangement], rules["sentences"])
        return Plan(sentences, self._registry.predicates[posture] if posture is not None else "", order, name)

    def _rules(self, level: str | int, part: str | None) -> tuple[str, Mapping[str, Any]]:
        name = LEVELS[level] if isinstance(level, int) and 0 <= level < len(LEVELS) else level
        if name not in LEVELS:
            raise ValueError(f"unknown level {level!r}; expected one of {LEVELS} or its number")
        if part is not None and part not in self._regions:
            raise ValueError(f"unknown part {part!r}; expected one of {sorted(set(self._regions))}")
        levels = self._data["levels"]
        if part is None:
            return str(name), levels[name]
        budget = [min(pair) for pair in zip(levels[name]["statements"], levels["part"]["statements"], strict=True)]
        numbers = levels[name].get("numbers", False)
        return str(name), {**levels["part"], "statements": budget, "numbers": numbers}

    # ---------------------------------------------------------------- what could be said

    def _claims(
        self,
        margins: NDArray[np.float32],
        truth: NDArray[np.int8],
        posture: int | None,
        rules: Mapping[str, Any],
        part: str | None,
    ) -> _Claims:
        costs = self._data["claims"]
        # a claim that only just keeps its margin singles out less than a clear one: its worth falls with its softness
        softness = costs["clear"] * np.logaddexp(0.0, -np.abs(margins) / costs["soft"])
        clear = [i for i in self._chooser.spoken(truth) if not self._vague(i, truth)]
        claims = [(Statement(self._registry.predicates[i]), softness[i], i) for i in clear]
        describing = ~self._silent & ~self._names
        measured = set().union(*(self._graded[i] for i in clear)) if clear else set()
        if rules.get("hedges"):
            near = np.flatnonzero(describing & (truth == 0))
            hedged = [i for i in near.tolist() if not self._graded[i] & measured]
            claims += [(Statement(self._registry.predicates[i], hedged=True), costs["hedge"], i) for i in hedged]
        if rules.get("negations"):
            usual = self._chooser.surprises(posture) < -np.log(costs["usual"])
            missed = margins >= -costs["near_miss"]
            denied = np.flatnonzero(describing & self._deniable & (truth == -1) & (usual | missed)).tolist()
            # say what is rather than what is not
            claims += [
                (Statement(self._registry.predicates[i], negated=True), costs["negation"] + softness[i], i)
                for i in denied
                if not self._graded[i] & measured
            ]
        inside = rules.get("regions")
        kept = [
            (claim, float(cost), self._regions[i])
            for claim, cost, i in claims
            if (inside is None or self._regions[i] in inside) and (part is None or _touches(self._regions[i], part))
        ]
        said, prices, regions = zip(*kept, strict=True) if kept else ((), (), ())
        return _Claims(list(said), list(prices), list(regions))

    def _vague(self, which: int, truth: NDArray[np.int8]) -> bool:
        """Whether a predicate leaves open which of several things is so ("on one leg") where that can be said."""
        parts = (part.predicate for part in self._registry.table[which].any if not part.negated)
        return any(truth[part] == 1 and not self._silent[part] for part in parts)

    # ---------------------------------------------------------------- what is said

    def _tell(
        self, telling: Telling, claims: _Claims, rules: Mapping[str, Any], posture: int | None, rng: random.Random
    ) -> None:
        budget = rng.randint(*rules["statements"])
        surprises, telling_name = self._chooser.surprises(posture), self._data["claims"]["telling_name"]
        names = [
            i
            for i, claim in enumerate(claims.said)
            if claims.regions[i] == "name" and surprises[self._registry.index[claim.predicate]] >= telling_name
        ]
        telling.say_best(names)
        if len(telling.said) < budget:
            telling.say_best([i for i, region in enumerate(claims.regions) if region == "posture"])
        while len(telling.said) < budget:
            among = self._allowed(telling, claims, rules)
            wanted = self._missing(telling, rules)
            if wanted and budget - len(telling.said) <= len(wanted):
                needed = [i for i in among if any(claims.regions[i] in group for group in wanted)]
                among = needed or among
            if not telling.say_best(among):
                break

    def _allowed(self, telling: Telling, claims: _Claims, rules: Mapping[str, Any]) -> list[int]:
        """Open claims within the level's limits of negations and hedges."""
        denied = sum(claim.negated for claim in telling.said) < rules.get("negations", 0)
        hedged = sum(claim.hedged for claim in telling.said) < rules.get("hedges", 0)
        said = claims.said
        return [i for i in telling.open if (denied or not said[i].negated) and (hedged or not said[i].hedged)]

    def _missing(self, telling: Telling, rules: Mapping[str, Any]) -> list[Sequence[str]]:
        """The parts a level must speak of and has not yet."""
        spoken = {self._region(claim) for claim in telling.said}
        return [group for group in rules.get("must", ()) if not spoken & set(group)]

    def _with_numbers(
        self, items: Sequence[Item], values: torch.Tensor, part: str | None, rng: random.Random
    ) -> list[Item]:
        """Statements that only grade a measure give way to its number."""
        amounts: dict[int, Amount] = {}
        for i, measure in enumerate(self._registry.measures):
            if measure.id in self._amounts.measures and (part is None or _touches(measure.region, part)):
                amount = self._amounts.of(measure.id, float(values[i]), rng)
                if amount is not None:
                    amounts[i] = amount
        kept: list[Item] = [
            item
            for item in items
            if not isinstance(item, Statement) or not self._only_grades(item.predicate, frozenset(amounts))
        ]
        return [*kept, *amounts.values()]

    def _only_grades(self, predicate: str, measures: frozenset[int]) -> bool:
        entry = self._registry[predicate]
        if entry.side == "both":
            return all(self._only_grades(self._registry.predicates[part.predicate], measures) for part in entry.all)
        alone = len(entry.intervals) == 1 and not entry.all and not entry.any
        return alone and entry.intervals[0].measure in measures

    def _region(self, item: Item) -> str:
        if isinstance(item, Statement):
            return self._registry[item.predicate].region
        assert isinstance(item, Amount)
        return self._registry.measures[self._registry.measure_index[item.measure]].region


def _touches(region: str, part: str) -> bool:
    """Whether a region is, contains or is inside a part: "arms" and "left_arm" touch, the two arms do not."""
    return region == part or (
        (region.endswith("s") and part.endswith(f"_{region[:-1]}"))
        or (part.endswith("s") and region.endswith(f"_{part[:-1]}"))
    )


def _broken(items: Sequence[Item], regions: Sequence[str], sentences: Sequence[int]) -> tuple[tuple[Item, ...], ...]:
    """Items in sentences of much the same length, broken where the part changes if that is near."""
    if not items:
        return ()
    fewest, most = sentences
    wanted = max(min(fewest, len(items)), min(most, round(len(items) / 3)))
    starts = [0]
    for nth in range(1, wanted):
        even = round(nth * len(items) / wanted)
        near = [i for i in (even, even - 1, even + 1) if starts[-1] < i <= len(items) - (wanted - nth)]
        starts.append(next((i for i in near if regions[i] != regions[i - 1]), near[0]))
    return tuple(tuple(items[a:b]) for a, b in zip(starts, [*starts[1:], len(items)], strict=True))

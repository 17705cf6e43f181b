"""Does a pose do what a text says? Margins in sigmas, from nominal intervals only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry


class Checker:
    """Checks statements and changes against measured poses."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def margins(self, items: Sequence[Item], values: Tensor, before: Tensor | None = None) -> Tensor:
        """How clearly each item holds.

        Args:
            items: what is claimed.
            values: [..., M] measures of the pose.
            before: [..., M] measures of the pose it started from; needed for changes.

        Returns:
            Float32 [..., K], sigmas inside (+) or outside (-) of the claim.

        Raises:
            ValueError: on an unknown predicate or measure, or a change without ``before``.
        """
        stated = dict.fromkeys(item.predicate for item in items if isinstance(item, Statement))
        truths = (
            dict(zip(stated, self.registry.margins(values, list(stated)).unbind(-1), strict=True)) if stated else {}
        )
        columns: list[Tensor] = []
        for item in items:
            if isinstance(item, Statement):
                margin = truths[item.predicate] + (1.0 if item.hedged else 0.0)
                columns.append(-margin if item.negated else margin)
            elif isinstance(item, Amount):
                columns.append(self._amount(item, values))
            elif isinstance(item, Change):
                columns.append(self._change(item, values, _needed(before, item)))
            elif isinstance(item, Keep):
                columns.append(self._keep(item, values, _needed(before, item)))
            else:
                columns.append(self._match(item, values, _needed(before, item) if item.of_before else None))
        return torch.stack(columns, dim=-1) if columns else values.new_empty(*values.shape[:-1], 0)

    def holds(self, items: Sequence[Item], values: Tensor, before: Tensor | None = None) -> list[bool]:
        """Which items hold for one pose (``values`` [M]); see ``margins``."""
        return (self.margins(items, values, before) >= 0).tolist()

    def score(self, items: Sequence[Item], values: Tensor, before: Tensor | None = None) -> Tensor:
        """The share of items that hold, [...]; 1 where nothing is claimed."""
        if not items:
            return values.new_ones(values.shape[:-1])
        return (self.margins(items, values, before) >= 0).float().mean(dim=-1)

    @staticmethod
    def needs_before(item: Item) -> bool:
        """Whether the pose it started from is needed to check an item."""
        return isinstance(item, Change | Keep) or (isinstance(item, Match) and item.of_before)

    def _column(self, measure: str) -> int:
        if measure not in self.registry.measure_index:
            raise ValueError(f"unknown measure {measure!r}; Registry.measures lists the known ones")
        return self.registry.measure_index[measure]

    def _amount(self, item: Amount, values: Tensor) -> Tensor:
        which = self._column(item.measure)
        value, sigma = values[..., which], self.registry.measures[which].sigma
        inside = torch.minimum(value - item.lo, item.hi - value) / sigma
        return -inside if item.negated else inside

    def _change(self, item: Change, values: Tensor, before: Tensor) -> Tensor:
        which = self._column(item.measure)
        step = values[..., which] - before[..., which]
        if item.negated:
            inside = item.lo - step if item.direction > 0 else step - item.hi
        else:
            inside = torch.minimum(step - item.lo, item.hi - step)
        return inside / self.registry.measures[which].sigma

    def _keep(self, item: Keep, values: Tensor, before: Tensor) -> Tensor:
        own = list(self.registry.own(item.region))
        return 1.0 - self._sigmas(values[..., own] - before[..., own], own).amax(dim=-1)

    def _match(self, item: Match, values: Tensor, before: Tensor | None) -> Tensor:
        own = list(self.registry.own(item.region))
        measures = self.registry.measures
        source = [self.registry.measure_index[measures[which].mirror] for which in own]
        sign = values.new_tensor([-1.0 if measures[which].odd else 1.0 for which in own])
        model = (values if before is None else before)[..., source] * sign
        return 1.0 - self._sigmas(values[..., own] - model, own).amax(dim=-1)

    def _sigmas(self, steps: Tensor, which: Sequence[int]) -> Tensor:
        return steps.abs() / self.registry.sigma.to(steps)[list(which)]


def _needed(before: Tensor | None, item: Item) -> Tensor:
    if before is None:
        raise ValueError(f"{item} was claimed but no pose to start from was given; pass `before`")
    return before

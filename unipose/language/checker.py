"""Does a pose do what a text says? Margins in sigmas, from nominal intervals only."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from unipose.language.captions import Item
from unipose.language.registry import Change, Registry, Statement


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
                columns.append(-truths[item.predicate] if item.negated else truths[item.predicate])
            else:
                columns.append(self._change(item, values, before))
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
        return isinstance(item, Change)

    def _change(self, item: Change, values: Tensor, before: Tensor | None) -> Tensor:
        if before is None:
            raise ValueError(
                f"a change of {item.measure} was claimed but no pose to start from was given; pass `before`"
            )
        if item.measure not in self.registry.measure_index:
            raise ValueError(f"unknown measure {item.measure!r}; Registry.measures lists the known ones")
        which = self.registry.measure_index[item.measure]
        step = values[..., which] - before[..., which]
        if item.negated:
            inside = item.lo - step if item.direction > 0 else step - item.hi
        else:
            inside = torch.minimum(step - item.lo, item.hi - step)
        return inside / self.registry.measures[which].sigma

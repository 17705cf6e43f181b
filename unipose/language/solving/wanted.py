"""Only the measures that are asked for, since going downhill takes hundreds of measurings."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from unipose.language.measuring.measures import MeasureSet, sided
from unipose.language.measuring.registry import Registry, read_data


def measuring(registry: Registry, measures: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """A way to measure poses that reads off only some of the registry's measures.

    Args:
        registry: the shipped one.
        measures: int64, indices of ``registry.measures``, in any order and number.

    Returns:
        A function like ``Registry.measure``, which leaves zeros where nothing was asked for.
    """
    return _measuring(registry, frozenset(measures.tolist()))


@functools.lru_cache(maxsize=64)
def _measuring(registry: Registry, wanted: frozenset[int]) -> Callable[[Tensor, Tensor], Tensor]:
    names = {registry.measures[which].id for which in wanted}
    data = read_data("measures.yaml")
    entries = [e for e in data["measures"] if any(sided(e, side)["id"] in names for side in ("left", "right", ""))]
    some = MeasureSet({**data, "measures": entries})
    columns = torch.tensor([registry.measure_index[measure.id] for measure in some.measures], dtype=torch.long)

    def measure(joints: Tensor, rotations: Tensor) -> Tensor:
        values = some(joints, rotations)
        full = values.new_zeros(*values.shape[:-1], len(registry.measures))
        return full.index_copy(-1, columns, values)

    return measure

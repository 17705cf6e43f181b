"""Only the measures that are asked for, since going downhill takes hundreds of measurings."""

from __future__ import annotations

from torch import Tensor

from unipose.language.measuring.measures import MeasureSet
from unipose.language.measuring.registry import Registry


def measuring(registry: Registry, measures: Tensor) -> MeasureSet:
    """What measures like ``Registry.measure`` and leaves zeros where nothing was asked for.

    Args:
        registry: of the measures.
        measures: int64, indices of ``registry.measures``, in any order and number.
    """
    return registry.measure_set.some(measures.tolist())

"""What kind of pose this is, first: the posture names the gist and decides which words fit."""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.language.measuring.registry import Registry, read_data


def postures(registry: Registry) -> tuple[str, ...]:
    """Posture predicates in order of precedence: the first that is clearly true names the pose."""
    return tuple(name for name in read_data("registry.yaml")["postures"] if name in registry.index)


def posture(registry: Registry, truth: Tensor) -> list[str]:
    """The posture of each pose.

    Args:
        truth: int8 [B, P] (``Registry.truth``).

    Returns:
        For each pose a predicate id, or "" where no posture is clearly true.
    """
    names = postures(registry)
    columns = truth[:, [registry.index[name] for name in names]] == 1
    first = torch.where(columns.any(dim=1), columns.to(torch.int8).argmax(dim=1), -1)
    return [names[i] if i >= 0 else "" for i in first.tolist()]

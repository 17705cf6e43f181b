"""Rates and means with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A mean over examples.

    Attributes:
        value: the mean.
        low, high: 95 % bootstrap interval over the examples.
        count: how many examples.
    """

    value: float
    low: float
    high: float
    count: int


def estimate(parts: Sequence[float], weights: Sequence[float] | None = None, draws: int = 500) -> Estimate:
    """The weighted mean of one figure an example, with its bootstrap interval (seed fixed); 0 of no examples."""
    if not len(parts):
        return Estimate(0.0, 0.0, 0.0, 0)
    values = np.asarray(parts, dtype=np.float64)
    shares = np.ones_like(values) if weights is None else np.asarray(weights, dtype=np.float64)
    rows = np.random.default_rng(0).integers(0, len(values), (draws, len(values)))
    means = (values * shares)[rows].sum(1) / shares[rows].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float((values * shares).sum() / shares.sum()), float(low), float(high), len(values))


def rates(verdicts: Sequence[Sequence[bool]]) -> dict[str, Estimate]:
    """Verdicts on the statements of each example.

    Returns:
        ``statements``: the share of all statements that hold; ``all``: the share of examples all of whose do. Examples
        that claim nothing count for neither; when none claims anything both are 0.
    """
    said = [verdict for verdict in verdicts if len(verdict)]
    return {
        "statements": estimate([sum(v) / len(v) for v in said], [len(v) for v in said]),
        "all": estimate([float(all(v)) for v in said]),
    }

"""Rates and means with their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 500
_LEVELS = (2.5, 97.5)
_SEED = 0


@dataclass(frozen=True)
class Estimate:
    """A figure over examples.

    Attributes:
        value: the figure.
        low, high: 95 % bootstrap interval over the examples (percentiles).
        count: how many examples.
        pool: among how many each was looked for; 0 where nothing was looked for.
    """

    value: float
    low: float
    high: float
    count: int
    pool: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; without the pool where there is none."""
        return {name: value for name, value in vars(self).items() if name != "pool" or value}


def bootstrap(
    rows: NDArray[np.float64],
    figure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    draws: int = DRAWS,
    pool: int = 0,
) -> Estimate:
    """A figure of the sums over examples, with its interval (seed fixed); 0 of no examples.

    Args:
        rows: [N, K], what each example adds.
        figure: sums [..., K] to figures [...].
        draws: samples of N examples drawn with replacement.
        pool: told on.
    """
    if not len(rows):
        return Estimate(0.0, 0.0, 0.0, 0, pool)
    drawn = np.random.default_rng(_SEED).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), draws)
    low, high = np.percentile(figure(drawn @ rows), _LEVELS)
    return Estimate(float(figure(rows.sum(0))), float(low), float(high), len(rows), pool)


def estimate(
    parts: Sequence[float], weights: Sequence[float] | None = None, draws: int = DRAWS, pool: int = 0
) -> Estimate:
    """The weighted mean of one number an example; see :func:`bootstrap`."""
    values = np.asarray(parts, dtype=np.float64)
    shares = np.ones_like(values) if weights is None else np.asarray(weights, dtype=np.float64)
    return bootstrap(
        np.stack((values * shares, shares), axis=-1), lambda sums: sums[..., 0] / sums[..., 1], draws, pool
    )


def median(parts: Sequence[float], draws: int = DRAWS) -> Estimate:
    """The median of one number an example, such as milliseconds; 0 of no examples."""
    if not len(parts):
        return Estimate(0.0, 0.0, 0.0, 0)
    values, rng = np.asarray(parts, dtype=np.float64), np.random.default_rng(_SEED)
    found = np.median(values[rng.integers(0, len(values), (draws, len(values)))], axis=1)
    low, high = np.percentile(found, _LEVELS)
    return Estimate(float(np.median(values)), float(low), float(high), len(values))


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

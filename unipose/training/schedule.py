"""How long a run goes on, and how fast it learns on the way."""

from __future__ import annotations

import math
import re
import time


def parse_budget(text: str) -> float:
    """ "90s", "9m" or "1.5h" to seconds.

    Raises:
        ValueError: for anything else.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", text.strip())
    if not match:
        raise ValueError(f"a time looks like 90s, 9m or 1.5h, found {text!r}")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def learning_rate(progress: float, step: int, peak: float, warmup: int) -> float:
    """Linear warm-up by steps, then a cosine in ``progress`` (0 to 1) down to a hundredth of the peak."""
    ramp = min(1.0, (step + 1) / max(1, warmup))
    return peak * ramp * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


class Clock:
    """The time of a run: of this process since it began, and of all its processes together.

    Args:
        began: when this process's time began to count, by ``time.monotonic``.
        spent: seconds of the processes before it, which the checkpoint remembers.
    """

    def __init__(self, began: float, spent: float = 0.0) -> None:
        self._began, self._spent = began, spent
        self._closing = 0.0

    @property
    def here(self) -> float:
        """Seconds of this process."""
        return time.monotonic() - self._began

    @property
    def total(self) -> float:
        """Seconds of the whole run."""
        return self._spent + self.here

    def closing_took(self, seconds: float) -> None:
        """Remember how long measuring and saving took: as long must be left at the end."""
        self._closing = max(self._closing, seconds)

    def share_of(self, budget: float) -> float:
        """How much of ``budget`` seconds the whole run has used, what the end will take included."""
        return (self.total + self._closing) / budget

    def due(self, pause: float) -> bool:
        """Whether this process has to stop so as to end within ``pause`` seconds."""
        return self.here + self._closing >= pause

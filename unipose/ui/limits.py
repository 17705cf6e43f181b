"""How much one visitor may ask for, so that the others get their turn.

A token bucket for each session, and a roomier one for each client address, which a class or an office may share. The
defaults are far above what a person types. :class:`Allowance` says which environment variables change them.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unipose.chat import UserError

MOST_REMEMBERED = 20_000
"""Sessions and addresses that a meter keeps count of; beyond this the one that asked longest ago is forgotten."""


@dataclass(frozen=True)
class Allowance:
    """How many answers may be begun.

    Attributes:
        per_minute: in one session; 0 is no limit. ``UNIPOSE_TURNS_PER_MINUTE``.
        per_minute_and_address: from one client address. ``UNIPOSE_TURNS_PER_MINUTE_PER_ADDRESS``.
        proxies: how many proxies of ours stand before the app, each of which adds an address to the header
            X-Forwarded-For. Without any the header is not believed, as anybody can send one. ``UNIPOSE_PROXIES``;
            a hosted Space has one.
    """

    per_minute: int = 30
    per_minute_and_address: int = 240
    proxies: int = 0

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Allowance:
        """The defaults, changed by what ``variables`` hold.

        Raises:
            ValueError: a variable is no whole number from 0 up.
        """
        return cls(
            _number(variables, "UNIPOSE_TURNS_PER_MINUTE", cls.per_minute),
            _number(variables, "UNIPOSE_TURNS_PER_MINUTE_PER_ADDRESS", cls.per_minute_and_address),
            _number(variables, "UNIPOSE_PROXIES", 1 if variables.get("SPACE_ID") else cls.proxies),
        )

    def address(self, peer: str, forwarded: str | None) -> str:
        """Where a request comes from.

        Args:
            peer: the other end of the connection.
            forwarded: the header X-Forwarded-For.
        """
        hops = [hop.strip() for hop in (forwarded or "").split(",") if hop.strip()]
        return hops[-min(self.proxies, len(hops))] if self.proxies and hops else peer


class Bucket:
    """Fills by ``rate`` tokens a second up to ``size``; starts full."""

    def __init__(self, size: float, rate: float, now: float) -> None:
        self.size, self.rate = size, rate
        self._level, self._seen = size, now

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 when there is one."""
        self._level = min(self.size, self._level + self.rate * max(0.0, now - self._seen))
        self._seen = max(self._seen, now)
        return max(0.0, (1 - self._level) / self.rate) if self._level < 1 else 0.0

    def take(self) -> None:
        """Spend a token; ask :meth:`wait` first."""
        self._level -= 1


class Meter:
    """Counts what visitors ask for. Threads may share it.

    Args:
        allowance: what they may.
        clock: seconds, never going back.
    """

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self.allowance = allowance
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._buckets)

    def spend(self, session: str, address: str) -> None:
        """An answer is asked for; one that is refused costs nothing.

        Raises:
            UserError: too many of them lately; says when the next one may come.
        """
        asked = (
            ("session", session, self.allowance.per_minute),
            ("address", address, self.allowance.per_minute_and_address),
        )
        with self._lock:
            now = self._clock()
            buckets = [self._bucket(kind, name, limit, now) for kind, name, limit in asked if limit]
            wait = max((bucket.wait(now) for bucket in buckets), default=0.0)
            if wait == 0:
                for bucket in buckets:
                    bucket.take()
                return
        seconds = math.ceil(wait)
        raise UserError(
            f"that was a lot at once; the next answer can start in {seconds} second{'s' * (seconds != 1)}, "
            "so that others get theirs"
        )

    def charge(self, request: Any) -> None:
        """An answer is asked for by a ``gr.Request``; see :meth:`spend`."""
        peer = "" if request.client is None else request.client.host
        address = self.allowance.address(peer, request.headers.get("x-forwarded-for"))
        self.spend(request.session_hash or address, address)

    def _bucket(self, kind: str, name: str, limit: int, now: float) -> Bucket:
        bucket = self._buckets.setdefault((kind, name), Bucket(limit, limit / 60, now))
        self._buckets.move_to_end((kind, name))
        while len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket


def _number(variables: Mapping[str, str], name: str, default: int) -> int:
    found = variables.get(name, "").strip()
    if not found:
        return default
    if not found.isascii() or not found.isdigit():
        raise ValueError(f"{name} is a whole number from 0 up (0: no limit), found {found!r}")
    return int(found)

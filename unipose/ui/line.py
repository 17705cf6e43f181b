"""The line before the model: who came first is answered first, and everybody knows how many stand before them.

A few are answered side by side, so that a long answer does not hold up a short one; were it everybody at once, nobody
would be done before all are.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from unipose.chat import UserError

PATIENCE = 1.0
"""Seconds of waiting before a visitor is told of it, and between two looks at the line."""


class Line:
    """Threads may share it.

    Args:
        served: visitors answered side by side.
        longest: visitors that may wait; who comes then is turned away at once.
    """

    def __init__(self, served: int = 4, longest: int = 60) -> None:
        self.served, self.longest = served, longest
        self._numbers = itertools.count()
        self._waiting: dict[int, None] = {}  # a sorted set: numbers are handed out in order
        self._busy = 0
        self._moved = threading.Condition()

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Join the line; leave it, or the model, with the context.

        Raises:
            UserError: the line is full.
        """
        with self._moved:
            if len(self._waiting) >= self.longest:
                raise UserError(
                    f"{len(self._waiting)} people are waiting for an answer already; try again in a minute or so"
                )
            place = Place(self, next(self._numbers))
            self._waiting[place.number] = None
            self._advance()
        try:
            yield place
        finally:
            with self._moved:
                if self._waiting.pop(place.number, True) is True:  # it was being answered
                    self._busy -= 1
                self._advance()

    def ahead(self, number: int) -> int | None:
        """How many wait before this one; None when it is its turn."""
        if number not in self._waiting:
            return None
        return next(index for index, one in enumerate(self._waiting) if one == number)

    def await_turn(self, number: int, seconds: float) -> int | None:
        """Wait until it is its turn, at most so long; see :meth:`ahead`."""
        until = time.monotonic() + seconds
        with self._moved:
            while number in self._waiting and (left := until - time.monotonic()) > 0:
                self._moved.wait(left)
            return self.ahead(number)

    def _advance(self) -> None:
        while self._waiting and self._busy < self.served:
            del self._waiting[next(iter(self._waiting))]
            self._busy += 1
        self._moved.notify_all()


class Place:
    """Somebody's place in a line."""

    def __init__(self, line: Line, number: int) -> None:
        self._line, self.number = line, number

    def waits(self, patience: float = PATIENCE) -> Iterator[str]:
        """Words for whoever waits, about once a second, until it is their turn; none for a short wait."""
        while (ahead := self._line.await_turn(self.number, patience)) is not None:
            yield waiting_words(ahead)


def waiting_words(ahead: int) -> str:
    """What is said while so many others wait before one."""
    if ahead == 0:
        return "You are next. Others are being answered just now."
    people = "1 person is" if ahead == 1 else f"{ahead} people are"
    return f"{people} before you. Your answer comes right after theirs."

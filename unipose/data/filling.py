"""Batches of a wanted size from draws that do not always come to something."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unipose.data.records import Record

_ROUNDS = 20  # in a row without any record, after which it is given up


def filled(size: int, make: Callable[[int], Sequence[Record]], why_none: str) -> list[Record]:
    """``size`` records; ``make`` is asked for those that are missing until there are enough.

    Raises:
        ValueError: ``why_none``, when time after time nothing is made.
    """
    records: list[Record] = []
    in_vain = 0
    while len(records) < size:
        made = make(size - len(records))
        in_vain = 0 if made else in_vain + 1
        if in_vain == _ROUNDS:
            raise ValueError(why_none)
        records += made
    return records

"""Figures with their targets, and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number that was measured.

    Attributes:
        name: what it tells.
        value: the number.
        count: over how many cases it was taken.
        target: what it should be at least (or, with ``at_most``, at most); None where it is only reported.
    """

    name: str
    value: float
    count: int
    target: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**vars(self), "met": self.met}


def share(name: str, verdicts: Iterable[float], target: float | None = None, at_most: bool = False) -> Figure:
    """The mean of verdicts, true or false (or shares); 0 of no cases."""
    cases = [float(verdict) for verdict in verdicts]
    return Figure(name, sum(cases) / len(cases) if cases else 0.0, len(cases), target, at_most)


def table(sections: Mapping[str, Sequence[Figure]]) -> str:
    """Figures for people: a line each, with a mark where there is a target."""
    names = [figure.name for figures in sections.values() for figure in figures]
    width = max(map(len, names), default=0)
    lines: list[str] = []
    for title, figures in sections.items():
        lines += ["", title] if lines else [title]
        lines += [_line(figure, width) for figure in figures]
    return "\n".join(lines)


def _line(figure: Figure, width: int) -> str:
    mark = {True: "\u2713", False: "\u2717", None: " "}[figure.met]
    wanted = "" if figure.target is None else f"{'<=' if figure.at_most else '>='} {figure.target:g}"
    return f"{mark} {figure.name:<{width}}  {figure.value:>9.4g}  {wanted:<10} n={figure.count}"

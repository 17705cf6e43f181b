"""A report as lines of text: a table a task, a figure a line, who answered across."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_UNITS = {
    "mm": ("mpjpe", "pa_mpjpe", "pa_mpjpe_whole", "mpjpe_forward", "pve", "kept_mm", "moved"),
    "ms": ("ms_p50", "finding_ms_p50"),
    "°": ("rotation_deg",),
}
_NUMBERS = ("fid", "said", "codes_used")  # neither with a unit nor shares
_SPREAD = ("reader", "model", "shown")  # whose intervals are told
_GAP = "  "


def table(report: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Figures for people: shares in per cent; in brackets the 95 % interval of the model's own."""
    return "\n\n".join("\n".join(_task(task, found)) for task, found in report.items())


def _task(task: str, found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    names = list(dict.fromkeys(name for figures in found.values() for name in figures))
    rows = [["", *found]]
    for name in names:
        first = next(figures[name] for figures in found.values() if name in figures)
        among = f" of {first['pool']}" if first.get("pool") else ""
        cells = [_cell(name, who, figures.get(name)) for who, figures in found.items()]
        rows.append([f"{name}{among}{_GAP}{_unit(name)}", *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    counts = {figure["count"] for figures in found.values() for figure in figures.values() if figure["count"]}
    spread = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else str(*counts)
    lines = [_GAP + _GAP.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows]
    return [f"{task} (n = {spread})", *lines]


def _cell(name: str, who: str, figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "-"
    number = _number(name, figure["value"])
    if who in _SPREAD and "low" in figure:
        return f"{number} [{_number(name, figure['low'])}, {_number(name, figure['high'])}]"
    return number


def _number(name: str, value: float) -> str:
    if name == "fid":
        return f"{value:.3f}"
    return f"{value:.1f}" if _unit(name) != "%" else f"{100 * value:.1f}"


def _unit(name: str) -> str:
    if name in _NUMBERS:
        return ""
    return next((unit for unit, names in _UNITS.items() if name in names), "%")

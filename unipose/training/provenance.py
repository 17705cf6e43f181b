"""What a finished run leaves beside its model: which stage it was and what it came to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROVENANCE = "training.json"


def write_provenance(out: Path, stage: str, figures: dict[str, float], **facts: Any) -> None:
    """Say in ``out`` that ``stage`` is finished; written last, so that where it stands the model is whole."""
    told = {"stage": stage, **facts, "figures": figures}
    (out / PROVENANCE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def finished(out: Path) -> dict[str, float] | None:
    """The figures of the finished run in ``out``; ``None`` where there is none."""
    path = out / PROVENANCE
    return json.loads(path.read_text(encoding="utf-8"))["figures"] if path.is_file() else None

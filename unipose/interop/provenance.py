"""What a converted folder says about itself: where its numbers come from, and under whose terms."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from string import Template
from typing import Any

from unipose.interop.official import OfficialFiles
from unipose.interop.plan import Plan

PROVENANCE = "conversion.json"
_BLOCK = 2**22
_CARD = Path(__file__).with_name("card.md")


def fingerprints(files: OfficialFiles, plan: Plan) -> list[dict[str, Any]]:
    """Name, bytes and SHA-256 of every file that gives weights, words or settings."""
    pairs = (path for halves in plan.source.adapter.pairs.values() for path in (half.file for half in halves))
    settings = (files.unipose / name for name in ("config.json", "adapter_config.json", "tokenizer.model"))
    paths: Iterable[Path] = {weight.file for weight in plan.source.weights.values()} | {*pairs, *settings}
    return [{"file": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(paths)]


def write_provenance(folder: Path, sources: list[dict[str, Any]], plan: Plan, dtype: str) -> None:
    """Write ``conversion.json`` and the model card."""
    adapter = plan.source.adapter
    told = {
        "sources": sources,
        "adapter": {"rank": adapter.rank, "alpha": adapter.alpha, "merged": len(adapter.pairs)},
        "dtype": dtype,
        "weights": len(plan.entries),
        "bytes": plan.num_bytes,
    }
    (folder / PROVENANCE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    rows = [f"| `{source['file']}` | {source['bytes']:,} | `{source['sha256']}` |" for source in sources]
    card = Template(_CARD.read_text(encoding="utf-8")).substitute(
        sources="\n".join(rows),
        dtype=dtype,
        size=f"{plan.num_bytes / 1e9:.1f}",
        merged=len(adapter.pairs),
        rank=adapter.rank,
        alpha=f"{adapter.alpha:g}",
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

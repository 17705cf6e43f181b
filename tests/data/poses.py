"""A tiny made-up pose collection in the documented layout, for tests that need one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np


def write_collection(folder: Path, count: int = 60, seed: int = 0) -> Path:
    """Random gentle poses: the first half train, then val, then test; every third under a share-alike licence."""
    rng = np.random.default_rng(seed)
    licences = ["CMU mocap terms", "CC0-1.0", "CC BY-SA 3.0"]
    split = np.repeat([0, 1, 2], [count // 2, count // 4, count - count // 2 - count // 4]).astype(np.uint8)
    np.savez(
        folder / "poses.npz",
        pose_aa=(0.3 * rng.standard_normal((count, 22, 3))).astype(np.float16),
        trial=np.arange(count, dtype=np.int32) % len(licences),
        tier=(np.arange(count) % 6).astype(np.uint8),
        split=split,
    )
    (folder / "trials.json").write_text(json.dumps([{"license": name} for name in licences]), encoding="utf-8")
    return folder

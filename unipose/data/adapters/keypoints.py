"""Keypoints of any dataset in one order, COCO's; the orders are data (``keypoints.yaml``)."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

DATA = Path(__file__).with_name("keypoints.yaml")


@functools.lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def names(layout: str = "coco") -> tuple[str, ...]:
    """The keypoints of a layout in order: "coco", "openpose", "spin" or "human36m"."""
    return tuple(_table()[layout])


def to_coco(found: np.ndarray, layout: str) -> Tensor:
    """Keypoints [..., K, 3] (x, y in pixels, how sure) of a layout to COCO's order.

    Returns:
        Float32 [..., 17, 3]. Keypoints that the layout lacks, and those it is not sure of at all, are zero. Sureness
        is cut to 0..1.
    """
    order = names(layout)
    moved = np.zeros((*found.shape[:-2], len(names()), 3), dtype=np.float32)
    for place, name in enumerate(names()):
        if name in order:
            moved[..., place, :] = found[..., order.index(name), :]
    moved[..., 2] = moved[..., 2].clip(0, 1)
    moved[moved[..., 2] == 0] = 0
    return torch.from_numpy(moved)


def from_flags(found: np.ndarray) -> Tensor:
    """COCO keypoints [17, 3] whose third column is a visibility flag (0, 1, 2) to float32 [17, 3] with sureness."""
    trust = np.asarray(_table()["trust"])
    return to_coco(np.concatenate((found[:, :2], trust[found[:, 2].astype(int)][:, None]), axis=1), "coco")

"""Which keypoint is which in the layouts that detectors and files use, and the box around a person's keypoints."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import yaml

from unipose.body.keypoints import KEYPOINT_NAMES

SURE = 0.3
"""Confidence from which a keypoint counts as seen. Detectors calibrate differently; all leave guesses below it."""

BOX_MARGIN = 0.08
"""How far, in parts of its longer side, a box reaches past the outermost keypoints, to where a body ends."""

_FACE = [KEYPOINT_NAMES.index(name) for name in ("nose", "left_shoulder", "right_shoulder")]  # tell where the crown is


@cache
def layouts() -> dict[str, tuple[str | None, ...]]:
    """Our name for each keypoint of every known layout, None where we have none; see ``layouts.yaml``."""
    text = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    return {name: tuple(points) for name, points in yaml.safe_load(text).items()}


def from_layout(points: np.ndarray, layout: str) -> np.ndarray:
    """Reorder one person's points.

    Args:
        points: [N, K], any K values for each of the layout's N keypoints.
        layout: a name from :func:`layouts`.

    Returns:
        float32 [27, K], zeros for keypoints that the layout lacks.

    Raises:
        ValueError: for an unknown layout, or another N.
    """
    known = layouts()
    if layout not in known:
        raise ValueError(f"unknown keypoint layout '{layout}', expected one of {', '.join(known)}")
    names = known[layout]
    if points.ndim != 2 or len(points) != len(names):
        raise ValueError(f"expected {len(names)} keypoints in layout {layout}, found {len(points)}")
    ours = np.zeros((len(KEYPOINT_NAMES), points.shape[1]), np.float32)
    for point, name in zip(points, names, strict=True):
        if name is not None:
            ours[KEYPOINT_NAMES.index(name)] = point
    return ours


def box_around(keypoints: np.ndarray, size: tuple[int, int] | None = None) -> tuple[float, float, float, float]:
    """The box of a person who came without one.

    Args:
        keypoints: [27, 3], x, y in pixels and confidence.
        size: width and height of the photo, which the box does not leave.

    Returns:
        left, top, right, bottom in pixels around the keypoints that are seen, with a margin.

    Raises:
        ValueError: when fewer than two keypoints in the photo are seen.
    """
    seen = keypoints[:, 2] >= SURE
    if size is not None:
        seen &= ((keypoints[:, :2] >= 0) & (keypoints[:, :2] <= size)).all(axis=1)
    points = keypoints[seen, :2]
    if len(points) >= 2 and seen[_FACE].all():
        nose, *shoulders = keypoints[_FACE, :2]
        points = np.vstack([points, nose + 0.5 * (nose - np.mean(shoulders, axis=0))])
    if len(points) < 2:
        raise ValueError(f"expected at least 2 keypoints of confidence {SURE} or more, found {len(points)}")
    margin = max(BOX_MARGIN * float(np.ptp(points, axis=0).max()), 1.0)
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    if size is not None:
        low, high = low.clip(min=0), np.minimum(high, size)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])

"""Bodies to the small messages that the viewer's script reads: 16 bits a coordinate, 8 bits for how far it moved."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np


def pack_mesh(mesh: str, vertices: np.ndarray, glow: np.ndarray | None = None) -> dict[str, Any]:
    """Vertices and glow to an object of a message.

    Args:
        mesh: the name under which the triangles are served.
        vertices: [V, 3] metres, Y up.
        glow: [V], 0 (body colour) to 1 (changed); None where nothing glows.

    Returns:
        ``vertices`` is base64 of little-endian uint16 [V, 3]; a coordinate is ``low + span * value / 65535``.
        ``glow``, if it is there, is base64 of uint8 [V], 255 for 1.
    """
    low = vertices.min(axis=0).astype(np.float64)
    span = np.maximum(vertices.max(axis=0) - low, 1e-6)
    steps = np.rint((vertices - low) / span * 65535).astype("<u2")
    packed: dict[str, Any] = {
        "mesh": mesh,
        "low": [round(float(value), 6) for value in low],
        "span": [round(float(value), 6) for value in span],
        "vertices": base64.b64encode(steps.tobytes()).decode(),
    }
    if glow is not None and glow.any():
        levels = np.rint(np.clip(glow, 0, 1) * 255).astype(np.uint8)
        packed["glow"] = base64.b64encode(levels.tobytes()).decode()
    return packed


def pack_points(points: np.ndarray) -> list[list[float]]:
    """[N, 3] metres to numbers of a message, to the millimetre."""
    return [[round(float(value), 3) for value in point] for point in points]

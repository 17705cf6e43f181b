"""Which surface is seen at each pixel, with no graphics library."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_AT_ONCE = 1_000_000  # pixels tested together: about 100 MB


def rasterise(
    screen: np.ndarray, faces: np.ndarray, values: np.ndarray, canvas: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest surface at each pixel centre.

    Args:
        screen: [V, 3] x and y in pixels (y down) and nearness; see :meth:`unipose.body.views.View.project`.
        faces: [F, 3] indices.
        values: [V, C] what runs evenly over a face.
        canvas: width and height in pixels.

    Returns:
        Coverage [H, W] bool, and values [H, W, C], 0 where nothing is.
    """
    width, height = canvas
    corners = screen[faces]  # [F, 3, 3]
    low = np.floor(corners[..., :2].min(1)).clip(0, [width, height]).astype(np.int64)
    high = np.ceil(corners[..., :2].max(1)).clip(0, [width, height]).astype(np.int64)
    span = high - low
    nearest = np.zeros(width * height)
    owner = np.full(width * height, -1)
    shares = np.zeros((width * height, 3))
    for group in _groups(span[:, 0] * span[:, 1]):
        face, x, y, share = _inside(corners[group], low[group], span[group])
        nearness = (share * corners[group][face, :, 2]).sum(1)
        pixel = y * width + x
        # Written from far to near: a repeated index keeps its last, nearest, value.
        order = np.argsort(nearness, kind="stable")
        order = order[nearness[order] >= nearest[pixel[order]]]
        nearest[pixel[order]] = nearness[order]
        owner[pixel[order]] = group.start + face[order]
        shares[pixel[order]] = share[order]
    covered = owner >= 0
    drawn = np.zeros((width * height, values.shape[1]))
    drawn[covered] = (shares[covered][:, :, None] * values[faces[owner[covered]]]).sum(1)
    return covered.reshape(height, width), drawn.reshape(height, width, -1)


def _groups(tests: np.ndarray) -> Iterator[slice]:
    """Runs of faces whose boxes hold about as many pixels as are tested at once."""
    group = (np.cumsum(tests) - tests) // _AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(tests)]
    return (slice(first, last) for first, last in zip(edges, edges[1:], strict=False))


def _inside(
    corners: np.ndarray, low: np.ndarray, span: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All pixels of the faces' boxes that lie inside their face: face, x, y [N], and shares of the corners [N, 3]."""
    count = span[:, 0] * span[:, 1]
    o = np.repeat(np.arange(len(corners)), count)
    within = np.arange(len(o)) - np.repeat(np.cumsum(count) - count, count)
    x = low[o, 0] + within % np.maximum(span[o, 0], 1)
    y = low[o, 1] + within // np.maximum(span[o, 0], 1)
    (ax, ay, _), (bx, by, _), (cx, cy, _) = (corners[:, k].T for k in range(3))
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    area = np.where(np.abs(area) < 1e-12, np.inf, area)
    px, py = x + 0.5, y + 0.5
    wb = ((px - ax[o]) * (cy - ay)[o] - (cx - ax)[o] * (py - ay[o])) / area[o]
    wc = ((bx - ax)[o] * (py - ay[o]) - (px - ax[o]) * (by - ay)[o]) / area[o]
    wa = 1.0 - wb - wc
    # A hair of tolerance, so that no pixel falls between two triangles.
    inside = (wa >= -1e-6) & (wb >= -1e-6) & (wc >= -1e-6) & np.isfinite(area[o])
    return o[inside], x[inside], y[inside], np.stack((wa[inside], wb[inside], wc[inside]), axis=1)

"""Some hundred points of the free body's skin: where a pose puts them is what a vertex loss compares."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from unipose.body.mesh import FreeBody

POINTS = 250


def skin_points(body: FreeBody, count: int = POINTS) -> FreeBody:
    """A body of some of the vertices, without faces: spread over the skin, larger patches having more.

    Args:
        body: of any resolution.
        count: how many vertices to keep.

    Raises:
        ValueError: when the body has fewer.
    """
    total = len(body.rest_vertices)
    if not 0 < count <= total:
        raise ValueError(f"expected 1 to {total} points of this body, found {count}")
    kept = _spread(body, count)
    place = torch.full((total,), -1)
    place[kept] = torch.arange(count)
    correctives = []
    for index, matrix in body.correctives:
        stays = place[index] >= 0
        columns = matrix.unflatten(1, (-1, 3))[:, stays].flatten(1)
        correctives.append((place[index[stays]], columns.contiguous()))
    return replace(
        body,
        rest_vertices=body.rest_vertices[kept],
        weights=body.weights[kept],
        parts=body.parts[kept],
        mirror=place[body.mirror[kept]],
        shape_directions=body.shape_directions[:, kept],
        faces=body.faces[:0],
        correctives=tuple(correctives),
    )


def _spread(body: FreeBody, count: int) -> Tensor:
    """Indices of vertices that stand for about equal areas: at even steps along the running sum of area."""
    corners = body.rest_vertices[body.faces]
    area = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).norm(dim=-1) / 2
    share = torch.zeros(len(body.rest_vertices)).index_add_(0, body.faces.flatten(), area.repeat_interleave(3))
    reached = share.cumsum(0) / share.sum()
    chosen = torch.searchsorted(reached, (torch.arange(count) + 0.5) / count).unique()
    spare = torch.ones(len(share), dtype=torch.bool)
    spare[chosen] = False
    largest = torch.where(spare, share, -1.0).argsort(descending=True)[: count - len(chosen)]
    return torch.cat((chosen, largest)).sort().values

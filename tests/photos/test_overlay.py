"""The body as a layer over the photo."""

import numpy as np
import pytest

from unipose.body.mesh import FreeBody
from unipose.photos.overlay import MAX_SIDE, body_layer

from .crowd import ARMS_UP


@pytest.fixture(scope="module")
def body():
    return FreeBody.load("light")


@pytest.mark.parametrize("size", [(300, 500), (1800, 1200)])
def test_the_layer_lies_where_the_camera_sees_the_body_and_nowhere_else(body, size):
    vertices = np.asarray(body.vertices(ARMS_UP.rotations))
    scale = min(size) / 4
    camera = (scale, size[0] / 2, size[1] / 2)
    layer = body_layer(vertices, np.asarray(body.faces), camera, size)
    shrink = max(layer.size) / max(size)
    assert max(layer.size) == min(MAX_SIDE, max(size))
    shade, alpha = (np.asarray(band) for band in layer.split())
    pixels = (vertices[:, :2] * (scale, -scale) + camera[1:]) * shrink
    rows, columns = np.nonzero(alpha)
    assert [columns.min(), rows.min()] == pytest.approx(pixels.min(axis=0), abs=2)
    assert [columns.max(), rows.max()] == pytest.approx(pixels.max(axis=0), abs=2)
    joints = np.asarray(body.joints(ARMS_UP.rotations))[:, :2] * (scale, -scale) + camera[1:]
    inside = alpha[tuple(np.rint(joints * shrink).astype(int).T[::-1])]
    assert (inside == 255).mean() > 0.9
    assert len(np.unique(shade[alpha > 0])) > 20  # lit, not flat

"""The software renderer: what is near hides what is far, left is left, and sheets line up."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from unipose.body.mesh import FreeBody
from unipose.body.render import BACKGROUND, contact_sheet, render

SQUARE = np.array([[0, 1, 2], [0, 2, 3]])


def square(z: float, half: float = 0.5) -> np.ndarray:
    return np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]])


def covered(image) -> np.ndarray:
    return np.abs(np.asarray(image, int) - BACKGROUND).sum(-1) > 40


def test_near_hides_far_in_any_order():
    red, blue = np.tile([1.0, 0, 0], (4, 1)), np.tile([0, 0, 1.0], (4, 1))
    for first, second, colors in ((0.3, -0.3, (red, blue)), (-0.3, 0.3, (blue, red))):
        vertices = np.concatenate((square(first), square(second)))
        faces = np.concatenate((SQUARE, SQUARE + 4))
        front = np.asarray(render(vertices, faces, 64, 0, 0, np.concatenate(colors)))[32, 32]
        back = np.asarray(render(vertices, faces, 64, 180, 0, np.concatenate(colors)))[32, 32]
        assert front[0] > 100 > front[2] and back[2] > 60 > back[0]


def test_no_gaps_between_triangles():
    mask = covered(render(square(0.0), SQUARE, 96, 0, 0))
    rows, columns = np.nonzero(mask)
    assert mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
    assert mask.sum() > 1000


def test_left_hand_is_where_the_viewer_sees_it():
    body = FreeBody.load("light")
    vertices = body.vertices(torch.eye(3).expand(22, 3, 3))
    colors = np.full(vertices.shape, 0.5)
    colors[body.parts == body.part_names.index("left_hand")] = (1.0, 0.0, 0.0)
    for azimuth, right_half in ((0, True), (180, False)):
        picture = np.asarray(render(vertices, body.faces, 128, azimuth, 5, colors), int)
        columns = np.nonzero((picture[..., 0] - picture[..., 1]) > 60)[1]
        assert len(columns) > 3 and (columns > 64).all() == right_half


def test_whole_body_is_in_the_picture_from_every_side():
    body = FreeBody.load("light")
    for azimuth in range(0, 360, 45):
        mask = covered(render(body.rest_vertices, body.faces, (120, 90), azimuth, 0))
        assert mask.shape == (90, 120) and mask.sum() > 200
        assert not (mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def test_contact_sheet_lines_up():
    body = FreeBody.load("light")
    images = [render(body.rest_vertices, body.faces, 60, azimuth) for azimuth in (0, 90, 180)]
    plain = contact_sheet(images, columns=2)
    assert plain.size == (120, 120)
    assert np.array_equal(np.asarray(plain)[:60, 60:], np.asarray(images[1]))
    captioned = contact_sheet(images, ["front", "a caption that needs several lines", "back"], columns=2)
    assert captioned.width == 120 and captioned.height > 150
    assert (np.asarray(captioned)[60:80].sum(-1) < 300).any()  # ink below the first row


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match=r"\[V, 3\] and faces \[F, 3\]"):
        render(np.zeros((4, 2)), SQUARE)
    with pytest.raises(ValueError, match="NaN"):
        render(np.full((4, 3), np.nan), SQUARE)
    with pytest.raises(ValueError, match="colors"):
        render(square(0.0), SQUARE, colors=np.zeros((3, 3)))
    image = render(square(0.0), SQUARE, 16)
    with pytest.raises(ValueError, match="one size"):
        contact_sheet([image, image.resize((8, 8))])
    with pytest.raises(ValueError, match="for each of 1"):
        contact_sheet([image], ["a", "b"])

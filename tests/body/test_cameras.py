"""Weak-perspective cameras: what was drawn by one is found again, whatever a few points say."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.cameras import STATURE, Camera, find_camera, reprojection_error
from unipose.body.keypoints import keypoints
from unipose.body.postures import standing

BODY = keypoints(standing().rotations)
scales = st.floats(20, 2000)
shifts = st.floats(-3000, 3000)


def camera(scale, tx, ty):
    return Camera(*(torch.tensor(float(value)) for value in (scale, tx, ty)))


def seen(drawn, confidence=0.9):
    return torch.cat((drawn, torch.full_like(drawn[..., :1], confidence)), dim=-1)


def test_y_is_down_in_a_photo_and_up_in_the_body():
    drawn = camera(100, 10, 20).project(torch.tensor([[0.5, 0.2, 7.0]]))
    assert drawn[0].tolist() == pytest.approx([60, 0])


@settings(deadline=None, max_examples=40)
@given(scales, shifts, shifts)
def test_the_camera_that_drew_a_body_is_found(scale, tx, ty):
    true = camera(scale, tx, ty)
    found = find_camera(BODY, seen(true.project(BODY)))
    assert found.scale.item() == pytest.approx(scale, rel=1e-3)
    assert reprojection_error(BODY, seen(true.project(BODY)), found) / found.stature < 1e-3


def test_points_far_off_and_points_unseen_do_not_move_it():
    true = camera(300, 320, 240)
    points = seen(true.project(BODY))
    points[4, :2] += 400
    points[9] = 0
    found = find_camera(BODY, points)
    assert found.scale.item() == pytest.approx(300, rel=0.03)
    assert found.tx.item() == pytest.approx(320, abs=6)


def test_the_scale_is_positive_for_a_body_the_wrong_way_round():
    upside_down = BODY * torch.tensor([-1.0, -1.0, 1.0])
    found = find_camera(upside_down, seen(camera(300, 0, 0).project(BODY)))
    assert found.scale > 0


def test_a_batch_is_as_good_as_one_by_one():
    points = torch.stack([seen(camera(s, 5, 7).project(BODY)) + torch.randn(27, 3).abs() * 0.01 for s in (90, 400)])
    together = find_camera(BODY.expand(2, -1, -1), points)
    for row in range(2):
        alone = find_camera(BODY, points[row])
        assert torch.allclose(together.at(row).scale, alone.scale, rtol=1e-4)


def test_the_error_is_the_mean_distance_of_the_points_that_count():
    points = seen(camera(100, 0, 0).project(BODY))
    points[0, :2] += torch.tensor([3.0, 4.0])
    points[1] = torch.tensor([1e6, 1e6, 0.2])
    error = reprojection_error(BODY, points, camera(100, 0, 0), least=0.5)
    assert error.item() == pytest.approx(5 / 26, rel=1e-3)
    points[:, 2] = 0
    assert reprojection_error(BODY, points, camera(100, 0, 0)) == 0


def test_the_height_does_not_shrink_when_a_person_crouches():
    assert camera(200, 0, 0).stature == pytest.approx(200 * STATURE)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"expected points \[..., K, 3\].*\[26, 3\]"):
        find_camera(BODY, torch.zeros(26, 3))

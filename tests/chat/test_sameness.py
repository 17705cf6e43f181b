"""Where two poses are the same, that is what is said."""

import math

import numpy as np
import pytest

from unipose.body.pose import Pose
from unipose.body.postures import standing


@pytest.fixture
def bent():
    vectors = standing().axis_angle.copy()
    vectors[4] = (0.9, 0.0, 0.0)  # the left knee
    return Pose.from_axis_angle(vectors)


@pytest.mark.parametrize("seed", [None, 1, 7])
def test_a_pose_compared_with_itself_has_not_changed(tiny, bent, seed):
    assert tiny.compare(bent, bent, seed=seed).text == "Nothing changed: the two poses are the same."
    barely = Pose.from_axis_angle(bent.axis_angle + np.float32(0.002))
    assert tiny.compare(bent, barely, seed=seed).text.startswith("Nothing changed")


@pytest.mark.parametrize(("yaw", "said"), [(math.pi / 2, "90 degrees to its left"), (-0.5, "29 degrees to its right")])
def test_a_body_that_only_turned_is_told_so(tiny, bent, yaw, said):
    text = tiny.compare(bent, bent.turned(yaw)).text
    assert "The posture is the same" in text and said in text


def test_a_change_is_still_told_by_the_model(tiny, bent):
    assert "same" not in tiny.compare(standing(), bent).text

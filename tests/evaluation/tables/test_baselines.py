"""Baselines without a model."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.pose import yaw_matrix
from unipose.body.prior import PosePrior
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES
from unipose.evaluation.tables.baselines import TfIdf, mean_pose, nearest_poses
from unipose.evaluation.tables.changes import drift

TEXTS = ["the left arm is raised", "the right arm is raised", "the left knee is bent", "kneel on the right knee"]


@settings(deadline=None)
@given(st.permutations(range(len(TEXTS))))
def test_a_known_text_is_nearest_to_itself(order):
    assert TfIdf(TEXTS).nearest([TEXTS[place] for place in order]).tolist() == list(order)


def test_rare_words_and_word_pairs_decide():
    known = TfIdf(TEXTS)
    assert known.nearest(["the kneel", "right arm of the left"]).tolist() == [3, 1]
    assert known.nearest(["nothing known"]).tolist() == [0]  # all alike, the first


def test_the_nearest_pose_is_found_whatever_its_heading():
    people = PosePrior.load().sample(20, torch.Generator().manual_seed(0))
    turned = people.clone()
    turned[:, 0] = yaw_matrix(torch.tensor(2.0)) @ people[:, 0]
    assert nearest_poses(turned.flip(0), people).tolist() == list(reversed(range(20)))
    pairs = torch.stack((people, people.roll(1, 0)), dim=1)
    assert nearest_poses(pairs[[3]], pairs).tolist() == [3]


def test_the_mean_of_two_turns_lies_between():
    elbow = JOINT_NAMES.index("left_elbow")
    poses = torch.eye(3).repeat(2, len(JOINT_NAMES), 1, 1)
    poses[1, elbow] = axis_angle_to_matrix(torch.tensor([0.0, math.pi / 2, 0.0]))
    found = mean_pose(poses)
    torch.testing.assert_close(found[elbow], axis_angle_to_matrix(torch.tensor([0.0, math.pi / 4, 0.0])))
    torch.testing.assert_close(found[0], torch.eye(3))


def test_drift_counts_only_joints_that_should_stay():
    before = torch.eye(3).repeat(2, len(JOINT_NAMES), 1, 1)
    bent = axis_angle_to_matrix(torch.tensor([0.0, math.pi / 2, 0.0]))
    after, made = before.clone(), before.clone()
    after[0, JOINT_NAMES.index("left_elbow")] = bent
    after[1, JOINT_NAMES.index("pelvis")] = bent  # a turn leaves no joint in place
    made[0, JOINT_NAMES.index("left_elbow")] = bent
    assert drift(made, before, after) == [pytest.approx(0, abs=1e-4)]
    made[0, JOINT_NAMES.index("right_elbow")] = bent
    moved = drift(made, before, after)[0]
    wrist = 1000 * math.sqrt(2) * 0.249  # round the vertical by a right angle
    assert moved == pytest.approx(wrist / (len(JOINT_NAMES) - 2), rel=0.01)

"""Explanations: what they say is true, and carried out it leads where it should."""

import random

import pytest
import torch

from unipose.body.postures import standing
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES
from unipose.language.changing.differences import FORMS
from unipose.language.changing.edits import EditWriter
from unipose.language.changing.explaining import Explainer
from unipose.language.changing.orders import Editor
from unipose.language.checking.checker import Checker


@pytest.mark.slow(reason="carries several orders out with the solver")
def test_carried_out_it_leads_to_the_second_pose(registry, writer):
    turned = {
        "left_elbow": (0, -1.2, 0),
        "right_shoulder": (0, 0, -0.6),
        "head": (0, 0.5, 0),
        "right_knee": (0.8, 0, 0),
    }
    before = standing().rotations.expand(len(turned), -1, -1, -1)
    after = before.clone()
    for row, (joint, rotation) in enumerate(turned.items()):
        after[row, JOINT_NAMES.index(joint)] @= axis_angle_to_matrix(torch.tensor(rotation, dtype=torch.float32))
    explained = Explainer(EditWriter(writer, FORMS), Editor.load()).explain(before, after, random.Random(0))
    checker, values = Checker(registry), [registry.measure_poses(poses) for poses in (before, after)]
    for row, one in enumerate(explained):
        assert one.caption.text and all(checker.holds(one.caption.statements, values[1][row], values[0][row]))
        own = list(registry.own("body"))
        off = ((registry.measure_poses(one.replayed) - values[1][row]) / registry.sigma)[own].abs()
        assert {registry.measures[i].id for i, by in zip(own, off, strict=True) if by > 1} == set(one.residual)
    assert sum(one.complete for one in explained) >= 3, [one.residual for one in explained]


def test_nothing_to_explain(writer):
    pose = standing().rotations[None]
    (same,) = Explainer(EditWriter(writer), Editor.load()).explain(pose, pose, random.Random(0))
    assert same.complete and same.share == 1.0 and same.caption.text == "" and torch.equal(same.replayed, pose[0])

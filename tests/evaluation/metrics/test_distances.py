"""Joint errors and the Frechet distance, against values worked out by hand."""

import math

import pytest
import torch

from unipose.body.pose import yaw_matrix
from unipose.body.prior import PosePrior
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, REST_OFFSETS
from unipose.evaluation.metrics import fid, frechet, joint_errors


@pytest.fixture(scope="module")
def people() -> torch.Tensor:
    return PosePrior.load().sample(8, torch.Generator().manual_seed(0))


def test_the_same_poses_whatever_their_heading_are_no_distance_apart(people):
    turned = people.clone()
    turned[:, 0] = yaw_matrix(torch.linspace(-3, 3, len(people))) @ people[:, 0]
    found = joint_errors(turned, people)
    assert found["mpjpe"].value == pytest.approx(0, abs=0.05) and found["pa_mpjpe"].value == pytest.approx(0, abs=0.05)
    assert found["mpjpe"].count == len(people)


def test_a_bent_elbow_moves_the_wrist_alone():
    straight = torch.eye(3).repeat(1, len(JOINT_NAMES), 1, 1)
    bent = straight.clone()
    bent[0, JOINT_NAMES.index("left_elbow")] = axis_angle_to_matrix(torch.tensor([0.0, math.pi / 2, 0.0]))
    forearm = REST_OFFSETS[JOINT_NAMES.index("left_wrist")]
    level = math.hypot(forearm[0], forearm[2])  # what lies off the axis of the turn goes round by a right angle
    found = joint_errors(bent, straight)
    assert found["mpjpe"].value == pytest.approx(1000 * math.sqrt(2) * level / len(JOINT_NAMES), rel=1e-4)
    assert found["pa_mpjpe"].value > 1  # no turn of the whole body undoes it


def test_a_larger_body_is_no_other_posture(people):
    """After the best similarity a lean of the whole body is gone, too."""
    leaning = people.clone()
    leaning[:, 0] = axis_angle_to_matrix(torch.tensor([0.5, 0.0, 0.0])) @ people[:, 0]
    found = joint_errors(leaning, people)
    assert found["mpjpe"].value > 50 and found["pa_mpjpe"].value == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([[0.0], [2.0]], [[3.0], [5.0]], 9.0),  # means 3 apart, same spread
        ([[-1.0], [1.0]], [[-3.0], [3.0]], 8.0),  # variances 2 and 18: 2 + 18 - 2 * sqrt(36)
        ([[1.0, 0.0], [-1.0, 0.0]], [[0.0, 1.0], [0.0, -1.0]], 4.0),  # across each other: 2 + 2 - 0
    ],
)
def test_frechet_of_small_sets(first, second, expected):
    assert frechet(torch.tensor(first), torch.tensor(second)) == pytest.approx(expected, abs=1e-9)


def test_frechet_agrees_with_the_root_of_the_product():
    """tr sqrt(A B) by the eigenvalues of A B itself."""
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(200, 5, generator=generator, dtype=torch.float64) for _ in range(2))
    second = second * torch.tensor([1.0, 2.0, 0.5, 3.0, 1.0]) + 0.3
    spreads = torch.cov(first.T), torch.cov(second.T)
    root = torch.linalg.eigvals(spreads[0] @ spreads[1]).real.sqrt().sum()
    apart = (first.mean(0) - second.mean(0)).square().sum()
    expected = (apart + spreads[0].trace() + spreads[1].trace() - 2 * root).item()
    assert frechet(first, second) == pytest.approx(expected, rel=1e-6)


def test_fewer_vectors_than_dimensions_are_no_trouble():
    few = torch.randn(4, 20, generator=torch.Generator().manual_seed(0))
    assert frechet(few, few) == pytest.approx(0, abs=1e-6)
    assert frechet(few, few + 1) == pytest.approx(20, rel=1e-5)


def test_the_interval_of_fid_lies_about_its_value():
    generator = torch.Generator().manual_seed(0)
    found, real = torch.randn(80, 3, generator=generator), torch.randn(80, 3, generator=generator) + 1
    estimate = fid(found, real)
    assert 0 <= estimate.low < estimate.value < estimate.high


@pytest.mark.parametrize("shapes", [((1, 3), (5, 3)), ((5, 3), (5, 4))])
def test_sets_that_cannot_be_compared_are_refused(shapes):
    with pytest.raises(ValueError, match="one width"):
        frechet(*map(torch.zeros, shapes))

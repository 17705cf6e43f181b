"""What the pose tokenizer is shown: rotations all, disturbed where said, turned every way."""

from __future__ import annotations

import torch

from unipose.body.mesh import FreeBody
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES
from unipose.training import augment as stage
from unipose.training.surface import skin_points

COUNT = 4000


def shown(seed=0, rotations=None, donors=None):
    upright = torch.eye(3).expand(COUNT, 22, 3, 3)
    generator = torch.Generator().manual_seed(seed)
    return stage.augment(upright if rotations is None else rotations, upright if donors is None else donors, generator)


def angle(rotations):
    trace = rotations.diagonal(dim1=-2, dim2=-1).sum(-1)
    return torch.acos(((trace - 1) / 2).clamp(-1, 1))


def test_rotations_stay_rotations_and_a_seed_gives_the_same():
    given, wanted = shown()
    for poses in (given, wanted):
        assert torch.allclose(poses @ poses.transpose(-1, -2), torch.eye(3).expand_as(poses), atol=1e-5)
    assert all(torch.equal(one, other) for one, other in zip(shown(3), shown(3), strict=True))
    assert not torch.equal(shown(3)[0], shown(4)[0])


def test_noise_is_on_one_part_of_a_share_of_the_poses_and_not_to_be_given_back():
    given, wanted = shown()
    noisy = (given - wanted).abs().amax((-1, -2)) > 1e-5
    share = noisy.any(1).float().mean()
    assert abs(share - stage.NOISY) < 0.03
    allowed = [{JOINT_NAMES.index(joint) for joint in part} for part in stage._PARTS]
    for row in noisy[noisy.any(1)]:
        assert any(set(row.nonzero().flatten().tolist()) <= part for part in allowed)
    assert not noisy[:, 0].any()


def test_roots_cover_upright_leaning_lying_and_inverted():
    _, wanted = shown()
    height = wanted[:, 0, 1, 1]  # of the body's own up axis
    assert 0.5 < (height > 0.999).float().mean() < 0.7
    assert 0.04 < (height.abs() < 0.35).float().mean() < 0.12  # lying
    assert 0.005 < (height < -0.5).float().mean() < 0.05
    facing = wanted[:, 0, :, 2]
    assert (facing[:, 2] < -0.5).float().mean() > 0.1  # some face away
    lying = wanted[:, 0][height.abs() < 0.2]
    assert (lying[:, 1, 2] > 0.8).any() and (lying[:, 1, 2] < -0.8).any()  # on the back and on the front
    assert (lying[:, 1, 0].abs() > 0.8).any()  # and on a side


def test_limbs_come_from_donors():
    bent = axis_angle_to_matrix(torch.tensor([0.0, 0.0, 1.0])).expand(COUNT, 22, 3, 3)
    _, wanted = shown(donors=bent)
    taken = (angle(wanted[:, 1:]) > 0.7).any(1).float().mean()
    whole = (angle(wanted[:, 1:]) > 0.7).all(1).float().mean()
    assert abs(taken - stage.MIXED) < 0.03 and whole == 0


def test_points_of_the_skin_move_as_the_whole_body_moves_them():
    body = FreeBody.load("light")
    points = skin_points(body, 300)
    rotations = axis_angle_to_matrix(0.4 * torch.randn(3, 22, 3, generator=torch.Generator().manual_seed(0)))
    whole, some = body.vertices(rotations), points.vertices(rotations)
    assert some.shape == (3, 300, 3)
    nearest = torch.cdist(some, whole, compute_mode="donot_use_mm_for_euclid_dist").min(-1)
    assert nearest.values.max() < 1e-5
    assert len(set(nearest.indices[0].tolist())) == 300
    assert set(points.parts.tolist()) >= set(body.parts.tolist()) - {0}  # no part is left out

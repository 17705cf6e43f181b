"""The descent's own kinematics: the same joints and the same gradients as the body's."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.limits import joint_angles, joint_rotations
from unipose.body.prior import PosePrior
from unipose.body.skeleton import forward_kinematics
from unipose.language.solving.bones import bend, place

seeds = st.integers(0, 2**31)


@given(seed=seeds, shape=st.sampled_from([(1,), (5,), (2, 3)]))
@settings(max_examples=20, deadline=None)
def test_joints_and_gradients_are_those_of_the_body(seed, shape):
    dice = torch.Generator().manual_seed(seed)
    poses = PosePrior.load().sample(torch.Size(shape).numel(), dice).reshape(*shape, 22, 3, 3)
    pulls = torch.randn(*shape, 22, 3, generator=dice), torch.randn(*shape, 22, 3, 3, generator=dice)
    found = []
    for kinematics in (place, forward_kinematics):
        moved = poses.clone().requires_grad_()
        parts = kinematics(moved)
        sum((part * pull).sum() for part, pull in zip(parts, pulls, strict=True)).backward()
        found.append((*parts, moved.grad))
    for ours, theirs in zip(*found, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4)


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_angles_bend_joints_as_the_body_does(seed):
    poses = PosePrior.load().sample(3, torch.Generator().manual_seed(seed))
    angles = joint_angles(poses)
    angles[:, 0] = 0.0
    ours, theirs = (angles.clone().requires_grad_() for _ in range(2))
    bent, expected = bend(ours, poses[:, 0]), joint_rotations(theirs)
    assert torch.allclose(bent[:, 1:], expected[:, 1:], atol=1e-5)
    assert torch.equal(bent[:, 0], poses[:, 0])
    bent[:, 1:].square().mul(torch.arange(9.0).view(3, 3)).sum().backward()
    expected[:, 1:].square().mul(torch.arange(9.0).view(3, 3)).sum().backward()
    assert torch.allclose(ours.grad[:, 1:], theirs.grad[:, 1:], atol=1e-4)


def test_standing_straight_has_a_gradient():
    angles = torch.zeros(1, 22, 3, requires_grad=True)
    bend(angles, torch.eye(3)[None])[..., 0, 1].sum().backward()
    assert angles.grad.isfinite().all() and angles.grad.abs().sum() > 0

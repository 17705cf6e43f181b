"""The prior: what it decodes is a pose near real ones, whatever the heading, and what is odd surprises it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.limits import violations
from unipose.body.pose import yaw_matrix
from unipose.body.prior import LATENT, PosePrior, facing_front
from unipose.body.skeleton import forward_kinematics
from unipose.data.sources import load_poses


@pytest.fixture(scope="module")
def prior() -> PosePrior:
    return PosePrior.load()


@pytest.fixture(scope="module")
def drawn(prior) -> torch.Tensor:
    return prior.sample(200, torch.Generator().manual_seed(0))


def test_samples_are_poses(drawn):
    assert drawn.shape == (200, 22, 3, 3)
    assert torch.allclose(drawn @ drawn.transpose(-1, -2), torch.eye(3), atol=1e-5)
    assert torch.allclose(torch.linalg.det(drawn), torch.ones(200, 22), atol=1e-5)
    assert (violations(drawn) == 0).float().mean() > 0.97


def test_a_seed_gives_the_same_samples(prior, drawn):
    assert torch.equal(prior.sample(200, torch.Generator().manual_seed(0)), drawn)
    assert not torch.equal(prior.sample(200, torch.Generator().manual_seed(1)), drawn)


def test_samples_cover_postures(prior):
    """Among a thousand people some stand, some are low, some lie and some hang upside down."""
    joints, _ = forward_kinematics(prior.sample(1000, torch.Generator().manual_seed(1)))
    trunk = joints[:, 12] - joints[:, 0]
    rise, height = trunk[:, 1] / trunk.norm(dim=-1), -joints[..., 1].amin(1)
    assert (rise > 0.9).sum() > 300 and (rise.abs() < 0.4).sum() > 20 and (rise < -0.4).sum() > 8
    assert (height > 0.85).sum() > 200 and (height < 0.5).sum() > 30


def test_encoding_and_decoding_keep_the_pose(prior, drawn):
    again = prior.decode(prior.encode(drawn))
    gaps = (forward_kinematics(again)[0] - forward_kinematics(drawn)[0]).norm(dim=-1)
    assert gaps.mean() < 0.03


@given(st.floats(-3.2, 3.2))
@settings(max_examples=20, deadline=None)
def test_heading_does_not_matter(yaw):
    prior = PosePrior.load()
    rotations = prior.sample(20, torch.Generator().manual_seed(3))
    turned = rotations.clone()
    turned[:, 0] = yaw_matrix(torch.tensor(yaw)) @ turned[:, 0]
    assert torch.allclose(prior.encode(turned), prior.encode(rotations), atol=1e-3)
    assert torch.allclose(facing_front(turned), facing_front(rotations), atol=1e-4)
    assert torch.allclose(facing_front(rotations), rotations, atol=1e-5)


def test_odd_latents_surprise(prior):
    generator = torch.Generator().manual_seed(0)
    real = prior.surprise(prior.latents(200, generator))
    assert (real > 0).all()
    assert real.median() < prior.surprise(3.0 * torch.randn(200, LATENT, generator=generator)).median()


def test_gradients_flow_and_are_finite(prior):
    latents = prior.latents(30, torch.Generator().manual_seed(0)).requires_grad_()
    joints, _ = forward_kinematics(prior.decode(latents))
    (joints.sum() + prior.surprise(latents).sum()).backward()
    assert torch.isfinite(latents.grad).all() and (latents.grad.abs().sum(-1) > 0).all()
    assert all(not weight.requires_grad for weight in prior.parameters())


def test_people_it_never_saw(prior, shared):
    """Held-out people come back to within a few centimetres."""
    held = load_poses(shared / "data", "val").rotations[::10]
    again = prior.decode(prior.encode(held))
    gaps = (forward_kinematics(again)[0] - forward_kinematics(facing_front(held))[0]).norm(dim=-1)
    assert gaps.mean() < 0.04

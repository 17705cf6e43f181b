"""Licensed bodies against recordings of the official release, on its made-up SMPL-H file of 64 vertices."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.smpl import SmplBody


@pytest.fixture
def recorded(shared):
    pytest.importorskip("smplx")
    folder = shared / "reference" / "golden" / "unipose"
    return SmplBody.load(folder / "f_synthetic_smplh.npz"), load_file(folder / "f_body_and_metrics.safetensors")


def turns(*vectors: torch.Tensor) -> torch.Tensor:
    """Axis-angles [B, 3 * n] of parts of the body to rotations [B, J, 3, 3], in their order."""
    return axis_angle_to_matrix(torch.cat(vectors, dim=1).unflatten(1, (-1, 3)))


def test_published_skin_and_joints_of_a_pose(recorded):
    body, io = recorded
    rotations = turns(io["root_orient"], io["pose_body"])
    torch.testing.assert_close(body.vertices(rotations), io["body_only.v"], atol=1e-5, rtol=0)
    torch.testing.assert_close(body.joints(rotations), io["body_only.Jtr"][:, :22], atol=1e-5, rtol=0)


def test_published_skin_and_joints_with_hands_and_shape(recorded):
    """Our poses have no hands and no place, so what the loader read goes to the library's skinning directly."""
    from smplx.lbs import lbs

    body, io = recorded
    vertices, joints = lbs(
        io["betas"],
        turns(io["root_orient"], io["pose_body"], io["pose_hand"]),
        body.rest_vertices[None],
        body.shape_directions[..., : io["betas"].shape[1]],
        body.pose_directions,
        body.joint_regressor,
        body.parents,
        body.weights,
        pose2rot=False,
    )
    place = io["trans"][:, None]
    torch.testing.assert_close(vertices + place, io["full.v"], atol=1e-5, rtol=0)
    torch.testing.assert_close(joints + place, io["full.Jtr"], atol=1e-5, rtol=0)


def test_a_shaped_body_has_the_rest_joints_of_its_shape(recorded):
    from smplx.lbs import blend_shapes, vertices2joints

    body, io = recorded
    for betas in io["betas"]:
        bent = blend_shapes(betas[None], body.shape_directions[..., : len(betas)])[0]
        shaped = body.shaped(betas)
        torch.testing.assert_close(shaped.rest_vertices, body.rest_vertices + bent, atol=1e-6, rtol=0)
        joints = vertices2joints(body.joint_regressor, shaped.rest_vertices[None])[0]
        torch.testing.assert_close(shaped.rest_joints, joints, atol=1e-6, rtol=0)

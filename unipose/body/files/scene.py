"""Where a posed body is put in files: standing on the floor.

Poses carry no translation. In every file with a body or a movement the pelvis keeps its place over the floor, x and z,
and the body is moved up or down until its lowest point is at Y = 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.body.mesh import FreeBody
from unipose.body.skeleton import PARENTS_24, forward_kinematics, with_hands

_AT_ONCE = 16  # bodies skinned together: more only takes memory


def standing_vertices(body: FreeBody, rotations: Tensor) -> Tensor:
    """Float32 [V, 3] metres: the body in the pose [22, 3, 3], its lowest vertex at Y = 0."""
    vertices = body.vertices(rotations)
    return vertices - vertices[:, 1].min() * torch.tensor([0.0, 1.0, 0.0])


def pelvis_places(body: FreeBody, rotations: Tensor) -> Tensor:
    """Float32 [T, 3] metres: where the pelvis of poses [T, 22, 3, 3] is when each stands on the floor."""
    lowest = torch.cat([body.vertices(some)[..., 1].min(dim=-1).values for some in rotations.split(_AT_ONCE)])
    return body.rest_joints[0] - lowest[:, None] * torch.tensor([0.0, 1.0, 0.0])


def transforms(body: FreeBody, rotations: Tensor) -> tuple[Tensor, Tensor]:
    """The body's joints [..., 24, 3] in metres, the pelvis at its rest place, and global rotations [..., 24, 3, 3]."""
    joints, turned = forward_kinematics(with_hands(rotations), bone_offsets(body))
    return joints + body.rest_joints[0], turned


def bone_offsets(body: FreeBody) -> Tensor:
    """Float32 [24, 3] metres: each joint from its parent in the T-pose."""
    return body.rest_joints - body.rest_joints[[max(parent, 0) for parent in PARENTS_24]]

"""The SMPL kinematic tree: joint names, parents, mirror pairs, rest offsets and forward kinematics.

Conventions, used everywhere in the project: metres and radians; right-handed, Y up; the zero pose is SMPL's
T-pose facing +Z, so the body's left is +X. Rotations are matrices acting on column vectors, local to the parent
joint; joint 0 (pelvis) carries the orientation of the whole body. There is no translation: the pelvis is the origin.
"""

from __future__ import annotations

import torch
from torch import Tensor

JOINT_NAMES_24: tuple[str, ...] = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hand", "right_hand",
)  # fmt: skip
"""SMPL's 24 joints; the last two (hands) end the arms and carry no rotation of their own in a 22-joint pose."""

JOINT_NAMES: tuple[str, ...] = JOINT_NAMES_24[:22]
"""The 22 body joints shared by SMPL, SMPL-H and SMPL-X."""

PARENTS_24: tuple[int, ...] = (
    -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21,
)  # fmt: skip
PARENTS: tuple[int, ...] = PARENTS_24[:22]


OTHER_SIDE = {"left": "right", "right": "left"}


def mirror_indices(names: tuple[str, ...]) -> tuple[int, ...]:
    """For each name the place of that of the other side, ``left_`` for ``right_``; its own for one without a side."""
    side, _, rest = zip(*(name.partition("_") for name in names), strict=True)
    return tuple(
        names.index(f"{OTHER_SIDE[s]}_{r}") if s in OTHER_SIDE else i
        for i, (s, r) in enumerate(zip(side, rest, strict=True))
    )


MIRROR_24: tuple[int, ...] = mirror_indices(JOINT_NAMES_24)
"""``MIRROR_24[j]`` is the joint on the other side of joint ``j`` (itself on the midline)."""
MIRROR: tuple[int, ...] = MIRROR_24[:22]

# Bone offsets of the left side and the midline, in metres from the parent joint. Approximate proportions of the
# neutral SMPL body (about 1 cm), taken from public figures, not from a licensed file. The midline is put exactly on
# x = 0 and the right side is its exact reflection, so that mirroring a pose mirrors its joints to the last bit.
_OFFSETS: dict[str, tuple[float, float, float]] = {
    "pelvis": (0.0, 0.0, 0.0),
    "left_hip": (0.070, -0.091, -0.007),
    "spine1": (0.0, 0.109, -0.027),
    "left_knee": (0.034, -0.375, -0.005),
    "spine2": (0.0, 0.135, 0.001),
    "left_ankle": (-0.014, -0.398, -0.043),
    "spine3": (0.0, 0.053, 0.025),
    "left_foot": (0.026, -0.056, 0.119),
    "neck": (0.0, 0.214, -0.043),
    "left_collar": (0.079, 0.122, -0.034),
    "head": (0.0, 0.065, 0.051),
    "left_shoulder": (0.091, 0.030, -0.009),
    "left_elbow": (0.260, -0.013, -0.028),
    "left_wrist": (0.249, 0.009, -0.001),
    "left_hand": (0.084, -0.008, -0.015),
}


def _rest_offsets() -> Tensor:
    rows = []
    for name in JOINT_NAMES_24:
        x, y, z = _OFFSETS[name.replace("right_", "left_")]
        rows.append((-x if name.startswith("right_") else x, y, z))
    return torch.tensor(rows, dtype=torch.float32)


REST_OFFSETS: Tensor = _rest_offsets()
"""Float32 [24, 3]: each joint's offset from its parent in the T-pose, metres."""


def forward_kinematics(rotations: Tensor, offsets: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Place the joints of a pose.

    Args:
        rotations: [..., J, 3, 3] local rotation matrices, J = 22 or 24.
        offsets: [J, 3] bone offsets in metres, or [..., J, 3], those of each pose's own body; the approximate SMPL
            proportions when left out.

    Returns:
        Joint positions [..., J, 3] in metres with the pelvis at the origin, and global rotations [..., J, 3, 3].

    Raises:
        ValueError: when ``rotations`` has another shape.
    """
    joints = _count_joints(rotations)
    rest = (REST_OFFSETS[:joints] if offsets is None else offsets).to(rotations)[..., None]
    turned: list[Tensor] = [rotations[..., 0, :, :]]
    placed: list[Tensor] = [torch.zeros_like(rotations[..., 0, :, 0])]
    for joint in range(1, joints):
        parent = PARENTS_24[joint]
        placed.append(placed[parent] + (turned[parent] @ rest[..., joint, :, :])[..., 0])
        turned.append(turned[parent] @ rotations[..., joint, :, :])
    return torch.stack(placed, dim=-2), torch.stack(turned, dim=-3)


def with_hands(rotations: Tensor) -> Tensor:
    """[..., 22 or 24, 3, 3] to [..., 24, 3, 3]: hands that a 22-joint pose leaves out do not bend.

    Raises:
        ValueError: for another shape.
    """
    missing = 24 - _count_joints(rotations)
    hands = torch.eye(3).to(rotations).expand(*rotations.shape[:-3], missing, 3, 3)
    return torch.cat((rotations, hands), dim=-3)


def mirror_rotations(rotations: Tensor) -> Tensor:
    """Reflect a pose in the body's left-right plane.

    Args:
        rotations: [..., J, 3, 3] local rotation matrices, J = 22 or 24.

    Returns:
        Rotations of the same shape: sides swapped, each conjugated by the reflection of x.
    """
    swap = list(MIRROR_24[: rotations.shape[-3]])
    sign = torch.tensor([-1.0, 1.0, 1.0], dtype=rotations.dtype, device=rotations.device)
    return rotations[..., swap, :, :] * sign[:, None] * sign[None, :]


def _count_joints(rotations: Tensor) -> int:
    joints = rotations.shape[-3] if rotations.ndim >= 3 else 0
    if rotations.shape[-2:] != (3, 3) or joints not in (22, 24):
        raise ValueError(f"expected rotations of shape [..., 22 or 24, 3, 3], found {list(rotations.shape)}")
    return joints

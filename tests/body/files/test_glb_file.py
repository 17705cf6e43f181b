"""Rigged GLB files, read by a small reader of the glTF 2.0 specification written here, and by trimesh."""

import json
import struct

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from unipose.body.export import export
from unipose.body.files.glb import MAX_MORPHS
from unipose.body.limits import joint_rotations, limits
from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES_24

_DTYPES = {5120: "<i1", 5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    """A reader of the specification, sections 4 (container) and 3 (accessors, skins, animations, morph targets)."""

    def __init__(self, path):
        raw = path.read_bytes()
        magic, version, length = struct.unpack_from("<4sII", raw)
        assert (magic, version, length) == (b"glTF", 2, len(raw))
        size, kind = struct.unpack_from("<I4s", raw, 12)
        assert kind == b"JSON" and size % 4 == 0
        self.json = json.loads(raw[20 : 20 + size])
        rest, kind = struct.unpack_from("<I4s", raw, 20 + size)
        assert kind == b"BIN\0" and 28 + size + rest == len(raw)
        assert self.json["buffers"] == [{"byteLength": rest}]
        self.binary = raw[28 + size :]
        self.primitive = self.json["meshes"][0]["primitives"][0]
        self.parents = {c: p for p, node in enumerate(self.json["nodes"]) for c in node.get("children", [])}

    def _raw(self, view, component, count, width, offset=0):
        view = self.json["bufferViews"][view]
        assert view["byteOffset"] % 4 == 0
        start = view["byteOffset"] + offset
        return np.frombuffer(self.binary, _DTYPES[component], count * width, start).reshape(count, width)

    def array(self, index):
        a = self.json["accessors"][index]
        width, count = _WIDTHS[a["type"]], a["count"]
        if "bufferView" in a:
            values = self._raw(a["bufferView"], a["componentType"], count, width, a.get("byteOffset", 0))
        else:
            values = np.zeros((count, width))
        if "sparse" in a:
            s = a["sparse"]
            rows = self._raw(s["indices"]["bufferView"], s["indices"]["componentType"], s["count"], 1)[:, 0]
            values = np.array(values)
            values[rows] = self._raw(s["values"]["bufferView"], a["componentType"], s["count"], width)
        if "min" in a:
            assert np.allclose(values.min(0), a["min"]) and np.allclose(values.max(0), a["max"])
        return values

    def state(self, time):
        """Local translation and rotation of every node, and the morph weights, at a time of the animation."""
        nodes = self.json["nodes"]
        places = [np.array(node.get("translation", (0.0, 0.0, 0.0))) for node in nodes]
        turns = [Rotation.from_quat(node.get("rotation", (0, 0, 0, 1))) for node in nodes]
        morphs = np.array(self.json["meshes"][0].get("weights", []))
        for animation in self.json.get("animations", []):
            for channel in animation["channels"]:
                sampler, target = animation["samplers"][channel["sampler"]], channel["target"]
                times, values = self.array(sampler["input"])[:, 0], self.array(sampler["output"])
                assert sampler["interpolation"] == "LINEAR" and (np.diff(times) > 0).all()
                time = np.clip(time, times[0], times[-1])
                if target["path"] == "rotation":
                    turns[target["node"]] = Slerp(times, Rotation.from_quat(values))(time)
                    continue
                values = values.reshape(len(times), -1)
                mixed = np.array([np.interp(time, times, column) for column in values.T])
                if target["path"] == "translation":
                    places[target["node"]] = mixed
                else:
                    assert nodes[target["node"]]["mesh"] == 0
                    morphs = mixed
        return places, turns, morphs

    def globals(self, places, turns):
        found = {}

        def of(node):
            if node not in found:
                own = np.eye(4)
                own[:3, :3], own[:3, 3] = turns[node].as_matrix(), places[node]
                found[node] = of(self.parents[node]) @ own if node in self.parents else own
            return found[node]

        return [of(node) for node in range(len(places))]

    def joints(self, time=0.0):
        places, turns, _ = self.state(time)
        matrices = self.globals(places, turns)
        return np.stack([matrices[node][:3, 3] for node in self.json["skins"][0]["joints"]])

    def vertices(self, time=0.0, morphed=True):
        places, turns, weights = self.state(time)
        matrices = self.globals(places, turns)
        skin = self.json["skins"][0]
        bind = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
        joint = np.stack([matrices[node] for node in skin["joints"]]) @ bind
        at = {name: self.array(index) for name, index in self.primitive["attributes"].items()}
        points = np.array(at["POSITION"], np.float64)
        for weight, target in zip(weights, self.primitive.get("targets", []), strict=True):
            points += (weight * self.array(target["POSITION"])) if morphed else 0.0
        blend = np.einsum("vi,viab->vab", at["WEIGHTS_0"], joint[at["JOINTS_0"]])
        return np.einsum("vab,vb->va", blend[:, :3, :3], points) + blend[:, :3, 3]


def on_the_floor(body, pose):
    vertices = body.vertices(pose.rotations).numpy()
    return vertices, np.array([0.0, -vertices[:, 1].min(), 0.0])


def some_poses(count, seed=0):
    low, high = (bound.nan_to_num(posinf=90.0, neginf=-90.0) for bound in limits())
    share = torch.rand(count, 22, 3, generator=torch.Generator().manual_seed(seed))
    return [Pose(rotations) for rotations in joint_rotations(low + share * (high - low))]


def assert_same_skin(found, expected):
    """Where a limb is wrung to its limit a few vertices are let off: what would bring them back is more than 5 cm."""
    apart = np.linalg.norm(found - expected, axis=1)
    assert np.quantile(apart, 0.98) < 1e-3 and apart.max() < 0.03, (np.quantile(apart, 0.98), apart.max())


poses_within_limits = st.integers(0, 2**31).map(lambda seed: some_poses(1, seed)[0])


@settings(max_examples=15, deadline=None)
@given(pose=poses_within_limits)
def test_a_single_pose_stands_as_our_own_skinning_has_it(tmp_path_factory, pose):
    body = FreeBody.load("light")
    read = Glb(export(pose, tmp_path_factory.mktemp("glb") / "pose.glb", body=body))
    vertices, lift = on_the_floor(body, pose)
    assert np.abs(read.joints()[:22] - (body.joints(pose.rotations).numpy() + lift)).max() < 1e-5
    assert_same_skin(read.vertices(), vertices + lift)
    assert "animations" not in read.json


def test_a_movement_passes_through_its_poses_and_eases_between_them(tmp_path):
    body, poses = FreeBody.load("full"), some_poses(3)
    read = Glb(export(poses, tmp_path / "poses.glb", fps=20, seconds_between=0.5))
    assert read.json["asset"]["extras"]["pose_times_s"] == [0.0, 0.5, 1.0]
    for index, pose in enumerate(poses):
        vertices, lift = on_the_floor(body, pose)
        assert np.abs(read.joints(0.5 * index)[:22] - (body.joints(pose.rotations).numpy() + lift)).max() < 1e-5
        assert_same_skin(read.vertices(0.5 * index), vertices + lift)
    # at rest where a movement ends, fastest in its middle
    wrist = np.stack([read.joints(time)[20] for time in np.arange(0, 0.501, 0.05)])
    speed = np.linalg.norm(np.diff(wrist, axis=0), axis=1)
    assert speed[0] < 0.2 * speed.max() and speed[-1] < 0.2 * speed.max()
    # on the floor all the way
    assert abs(read.vertices(0.25)[:, 1].min()) < 0.005


def test_the_skin_is_bound_with_four_weights_a_vertex(tmp_path):
    body = FreeBody.load("full")
    read = Glb(export(Pose.identity(), tmp_path / "rest.glb"))
    at = {name: read.array(index) for name, index in read.primitive["attributes"].items()}
    assert np.abs(at["WEIGHTS_0"].sum(1) - 1).max() < 1e-6 and (at["WEIGHTS_0"] >= 0).all()
    assert (at["JOINTS_0"][at["WEIGHTS_0"] == 0] == 0).all() and at["JOINTS_0"].max() < 24
    assert np.array_equal(read.array(read.primitive["indices"])[:, 0].reshape(-1, 3), body.faces.numpy())
    assert np.abs(np.linalg.norm(at["NORMAL"], axis=1) - 1).max() < 1e-4
    assert [read.json["nodes"][node]["name"] for node in read.json["skins"][0]["joints"]] == list(JOINT_NAMES_24)
    shown = trimesh.load(tmp_path / "rest.glb", process=False)
    mesh = next(iter(shown.geometry.values()))
    assert np.abs(mesh.vertices - body.rest_vertices.numpy()).max() < 1e-6
    assert (mesh.vertex_normals * at["NORMAL"]).sum(1).min() > 0.9, "normals do not go with the triangles"


def test_without_morph_targets_the_plain_skin_is_off_by_millimetres(tmp_path):
    poses = some_poses(4, seed=5)
    body = FreeBody.load("full")
    read = Glb(export(poses, tmp_path / "poses.glb", fps=10, seconds_between=0.1))
    vertices, lift = on_the_floor(body, poses[2])
    plain = np.linalg.norm(read.vertices(0.2, morphed=False) - (vertices + lift), axis=1)
    assert plain.mean() < 2e-3 and plain.max() > 2e-3, "the morph targets do nothing, or the skin does not fit"


def test_many_poses_go_without_morph_targets(tmp_path):
    body = FreeBody.load("light")
    poses = some_poses(MAX_MORPHS + 1)
    read = Glb(export(poses, tmp_path / "poses.glb", fps=1, seconds_between=1, body=body))
    assert "targets" not in read.primitive and "weights" not in read.json["meshes"][0]
    _, lift = on_the_floor(body, poses[-1])
    found = read.joints(float(MAX_MORPHS))[:22]
    assert np.abs(found - (body.joints(poses[-1].rotations).numpy() + lift)).max() < 1e-5


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_the_rate_is_the_one_asked_for(tmp_path, fps):
    read = Glb(export(some_poses(2), tmp_path / "poses.glb", fps=fps, body=FreeBody.load("light")))
    times = read.array(read.json["animations"][0]["samplers"][0]["input"])[:, 0]
    assert np.allclose(np.diff(times), 1 / fps, atol=1e-6) and times[-1] == pytest.approx(round(fps * 0.8) / fps)

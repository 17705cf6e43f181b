"""Licensed models: finding, safe reading and skinning, on stand-in files made from the free body."""

from __future__ import annotations

import os
import pickle
import sys
import types

import numpy as np
import pytest
import torch

from unipose.body.mesh import FreeBody
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES_24, PARENTS_24
from unipose.body.smpl import SmplBody
from unipose.body.smpl_files import find_model_file, read_model_file

HAND = [parent for finger in range(5) for parent in (None, 3 * finger, 3 * finger + 1)]


def fingers(first: int, wrist: int) -> list[int]:
    return [wrist if parent is None else first + parent for parent in HAND]


TREES = {
    "SMPL": [*PARENTS_24],
    "SMPL-H": [*PARENTS_24[:22], *fingers(22, 20), *fingers(37, 21)],
    "SMPL-X": [*PARENTS_24[:22], 15, 15, 15, *fingers(25, 20), *fingers(40, 21)],
}
# Which joint of each model stands in for the free body's hands.
HANDS = {"SMPL": (22, 23), "SMPL-H": (25, 40), "SMPL-X": (28, 43)}


def stand_in(kind: str) -> dict[str, np.ndarray]:
    """A model file of ``kind`` whose skin is the light free body's."""
    body, parents = FreeBody.load("light"), np.array(TREES[kind], dtype=np.int64)
    count, total = len(body.rest_vertices), len(parents)
    joints, weights = np.zeros((total, 3)), np.zeros((count, total))
    joints[:22], weights[:, :22] = body.rest_joints[:22], body.weights[:, :22]
    for hand, source in zip(HANDS[kind], (22, 23), strict=True):
        joints[hand], weights[:, hand] = body.rest_joints[source], body.weights[:, source]
    posedirs = np.zeros((count, 3, 9 * (total - 1)))
    for joint, (index, matrix) in enumerate(body.correctives[:22]):
        if joint:
            posedirs[index, :, 9 * (joint - 1) : 9 * joint] = matrix.reshape(9, -1, 3).permute(1, 2, 0)
    table = np.array([parents, np.arange(total)])
    table[0, 0] = 2**32 - 1  # as the official files write "no parent"
    rest = body.rest_vertices.double().numpy()
    return {
        "v_template": rest,
        "f": body.faces.numpy().astype(np.uint32),
        "weights": weights,
        "J_regressor": joints @ np.linalg.pinv(rest),
        "kintree_table": table.astype(np.uint32),
        "shapedirs": body.shape_directions.permute(1, 2, 0).double().numpy(),
        "posedirs": posedirs,
    }


def rotations(*batch: int, joints: int = 22) -> torch.Tensor:
    noise = torch.randn(*batch, joints, 3, generator=torch.Generator().manual_seed(2))
    return axis_angle_to_matrix(0.6 * noise)


@pytest.mark.parametrize("kind", list(TREES))
def test_skins_all_three_models(tmp_path, kind):
    pytest.importorskip("smplx")
    path = tmp_path / "any_name.npz"
    # Beside the arrays, a pickled name table as in the official SMPL-X file: never opened.
    np.savez(path, **stand_in(kind), joint2num=np.array({"pelvis": 0}, dtype=object))
    model, free, poses = SmplBody.load(path), FreeBody.load("light"), rotations(2, 3)
    assert model.kind == kind and model.part_names == JOINT_NAMES_24
    torch.testing.assert_close(model.vertices(poses), free.vertices(poses), atol=1e-5, rtol=0)
    torch.testing.assert_close(model.joints(poses), free.joints(poses), atol=1e-5, rtol=0)
    torch.testing.assert_close(model.vertices(poses[1, 1]), free.vertices(poses[1, 1]), atol=1e-5, rtol=0)
    assert torch.equal(model.parts, free.parts) and torch.equal(model.faces, free.faces)
    shaped = model.shaped([1.5, -1.0])
    torch.testing.assert_close(shaped.rest_vertices, free.shaped([1.5, -1.0]).rest_vertices, atol=1e-6, rtol=0)
    with pytest.raises(ValueError, match="at most 10 finite betas"):
        model.shaped([0.0] * 11)


def test_hand_joints_belong_to_smpl_only(tmp_path):
    pytest.importorskip("smplx")
    poses = rotations(2, joints=24)
    for kind in TREES:
        np.savez(tmp_path / f"{kind}.npz", **stand_in(kind))
    model, free = SmplBody.load(tmp_path / "SMPL.npz"), FreeBody.load("light")
    assert model.joints(poses).shape == (2, 24, 3)
    torch.testing.assert_close(model.joints(poses), free.joints(poses), atol=1e-5, rtol=0)
    for kind in ("SMPL-H", "SMPL-X"):
        with pytest.raises(ValueError, match=rf"{kind} takes rotations \[..., 22, 3, 3\], found \[2, 24, 3, 3\]"):
            SmplBody.load(tmp_path / f"{kind}.npz").vertices(poses)


@pytest.fixture
def chumpy(monkeypatch):
    """Modules under chumpy's names, long enough to write a file; the reader must not need them."""

    class Ch:
        def __init__(self, **state):
            self.__dict__.update(state)

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    select = type("Select", (Ch,), {"__module__": "chumpy.reordering", "__qualname__": "Select"})
    for name, members in {"chumpy": {}, "chumpy.ch": {"Ch": Ch}, "chumpy.reordering": {"Select": select}}.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    yield Ch, select
    monkeypatch.undo()


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_reads_pickles_of_chumpy_and_scipy_without_either(tmp_path, chumpy, monkeypatch, protocol):
    sparse = pytest.importorskip("scipy.sparse")
    chumpy_array, chumpy_select = chumpy
    fields = stand_in("SMPL")
    flat = fields["shapedirs"].ravel()
    padded = np.concatenate((flat, np.ones(5)))
    stored = {
        **fields,
        "v_template": chumpy_array(x=fields["v_template"]),
        "shapedirs": chumpy_select(
            a=chumpy_array(x=padded), idxs=np.arange(flat.size), preferred_shape=fields["shapedirs"].shape
        ),
        "J_regressor": sparse.csc_matrix(fields["J_regressor"]),
        "weights": sparse.csr_matrix(fields["weights"]),
        "posedirs": fields["posedirs"],
        "bs_style": "lbs",
        "vert_sym_idxs": {1, 2},
    }
    path = tmp_path / "SMPL_NEUTRAL.pkl"
    path.write_bytes(pickle.dumps(stored, protocol=protocol))
    for name in [name for name in sys.modules if name.startswith("chumpy")]:
        monkeypatch.setitem(sys.modules, name, None)  # importing it now fails
    read = read_model_file(path)
    for name, expected in fields.items():
        np.testing.assert_array_equal(read[name], expected, err_msg=name)


def test_sparse_layouts(tmp_path):
    sparse = pytest.importorskip("scipy.sparse")
    fields = stand_in("SMPL")
    for layout in (sparse.csc_matrix, sparse.csr_matrix, sparse.coo_matrix, sparse.csr_array, sparse.coo_array):
        path = tmp_path / f"{layout.__name__}.pkl"
        path.write_bytes(pickle.dumps({**fields, "J_regressor": layout(fields["J_regressor"])}))
        np.testing.assert_array_equal(read_model_file(path)["J_regressor"], fields["J_regressor"])


class Bomb:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("place", ["field", "whole"])
def test_unsafe_pickles_are_refused(tmp_path, protocol, place):
    witness = tmp_path / "ran"
    for function in (os.system, eval, exec, __import__, getattr, np.load):
        argument = f"touch {witness}" if function is os.system else f"open({str(witness)!r}, 'w')"
        bomb = Bomb(function, argument)
        content = bomb if place == "whole" else {"v_template": np.zeros((4, 3)), "extra": bomb}
        path = tmp_path / "SMPL_NEUTRAL.pkl"
        path.write_bytes(pickle.dumps(content, protocol=protocol))
        with pytest.raises(ValueError, match="refused as unsafe"):
            SmplBody.load(path)
        assert not witness.exists()


def test_only_stand_ins_are_rebuilt(tmp_path):
    """The two helpers that old pickles need do nothing else: no other class, no other codec."""
    for content in (
        b"ccopyreg\n_reconstructor\n(cnumpy\nndarray\ncbuiltins\nobject\nNtR.",
        b"c_codecs\nencode\n(Vabc\nVrot13\ntR.",
    ):
        path = tmp_path / "model.pkl"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="refused"):
            read_model_file(path)


def test_unusable_files_are_named(tmp_path):
    fields = stand_in("SMPL")

    def case(name, message, **changes):
        np.savez(tmp_path / name, **{k: v for k, v in {**fields, **changes}.items() if v is not None})
        with pytest.raises(ValueError, match=message):
            SmplBody.load(tmp_path / name)

    case("lacking.npz", "lacks posedirs", posedirs=None)
    case("object.npz", "object.npz.*allow_pickle=False", J_regressor=np.array([{}], dtype=object))
    case("mano.npz", "cannot tell what .*16 joints", weights=np.zeros((1229, 16)))
    case("words.npz", "'weights' is not an array of numbers", weights=np.full((1229, 24), "a"))
    case("shape.npz", r"'posedirs' has shape \[1229, 3, 10\]", posedirs=np.zeros((1229, 3, 10)))
    case("faces.npz", "faces name vertices", f=fields["f"] + 9)
    case("tree.npz", "another skeleton", kintree_table=np.array([[0, *range(23)], range(24)]))
    for name, content in {"broken.pkl": b"\x80\x04", "list.pkl": pickle.dumps([1]), "text.npz": b"hello"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            SmplBody.load(tmp_path / name)
    (tmp_path / "model.txt").write_text("")
    with pytest.raises(ValueError, match=r"\.npz or \.pkl"):
        SmplBody.load(tmp_path / "model.txt")


def test_files_are_found(tmp_path, monkeypatch):
    monkeypatch.delenv("UNIPOSE_SMPL_PATH", raising=False)
    with pytest.raises(ValueError, match=r"UNIPOSE_SMPL_PATH.*smplx/SMPLX_NEUTRAL\.npz"):
        find_model_file()
    with pytest.raises(ValueError, match="no neutral body model in .*searched there for smpl/SMPL_NEUTRAL"):
        find_model_file(tmp_path)
    with pytest.raises(ValueError, match="no SMPL file or folder at .*nowhere"):
        find_model_file(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="found 'other'"):
        find_model_file(tmp_path, gender="other")
    for name in ("smplx/SMPLX_FEMALE.npz", "SMPL_MALE.pkl", "smplh/neutral/model.npz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setenv("UNIPOSE_SMPL_PATH", str(tmp_path))
    assert find_model_file() == tmp_path / "smplh/neutral/model.npz"
    assert find_model_file(gender="male") == tmp_path / "SMPL_MALE.pkl"
    assert find_model_file(gender="female") == tmp_path / "smplx/SMPLX_FEMALE.npz"
    assert find_model_file(tmp_path / "SMPL_MALE.pkl") == tmp_path / "SMPL_MALE.pkl"


def test_missing_package_is_named(tmp_path, monkeypatch):
    np.savez(tmp_path / "model.npz", **stand_in("SMPL"))
    model = SmplBody.load(tmp_path / "model.npz")
    for name in ("smplx", "smplx.lbs"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'unipose\[smpl\]'"):
        model.vertices(rotations())

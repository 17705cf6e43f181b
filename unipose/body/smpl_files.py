"""Finding a user's licensed SMPL, SMPL-H or SMPL-X file, and reading it without running anything in it.

The files are the user's own (https://smpl.is.tue.mpg.de, https://mano.is.tue.mpg.de, https://smpl-x.is.tue.mpg.de);
none is shipped or downloaded here. ``.npz`` files are read with pickles forbidden. The older ``.pkl`` files are
pickles and may refer to chumpy and SciPy objects: an unpickler that knows a short list of names stands in for both,
so neither package is needed, and refuses every other name.
"""

from __future__ import annotations

import os
import pickle
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

PATH_VARIABLE = "UNIPOSE_SMPL_PATH"
GENDERS: tuple[str, ...] = ("neutral", "male", "female")
FIELDS: tuple[str, ...] = (
    "v_template", "f", "weights", "J_regressor", "kintree_table", "shapedirs", "posedirs",
)  # fmt: skip
"""The arrays of a model file that skinning needs; others (landmarks, textures, hand spaces) are not read."""

# File names below a models folder, in the order they are tried; G is NEUTRAL, g neutral, i the initial m, f or neutral.
_NAMES: tuple[str, ...] = (
    "smpl/SMPL_{G}.npz", "smpl/SMPL_{G}.pkl",
    "smpl/basicmodel_{i}_lbs_10_207_0_v1.1.0.pkl", "smpl/basicModel_{i}_lbs_10_207_0_v1.0.0.pkl",
    "smpl/basicmodel_{i}_lbs_10_207_0_v1.0.0.pkl",
    "smplh/SMPLH_{G}.npz", "smplh/SMPLH_{G}.pkl", "smplh/{g}/model.npz",
    "smplx/SMPLX_{G}.npz", "smplx/SMPLX_{G}.pkl",
)  # fmt: skip


def find_model_file(path: str | Path | None = None, gender: str = "neutral") -> Path:
    """The licensed model file to use.

    Args:
        path: the file, or a folder with the usual names below it (``smpl/SMPL_NEUTRAL.pkl``, ...); when left out,
            the environment variable ``UNIPOSE_SMPL_PATH`` says either.
        gender: which file of a folder: ``neutral``, ``male`` or ``female``.

    Raises:
        ValueError: nothing there; the message lists the places searched.
    """
    if gender not in GENDERS:
        raise ValueError(f"a body model is {', '.join(GENDERS)}, found {gender!r}")
    asked = path if path is not None else os.environ.get(PATH_VARIABLE)
    if not asked:
        raise ValueError(
            f"no SMPL file was named: pass a path or set {PATH_VARIABLE} to a licensed model file, or to a folder "
            f"holding one of {', '.join(_names(gender))}"
        )
    place = Path(asked).expanduser()
    if place.is_file():
        return place
    if not place.is_dir():
        raise ValueError(f"no SMPL file or folder at '{place}'; check the path or {PATH_VARIABLE}")
    candidates = [place / tried for name in _names(gender) for tried in (name, name.partition("/")[2])]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ValueError(
        f"no {gender} body model in '{place}'; searched there for {', '.join(_names(gender))}, with and without the "
        "first folder; name the file itself if it is called otherwise"
    )


def _names(gender: str) -> Iterator[str]:
    initial = gender if gender == "neutral" else gender[0]
    return (name.format(G=gender.upper(), g=gender, i=initial) for name in _NAMES)


def read_model_file(path: Path) -> dict[str, np.ndarray]:
    """The arrays of :data:`FIELDS`, dense, without running any code the file may carry.

    Raises:
        ValueError: unknown ending, unreadable or unsafe content, missing arrays.
    """
    readers = {".npz": _read_npz, ".pkl": _read_pickle}
    if path.suffix.lower() not in readers:
        raise ValueError(f"a body model is read from .npz or .pkl, found '{path.name}'")
    try:
        content = readers[path.suffix.lower()](path)
        missing = sorted(set(FIELDS) - content.keys())
        if missing:
            raise ValueError(f"it lacks {', '.join(missing)}; is it a SMPL, SMPL-H or SMPL-X model?")
        return {name: _dense(content[name], name) for name in FIELDS}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError, RecursionError) as error:
        raise ValueError(f"'{path}' cannot be used as a body model: {error}") from None
    except (
        OSError,
        EOFError,
        MemoryError,
        OverflowError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(f"'{path}' cannot be read as a body model: {error}") from None


def _read_npz(path: Path) -> dict[str, Any]:
    if not zipfile.is_zipfile(path):
        raise ValueError("it is no .npz archive")
    # Only the fields asked for are touched: some official files carry pickled name tables beside them.
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in FIELDS if name in archive.files}


def _read_pickle(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        content = _Unpickler(file, encoding="latin1").load()
    if not isinstance(content, dict):
        raise ValueError(f"it holds a {type(content).__name__}, not a table of arrays")
    return content


class _Foreign:
    """Stands in for an object of a package that is not needed: keeps the state, has no behaviour."""

    name = ""

    def __new__(cls, *_: Any) -> _Foreign:
        return object.__new__(cls)

    def __setstate__(self, state: Any) -> None:
        self.state: dict[str, Any] = state if isinstance(state, dict) else {}


def _rebuild(kind: Any, base: Any, state: Any) -> Any:
    """copyreg's reconstructor, for stand-ins only."""
    if not (isinstance(kind, type) and issubclass(kind, _Foreign)):
        raise pickle.UnpicklingError(f"refused to rebuild a {kind!r}")
    return kind()


def _latin1_bytes(text: str, encoding: str = "latin1") -> bytes:
    """``_codecs.encode`` as Python 3 uses it to write bytes in old protocols, and for nothing else."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"refused to encode as {encoding!r}")
    return text.encode("latin1")


_REBUILD_ARRAY = np.zeros(0).__reduce__()[0]
_REBUILD_SCALAR = np.float64(0).__reduce__()[0]
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _latin1_bytes,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _REBUILD_ARRAY for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _REBUILD_SCALAR for core in ("core", "_core")},
    **{(module, "object"): object for module in ("__builtin__", "builtins")},
    **{(module, "set"): set for module in ("__builtin__", "builtins")},
    **{(module, "_reconstructor"): _rebuild for module in ("copy_reg", "copyreg")},
}
_SPARSE = frozenset(f"{layout}_{kind}" for layout in ("csc", "csr", "coo") for kind in ("matrix", "array"))


class _Unpickler(pickle.Unpickler):
    """Knows arrays and stand-ins; every other name in the file is refused before it is looked up."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return _ALLOWED[module, name]
        package = module.partition(".")[0]
        if package == "chumpy" or (module.startswith("scipy.sparse") and name in _SPARSE):
            return type("_Foreign", (_Foreign,), {"name": f"{package}.{name}"})
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no body model needs; refused as unsafe")


def _dense(value: Any, field: str) -> np.ndarray:
    if isinstance(value, _Foreign):
        value = _dense_sparse(value) if value.name.startswith("scipy.") else _dense_chumpy(value, field)
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"'{field}' is not an array of numbers but of {array.dtype}")
    return array


def _dense_chumpy(value: _Foreign, field: str) -> np.ndarray:
    if "x" in value.state:
        return _dense(value.state["x"], field)
    if {"a", "idxs", "preferred_shape"} <= value.state.keys():  # a slice of another chumpy array
        flat = _dense(value.state["a"], field).ravel()
        return flat[np.asarray(value.state["idxs"])].reshape(value.state["preferred_shape"])
    raise ValueError(f"'{field}' is a {value.name} that holds no array; convert the file to .npz first")


def _dense_sparse(value: _Foreign) -> np.ndarray:
    state = value.state
    shape = tuple(int(n) for n in state.get("_shape", state.get("shape", ())))
    if len(shape) != 2:
        raise ValueError(f"a sparse matrix without two dimensions: {shape}")
    dense, data = np.zeros(shape), np.asarray(state["data"])
    if value.name.startswith("scipy.coo"):
        row, column = state["coords"] if "coords" in state else (state["row"], state["col"])
        np.add.at(dense, (row, column), data)
        return dense
    transposed = dense.T if value.name.startswith("scipy.csc") else dense
    rows = np.repeat(np.arange(len(transposed)), np.diff(state["indptr"]))
    np.add.at(transposed, (rows, state["indices"]), data)
    return dense

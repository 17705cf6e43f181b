"""Tables of arrays out of a Python 2 pickle that a stranger may have made, without running anything in it.

A pickle is a program: it names functions and calls them. This reader knows the few names that arrays are made of and
answers each with a stand-in of its own, so that neither NumPy's nor anyone's code sees the content; every other name
is refused before it is looked up. A stand-in becomes an array when ``np.asarray`` is asked for it, with sizes checked.
"""

from __future__ import annotations

import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np

_PLAIN = re.compile(r"[<>|=]?(b1|\?|[iu][1248]|f[248]|[SU]\d{1,4})")
_CORES = ("numpy.core", "numpy._core")
_KNOWN: dict[tuple[str, str], str] = {
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",
    **{(module, "bytes"): "bytes" for module in ("__builtin__", "builtins")},
    **{(f"{core}.multiarray", "_reconstruct"): "array" for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): "scalar" for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): "buffer" for core in _CORES},
}


def read_table(path: Path) -> dict[str, Any]:
    """The table a pickle holds.

    Args:
        path: a pickle of any protocol, written by Python 2 or 3.

    Returns:
        Values by name: text, numbers, None, lists, tuples and tables of them; ``np.asarray`` makes arrays of the
        stand-ins for arrays.

    Raises:
        ValueError: unreadable, not a table by name, or asking for anything but arrays, which is refused as unsafe.
    """
    try:
        with path.open("rb") as file:
            content = _Reader(file, encoding="latin1").load()
    except Exception as error:  # cut off, damaged, hostile: the reader raises whatever a bad instruction runs into
        raise ValueError(f"'{path}' cannot be read as a pickle of arrays: {error or type(error).__name__}") from None
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise ValueError(f"'{path}' holds a {type(content).__name__}, expected a table of arrays by name")
    return content


class _Reader(pickle.Unpickler):
    """Answers names with stand-ins; a new one each time, so that a pickle can change nothing that outlives it."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no labels need; refused as unsafe")
        return _Maker(_KNOWN[module, name])


class _Maker:
    """What a known name is answered with: makes stand-ins when called."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, *given: Any) -> Any:
        if self.kind == "array":
            return _Array()
        if self.kind == "dtype" and given and isinstance(given[0], str):
            return _Dtype(given[0])
        if self.kind == "scalar" and len(given) == 2:
            return _Array((), *given)
        if self.kind == "buffer" and len(given) == 4 and given[3] in ("C", "F"):
            return _Array(given[2], given[1], given[0], fortran=given[3] == "F")
        # Python 3 writes bytes for Python 2 as Latin-1 text and the call that turns them back; no bytes as no text.
        if self.kind == "bytes" and not given:
            return b""
        if self.kind == "encode" and len(given) == 2 and given[1] in ("latin1", "latin-1"):
            return given[0].encode("latin1")
        raise pickle.UnpicklingError(f"it calls {self.kind} in a way that makes no array; refused as unsafe")


class _Dtype:
    """Stands in for ``numpy.dtype``: the name of a plain kind of number or text."""

    __slots__ = ("name", "order")

    def __init__(self, name: str) -> None:
        self.name, self.order = name, ""

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">"):
            self.order = state[1]

    def real(self) -> np.dtype:
        if not _PLAIN.fullmatch(self.name):
            raise ValueError(f"an array of {self.name!r}, which are no plain numbers or text")
        return np.dtype(self.order + self.name.lstrip("<>|="))


class _Array:
    """Stands in for ``numpy.ndarray``."""

    __slots__ = ("shape", "dtype", "raw", "fortran")

    def __init__(self, shape: Any = None, dtype: Any = None, raw: Any = None, fortran: bool = False) -> None:
        self.shape, self.dtype, self.raw, self.fortran = shape, dtype, raw, fortran

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.dtype, self.fortran, self.raw = state

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raw = self.raw.encode("latin1") if isinstance(self.raw, str) else self.raw
        if not isinstance(self.dtype, _Dtype):
            raise ValueError("a damaged array")
        kind = self.dtype.real()
        if not isinstance(raw, bytes | bytearray) or not isinstance(self.shape, tuple):
            raise ValueError("a damaged array")
        if not all(isinstance(length, int) for length in self.shape):
            raise ValueError("a damaged array")
        if min(self.shape, default=0) < 0 or math.prod(self.shape) * kind.itemsize != len(raw) or not kind.itemsize:
            raise ValueError(f"a damaged array: {len(raw)} bytes for {list(self.shape)} of {kind}")
        array = np.frombuffer(raw, kind).reshape(self.shape, order="F" if self.fortran else "C")
        return array.astype(dtype or kind.newbyteorder("="))

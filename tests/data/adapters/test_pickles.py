"""Pickles from strangers: arrays come out, nothing runs."""

from __future__ import annotations

import builtins
import functools
import os
import pickle
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unipose.data.adapters.pickles import read_table

from . import made_up

ARRAYS = hnp.arrays(
    st.sampled_from(["<f8", ">f4", "<i4", "u1", "?", "<U3", "S2"]), hnp.array_shapes(min_dims=0, max_side=4, min_side=0)
)


@settings(max_examples=60, deadline=None)
@given(array=ARRAYS, protocol=st.integers(0, 5), transposed=st.booleans())
def test_arrays_survive(tmp_path_factory, array, protocol, transposed):
    array = np.asfortranarray(array) if transposed else array
    path = tmp_path_factory.mktemp("pickle") / "a.pkl"
    path.write_bytes(pickle.dumps({"a": [array], "text": "ä", "n": (1, 2.5, None, True)}, protocol=protocol))
    content = read_table(path)
    found = np.asarray(content["a"][0])
    assert found.dtype == array.dtype.newbyteorder("=") and found.shape == array.shape
    np.testing.assert_array_equal(found, array)
    assert content["n"] == (1, 2.5, None, True)


def test_single_numbers_survive(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps({"a": np.float64(1.5), "b": np.int32(3)}, protocol=2))
    content = read_table(path)
    assert float(np.asarray(content["a"])) == 1.5 and int(np.asarray(content["b"])) == 3


def test_what_python_2_wrote_is_read(tmp_path):
    """Opcodes as Python 2 and its NumPy write them: old module names, raw bytes as a string."""
    raw = np.arange(3, dtype="<f8").tobytes()
    state = b"(I1\n(I3\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\n" + b"U\x18" + raw + b"tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR" + state
    path = tmp_path / "a.pkl"
    path.write_bytes(b"\x80\x02}U\x05posesU\x00" + b"0" + array + b"s.")
    np.testing.assert_array_equal(np.asarray(read_table(path)["poses"]), [0, 1, 2])


class Calls:
    """Pickles as a call of anything."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


UNSAFE = {
    "system": Calls(os.system, "touch {marker}"),
    "popen": Calls(subprocess.Popen, ["touch", "{marker}"]),
    "eval": Calls(eval, "open('{marker}', 'w')"),
    "exec": Calls(exec, "open('{marker}', 'w')"),
    "open": Calls(open, "{marker}", "w"),
    "getattr": Calls(getattr, "text", "upper"),
    "partial": functools.partial(os.system, "touch {marker}"),
    "import": Calls(builtins.__import__, "os"),
    "bytes": Calls(bytes, 10**12),
    "class": range(3),
    "load": Calls(np.load, "{marker}", None, True),
    "frombuffer": Calls(np.frombuffer, b"12345678"),
}


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("name", UNSAFE)
def test_anything_but_arrays_is_refused(tmp_path, name, protocol):
    marker = tmp_path / "ran"
    unsafe = UNSAFE[name]
    content = pickle.dumps({"poses": [np.zeros(3), unsafe]}, protocol=protocol)
    path = tmp_path / "evil.pkl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"evil.pkl' cannot be read.*refused as unsafe"):
        read_table(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cnumpy.core.multiarray\n_reconstruct\n\x93.",  # a name made of a stand-in
        b"\x80\x02}U\x01acnumpy\nndarray\n(J\xff\xff\xff\x7ftRs.",  # an array called by its size
        b"\x80\x02}U\x01ac_codecs\nencode\n(U\x01aU\x05rot13tRs.",  # another codec
        b"\x80\x02}U\x01acnumpy\ndtype\n(K\x01tRs.",
        b"\x80\x02}U\x01acnumpy\ndtype\n}U\x04kindU\x01xsbs.",  # a state for a name
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",  # a frame of exabytes
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",  # bytes of exabytes
        b"\x82\x01.",  # an extension code
        b"Pname\n.",  # something kept elsewhere
        b"(" * 100_000,
        b"",
        b"hello",
        pickle.dumps([1, 2]),
        pickle.dumps({1: 2}),
    ],
)
def test_bad_programs_end_in_one_error(tmp_path, program):
    path = tmp_path / "bad.pkl"
    path.write_bytes(program)
    with pytest.raises(ValueError, match="bad.pkl'"):
        read_table(path)


def test_a_lie_about_sizes_is_found_when_the_array_is_asked_for(tmp_path):
    content = pickle.dumps({"a": np.zeros((2, 3))}, protocol=2).replace(b"K\x02K\x03", b"K\xffK\xff")
    path = tmp_path / "a.pkl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="48 bytes for"):
        np.asarray(read_table(path)["a"])


def test_nothing_that_was_read_outlives_it(tmp_path):
    """A state set on a known name reaches that stand-in alone."""
    path = tmp_path / "a.pkl"
    path.write_bytes(b"\x80\x02}U\x01acnumpy\ndtype\n(N}U\x04kindU\x06encodestbs.")
    read_table(path)
    path.write_bytes(pickle.dumps({"a": np.arange(3)}, protocol=2))
    np.testing.assert_array_equal(np.asarray(read_table(path)["a"]), [0, 1, 2])


@settings(deadline=None)
@given(data=st.data())
def test_damage_never_gives_anything_but_a_table_or_one_error(tmp_path_factory, data):
    content = bytearray(pickle.dumps(made_up.sequence(count=2, actors=1), protocol=data.draw(st.integers(0, 5))))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    path = tmp_path_factory.mktemp("pickle") / "a.pkl"
    path.write_bytes(bytes(content))
    try:
        assert isinstance(read_table(path), dict)
    except ValueError as error:
        assert "a.pkl" in str(error)

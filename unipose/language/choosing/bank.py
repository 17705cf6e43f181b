"""What is usual: which predicates hold in each of many real poses.

The rarer a true predicate is, the more it tells; and nothing needs saying that nearly always follows from what has
been said. Both are counted here, instead of being written by hand. Only truth bits are kept, no pose.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from unipose.language.measuring.registry import Registry

Bits = NDArray[np.uint64]
"""A set of the bank's poses, [W], or several, [..., W]: one bit a pose."""

_FILE = "bank.npz"
# Of every second bit, pair and nibble of a word, and a one in each of its bytes.
_BITS, _PAIRS, _NIBBLES, _BYTES = (np.uint64(int(byte * 8, 16)) for byte in ("55", "33", "0f", "01"))

_CACHED = 2**15
"""Words that are counted at a time."""


def count(sets: Bits) -> NDArray[np.int64]:
    """How many poses are in each of ``sets`` [..., W]: [...]."""
    if hasattr(np, "bitwise_count"):  # from numpy 2 on
        return np.bitwise_count(sets).sum(axis=-1, dtype=np.int64)
    if sets.ndim == 2 and sets.size > _CACHED and len(sets) > 1:  # a processor's cache holds a part of many
        parts = np.array_split(sets, min(len(sets), -(-sets.size // _CACHED)))
        return np.concatenate([count(part) for part in parts])
    # by adding neighbours, in place: bits to pairs, pairs to nibbles, nibbles to bytes; the product adds the bytes
    added = sets >> np.uint64(1)
    added &= _BITS
    np.subtract(sets, added, out=added)
    others = added >> np.uint64(2)
    others &= _PAIRS
    added &= _PAIRS
    added += others
    np.right_shift(added, np.uint64(4), out=others)
    added += others
    added &= _NIBBLES
    added *= _BYTES
    added >>= np.uint64(56)
    return added.sum(axis=-1, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Bank:
    """Truths of a bank of poses and of their mirror images.

    Attributes:
        predicates: ids, in the order of the registry.
        holds: uint64 [P, W], the poses in which each predicate holds by its nominal intervals. The first half of the
            words are the poses, the second their mirror images.
        everyone: uint64 [W], all poses.
        poses: how many that are.
    """

    predicates: tuple[str, ...]
    holds: Bits
    everyone: Bits
    poses: int

    @classmethod
    def of(cls, registry: Registry, holds: Tensor) -> Bank:
        """A bank of poses with these truths, bool [N, P], and, for symmetry, of their mirror images."""
        return cls._mirrored(registry, _pack(holds.numpy().T), len(holds))

    @classmethod
    def load(cls, registry: Registry, path: str | PathLike[str] | None = None) -> Bank:
        """A bank from a file, in the order of ``registry``; the shipped one when ``path`` is left out.

        Predicates the file does not know, such as silent ones, count as unseen.
        """
        return _shipped(registry) if path is None else _read(registry, Path(path).read_bytes())

    @classmethod
    def _mirrored(cls, registry: Registry, holds: Bits, poses: int) -> Bank:
        everyone = _pack(np.ones((1, poses), dtype=bool))[0]
        both = np.concatenate([holds, holds[list(registry.mirror)]], axis=1)
        return cls(registry.predicates, both, np.concatenate([everyone, everyone]), 2 * poses)

    def save(self, registry: Registry, path: str | PathLike[str]) -> None:
        """Write the truths of the predicates that can be spoken to an ``.npz`` file, without the mirror images."""
        kept = [i for i, predicate in enumerate(registry.table) if not predicate.silent]
        captured = self.holds[kept, : len(self.everyone) // 2]
        ids = np.array([self.predicates[i] for i in kept])
        np.savez_compressed(path, ids=ids, holds=captured, poses=self.poses // 2)

    @functools.cached_property
    def counts(self) -> NDArray[np.int64]:
        """In how many poses each predicate holds, [P]."""
        return count(self.holds)

    def surprise(self, among: Bits | None = None) -> NDArray[np.float32]:
        """Float32 [P]: minus the log of how often a predicate holds, in all poses or ``among`` some of them [W]."""
        held, poses = (self.counts, self.poses) if among is None else (count(self.holds & among), int(count(among)))
        return -np.log((held + 1.0) / (poses + 2.0)).astype(np.float32)


def _pack(rows: NDArray[np.bool_]) -> Bits:
    """Bool [K, N] to sets [K, W]; the bits beyond N are zero."""
    spare = -rows.shape[1] % 64
    padded = np.pad(rows, ((0, 0), (0, spare)))
    return np.ascontiguousarray(np.packbits(padded, axis=1)).view(np.uint64)


@functools.cache
def _shipped(registry: Registry) -> Bank:
    return _read(registry, resources.files("unipose.language").joinpath(_FILE).read_bytes())


def _read(registry: Registry, content: bytes) -> Bank:
    with np.load(io.BytesIO(content)) as data:
        ids, stored, poses = [str(name) for name in data["ids"]], data["holds"], int(data["poses"])
    holds = np.zeros((len(registry.predicates), stored.shape[1]), dtype=np.uint64)
    known = [(i, registry.index[name]) for i, name in enumerate(ids) if name in registry.index]
    source, target = ([pair[k] for pair in known] for k in (0, 1))
    holds[target] = stored[source]
    return Bank._mirrored(registry, holds, poses)

"""What is usual: how often predicates hold, alone and in pairs, over a bank of real poses.

The rarer a true predicate is, the more it tells; and nothing needs saying that nearly always follows from what has
been said. Both are learned here by counting, instead of being written by hand.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from importlib import resources
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unipose.language.registry import Registry

_FILE = "bank.npz"


@dataclass(frozen=True, eq=False)
class Bank:
    """Counts over a bank of poses.

    ``together`` float32 [P, P]: in how many poses two predicates are both clearly true (the diagonal: one is).
    ``poses``: how many poses were counted.
    """

    predicates: tuple[str, ...]
    together: NDArray[np.float32]
    poses: int

    @classmethod
    def count(cls, registry: Registry, truth: Tensor) -> Bank:
        """Count int8 ``truth`` [N, P] and, for symmetry, its mirror image."""
        clear = (truth == 1).float()
        clear = torch.cat([clear, clear[:, list(registry.mirror)]])
        return cls(registry.predicates, (clear.T @ clear).numpy(), len(clear))

    @classmethod
    def load(cls, registry: Registry, path: str | PathLike[str] | None = None) -> Bank:
        """Counts from a file, in the order of ``registry``; those shipped with this package when left out.

        Predicates the file does not know, such as silent ones, count as unseen.
        """
        return _shipped(registry) if path is None else _read(registry, Path(path).read_bytes())

    def save(self, registry: Registry, path: str | PathLike[str]) -> None:
        """Write the counts of the predicates that can be spoken to an ``.npz`` file."""
        kept = [i for i, predicate in enumerate(registry.table) if not predicate.silent]
        counts = self.together[np.ix_(kept, kept)].astype(np.int32)
        np.savez_compressed(path, ids=np.array([self.predicates[i] for i in kept]), together=counts, poses=self.poses)

    def surprise(self) -> NDArray[np.float32]:
        """Float32 [P]: minus the log of how often a predicate holds."""
        return -np.log((np.diag(self.together) + 1.0) / (self.poses + 2.0)).astype(np.float32)

    def given(self) -> NDArray[np.float32]:
        """Float32 [P, P]: row A, column C: how often C holds where A does (smoothed toward how often C holds)."""
        alone = np.diag(self.together)
        usual = (alone + 1.0) / (self.poses + 2.0)
        return ((self.together + 2.0 * usual[None, :]) / (alone[:, None] + 2.0)).astype(np.float32)


@functools.cache
def _shipped(registry: Registry) -> Bank:
    return _read(registry, resources.files("unipose.language").joinpath(_FILE).read_bytes())


def _read(registry: Registry, content: bytes) -> Bank:
    with np.load(io.BytesIO(content)) as data:
        ids, counts, poses = [str(i) for i in data["ids"]], data["together"], int(data["poses"])
    together = np.zeros((len(registry.predicates),) * 2, dtype=np.float32)
    known = [(i, registry.index[name]) for i, name in enumerate(ids) if name in registry.index]
    source, target = ([pair[k] for pair in known] for k in (0, 1))
    together[np.ix_(target, target)] = counts[np.ix_(source, source)]
    return Bank(registry.predicates, together, poses)

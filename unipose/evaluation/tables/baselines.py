"""Answers without a model: the nearest of what was learnt, the mean pose."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import roma
import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.skeleton import forward_kinematics

_WORD = re.compile(r"[a-z]+|\d+")
_AT_ONCE = 64


class TfIdf:
    """Finds the most alike of known texts: cosine of word and word-pair counts, weighted by how rare they are.

    Args:
        texts: the known ones, at least one.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [_terms(text) for text in texts]
        within = Counter(term for counts in counted for term in counts)
        self._index = {term: place for place, term in enumerate(within)}
        self._weight = torch.tensor([math.log((1 + len(texts)) / (1 + n)) + 1 for n in within.values()])
        self._known = self._vectors(counted)

    def nearest(self, texts: Sequence[str]) -> Tensor:
        """N texts to the places [N] of the known ones most alike."""
        asked = [_terms(text) for text in texts]
        parts = (self._vectors(asked[first : first + _AT_ONCE]) for first in range(0, len(asked), _AT_ONCE))
        return torch.cat([(self._known @ part.to_dense().T).argmax(0) for part in parts])

    def _vectors(self, counted: Sequence[Counter[str]]) -> Tensor:
        """Sparse [N, terms], each of length one; terms that are not known are left out."""
        rows, columns, numbers = [], [], []
        for row, counts in enumerate(counted):
            known = [(self._index[term], count) for term, count in counts.items() if term in self._index]
            weights = [float(count * self._weight[column]) for column, count in known]
            length = math.hypot(*weights) or 1.0
            rows += [row] * len(known)
            columns += [column for column, _ in known]
            numbers += [weight / length for weight in weights]
        places = torch.tensor([rows, columns], dtype=torch.long)
        shape = len(counted), len(self._index)
        return torch.sparse_coo_tensor(places, torch.tensor(numbers), shape, check_invariants=False).coalesce()


def nearest_poses(rotations: Tensor, known: Tensor) -> Tensor:
    """Poses, or pairs of poses, [N, ..., 22, 3, 3] to the places [N] of the known ones whose joints are nearest."""
    joints, others = (forward_kinematics(face_forward(each))[0].flatten(1) for each in (rotations, known))
    return torch.cdist(joints, others).argmin(1)


def mean_pose(rotations: Tensor) -> Tensor:
    """Poses [N, 22, 3, 3] to the mean rotation of each joint, [22, 3, 3], facing +Z."""
    return roma.special_procrustes(face_forward(rotations).mean(0))


def _terms(text: str) -> Counter[str]:
    words = _WORD.findall(text.lower())
    pairs: Iterable[str] = (f"{one} {two}" for one, two in zip(words, words[1:], strict=False))
    return Counter([*words, *pairs])

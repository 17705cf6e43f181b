"""One linear layer over the vectors of frozen encoders: all that is taught of what texts are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

_SHARPNESS, _RATE = 12.0, 3e-2


@dataclass(frozen=True, eq=False)
class Layer:
    """Vectors to scores of names.

    Attributes:
        names: [K], what a text may be about.
        weights: [K, D], float32.
        bias: [K], float32.

    Raises:
        ValueError: when names, weights and bias do not match.
    """

    names: tuple[str, ...]
    weights: Tensor
    bias: Tensor

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or not len(self.names) == len(self.weights) == len(self.bias):
            found = f"{list(self.weights.shape)} and {list(self.bias.shape)}"
            count = len(self.names)
            raise ValueError(f"{count} names need weights [{count}, D] and a bias [{count}], found {found}")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Layer:
        """Read what :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            weights, bias = (torch.from_numpy(file[name].astype(np.float32)) for name in ("weights", "bias"))
            return cls(tuple(file["names"].tolist()), weights, bias)

    def save(self, path: str | PathLike[str]) -> None:
        """Write names, weights and bias to an ``.npz`` file, in half precision."""
        weights, bias = (each.numpy().astype(np.float16) for each in (self.weights, self.bias))
        np.savez_compressed(path, names=np.array(self.names), weights=weights, bias=bias)

    def __call__(self, vectors: Tensor) -> Tensor:
        """Vectors [N, D] to a probability for each name, [N, K]."""
        return (vectors @ self.weights.T + self.bias).softmax(-1)


def learn(
    vectors: Tensor, labels: Sequence[str], *, steps: int, decay: float, smoothing: float, balanced: bool = False
) -> Layer:
    """Learn which vectors have which names, by cross-entropy.

    The layer starts as the mean vector of each name, which is right most of the time already. Nothing is drawn.

    Args:
        vectors: [N, D].
        labels: N names.
        steps: over all vectors at once; the rate falls from 0.03 to 0 on a cosine.
        decay: of the weights, as AdamW takes it.
        smoothing: of the labels, 0 to 1.
        balanced: a name weighs as the square root of how often it occurs, not as often as it occurs.
    """
    names = sorted(set(labels))
    places = {name: place for place, name in enumerate(names)}
    targets = torch.tensor([places[label] for label in labels])
    counts = torch.bincount(targets, minlength=len(names)).float()
    sums = torch.zeros(len(names), vectors.shape[1]).index_add_(0, targets, vectors)
    weights = (_SHARPNESS * sums / counts.unsqueeze(1)).requires_grad_()
    bias = torch.zeros(len(names), requires_grad=True)
    shares = counts.rsqrt() / counts.rsqrt().mean() if balanced else None
    optimizer = torch.optim.AdamW([weights, bias], lr=_RATE, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        scores = functional.linear(vectors, weights, bias)
        loss = functional.cross_entropy(scores, targets, shares, label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return Layer(tuple(names), weights.detach(), bias.detach())

"""The training loss: words by next-token prediction, a pose all at once (paper section 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

IGNORED = -100
"""Label of a position without loss."""


@dataclass(frozen=True)
class LanguageLoss:
    """Scalars in nats a label.

    Attributes:
        total: text + pose, to descend.
        text: the words' share.
        pose: the queries' share, weight included.
    """

    total: Tensor
    text: Tensor
    pose: Tensor


def language_loss(
    hidden: Tensor,
    labels: Tensor,
    query: Tensor,
    word_logits: Callable[[Tensor], Tensor],
    code_logits: Callable[[Tensor], Tensor],
    first_code: int = 0,
    pose_weight: float = 1.0,
    code_targets: Tensor | None = None,
) -> LanguageLoss:
    """Cross-entropy of a batch.

    A word is predicted from the position before it. A code is predicted at its own query, without shift. So
    begin-of-pose and the last query predict nothing further, and end-of-pose, which decoding appends by
    itself, is never a target. Everything is divided by the number of labels, end-of-pose included, as
    published.

    Args:
        hidden: [B, T, H], last states of the language model.
        labels: int64 [B, T], token ids, -100 where there is no loss; at queries the ids of the codes.
        query: bool [B, T], where the queries are.
        word_logits: [n, H] states to [n, V] logits.
        code_logits: the same for the states of queries; may cover only some rows, from ``first_code`` on.
        first_code: token id of the first row of ``code_logits``.
        pose_weight: factor of the queries' part.
        code_targets: [K, K], row k the distribution to predict where the label is code k; needs ``code_logits`` over
            the codes alone. None for the code itself.

    Raises:
        ValueError: when no label is left.
    """
    labelled = labels != IGNORED
    count = labelled.sum()
    if count == 0:
        raise ValueError("expected labels, found -100 everywhere; was the answer cut off, or is there none?")
    words = labelled[:, 1:] & ~query[:, 1:] & ~query[:, :-1]
    text = _summed(word_logits(hidden[:, :-1][words]), labels[:, 1:][words]) / count
    codes = labelled & query
    wanted = labels[codes] - first_code
    targets = wanted if code_targets is None else code_targets[wanted]
    pose = pose_weight * _summed(code_logits(hidden[codes]), targets) / count
    return LanguageLoss(text + pose, text, pose)


def neighbour_targets(codebook: Tensor, smoothing: float) -> Tensor:
    """Soft targets of codes: a target shares its probability with codes that decode to nearly the same.

    With hard targets a guess one code off counts as wrong as any other. Sharing lets rare codes learn from their
    neighbours, and the likeliest code is then one in the densest region, not the most frequent single one.

    Args:
        codebook: [K, width].
        smoothing: of the exponential in squared distance, in units of the mean squared distance of a code to its
            nearest neighbour; greater shares more.

    Returns:
        [K, K] rows that sum to 1.
    """
    distances = torch.cdist(codebook.float(), codebook.float()).square()
    return torch.softmax(-distances / (smoothing * _between_neighbours(distances)), dim=1)


def nearest_codes(distances: Tensor, codebook: Tensor, smoothing: float = 0.1) -> Tensor:
    """Squared distances [N, K] of vectors to codes as shares [N, K] of the codes near them; rows sum to 1.

    Args:
        distances: float32, see :meth:`unipose.model.quantizer.Quantizer.distances`. Differentiable.
        codebook: [K, width].
        smoothing: as in :func:`neighbour_targets`.
    """
    between = torch.cdist(codebook.float(), codebook.float()).square()
    return torch.softmax(-distances / (smoothing * _between_neighbours(between)), dim=-1)


def _between_neighbours(distances: Tensor) -> Tensor:
    """Mean of the squared distance of a code to its nearest neighbour, of those [K, K] between all."""
    alone = torch.full_like(distances.diagonal(), torch.inf)
    return (distances + torch.diag(alone)).amin(dim=1).mean()


def _summed(logits: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(logits.float(), targets, reduction="sum")

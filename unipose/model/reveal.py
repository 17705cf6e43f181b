"""Showing a part of the answer's codes while training, so that decoding in several passes has been practised.

A pose is asked for in one pass: every slot is guessed without knowing what the others will be. In several passes the
surest codes are settled first and shown to the rest (mask-predict decoding, Ghazvininejad et al. 2019). In training any
part of the slots may be known.
"""

from __future__ import annotations

import torch
from torch import Tensor

from unipose.model.vocabulary import PoseVocabulary

UNKNOWN = -1


def reveal(
    input_ids: Tensor, labels: Tensor, vocabulary: PoseVocabulary, share: float, generator: torch.Generator
) -> Tensor:
    """Choose codes to be known.

    Args:
        input_ids, labels: int64 [B, T], as the processor gives them for training.
        vocabulary: says what is a query.
        share: chance of a row to have codes revealed; how many is then drawn uniformly, from none to all.
        generator: source of randomness.

    Returns:
        int64 [B, T] for ``known_codes`` of the model's forward pass, ``UNKNOWN`` where nothing is revealed.
    """
    query = vocabulary.is_query(input_ids)
    rows = torch.rand(len(input_ids), 1, generator=generator) < share
    part = torch.rand(len(input_ids), 1, generator=generator)
    shown = query & rows & (torch.rand(input_ids.shape, generator=generator) < part)
    return torch.where(shown, labels - vocabulary.first_code, UNKNOWN)

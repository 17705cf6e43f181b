"""Telling whether two models are one."""

from __future__ import annotations

import torch

from unipose import UniPose


def same_weights(a: UniPose, b: UniPose) -> bool:
    """Whether all weights, and the text tokenizers' vocabularies, agree."""
    left, right = a.model.state_dict(), b.model.state_dict()
    words = a.processor.tokenizer.get_vocab() == b.processor.tokenizer.get_vocab()
    return words and left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)

"""Which tokens see which: causal everywhere, except inside a pose block (paper section 3.3).

The mask itself is built by the library's own causal-mask builder, which takes a block id for every token:
tokens of one block see each other both ways, -1 stands outside any block. This module only says where the
blocks are.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Cache, PretrainedConfig
from transformers.masking_utils import create_masks_for_generate

from unipose.model.vocabulary import PoseVocabulary

_EXACT_BACKENDS = ("eager", "sdpa")


def run_index(member: Tensor) -> Tensor:
    """Place of each element in its maximal run of members.

    Args:
        member: bool [B, T].

    Returns:
        int64 [B, T]: 0, 1, 2... along each run of True, -1 elsewhere.
    """
    position = torch.arange(member.shape[1], device=member.device).expand(member.shape)
    outside = position.masked_fill(member, -1).cummax(dim=1).values
    return (position - outside - 1).masked_fill(~member, -1)


def block_ids(input_ids: Tensor, vocabulary: PoseVocabulary, prefix_length: int = 0) -> Tensor:
    """Number the pose blocks of each row.

    A block is a maximal run of query tokens, so two poses in one reply are two blocks. Begin-of-pose,
    end-of-pose, words and the codes of a prompt stand outside and stay causal.

    Args:
        input_ids: int64 [B, T], the new tokens.
        prefix_length: tokens already in the cache. They get -1: a block is always fed whole, so everything
            new comes after them and sees them anyway.

    Returns:
        int64 [B, prefix_length + T]: 0, 1... along the blocks of a row, -1 elsewhere.
    """
    query = vocabulary.is_query(input_ids)
    ids = (run_index(query) == 0).cumsum(dim=1) - 1
    return functional.pad(ids.masked_fill(~query, -1), (prefix_length, 0), value=-1)


def mixed_mask(
    config: PretrainedConfig,
    inputs_embeds: Tensor,
    attention_mask: Tensor,
    blocks: Tensor,
    past_key_values: Cache | None = None,
    hide_queries: bool = False,
) -> Tensor | dict[str, Tensor] | None:
    """Build the attention mask of a forward pass. Rows attend to columns marked x.

    Words and a pose in one pass (b begin, q query, e end)::

            w b q q q e          two poses:   b q q e b q q
        w   x . . . . .                  b    x . . . . . .
        b   x x . . . .                  q    x x x . . . .
        q   x x x x x .                  q    x x x . . . .
        q   x x x x x .                  e    x x x x . . .
        q   x x x x x .                  b    x x x x x . .
        e   x x x x x x                  q    x x x x x x x
                                         q    x x x x x x x

    The same pose after a cached, left-padded prefix (p pad)::

            p w w | b q q q
        b   . x x | x . . .
        q   . x x | x x x x
        q   . x x | x x x x
        q   . x x | x x x x

    Args:
        config: of the language model.
        inputs_embeds: [B, T, hidden], the new tokens.
        attention_mask: [B, P + T], nonzero where a token is real; covers the cached prefix of length P too.
        blocks: int64 [B, P + T] from :func:`block_ids`; must cover prefix and new tokens together.
        past_key_values: the cache that holds the prefix.
        hide_queries: nobody outside a block sees its queries; the codes fed after them stand in their place.

    Returns:
        What the library's language models accept as ``attention_mask``: [B, 1, T, P + T], or a dict of those
        by layer type.

    Raises:
        ValueError: when a length does not match (the library would pad with -1 and return wrong numbers), or
            for an attention implementation that cannot take a block mask.
    """
    backend = config._attn_implementation
    if backend not in _EXACT_BACKENDS:
        raise ValueError(
            f"attention implementation {backend!r} ignores the pose blocks; "
            f"load the model with one of {_EXACT_BACKENDS}"
        )
    past = past_key_values.get_seq_length() if past_key_values is not None else 0
    expected = past + inputs_embeds.shape[1]
    for name, length in (("block ids", blocks.shape[1]), ("attention mask", attention_mask.shape[1])):
        if length != expected:
            raise ValueError(
                f"{name} cover {length} tokens, but prefix and new tokens are "
                f"{past} + {inputs_embeds.shape[1]} = {expected}; pass them for both"
            )
    new_blocks = bool((blocks[:, past:] >= 0).any())
    return create_masks_for_generate(
        config=config,
        inputs_embeds=inputs_embeds,
        attention_mask=attention_mask,
        past_key_values=past_key_values,
        block_sequence_ids=blocks if new_blocks else None,
        and_mask_function=_outside_blocks(blocks) if new_blocks and hide_queries else None,
    )


def _outside_blocks(blocks: Tensor) -> Callable[..., Tensor]:
    """Which columns the causal part of the mask may show; the library adds the blocks themselves
    afterwards.
    """

    def visible(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return blocks[batch, key] < 0

    return visible


def count_positions(attention_mask: Tensor, scratch: Tensor | None = None) -> Tensor:
    """Number the real tokens of each row from 0.

    Args:
        attention_mask: [B, T], nonzero where a token is real.
        scratch: block ids [B, T] of queries that do not count: what follows a block goes on as if it were not
            there.

    Returns:
        int64 [B, T]; padding gets 1, which nothing reads.
    """
    real = attention_mask != 0
    if scratch is None:
        positions = real.cumsum(dim=1) - 1
    else:
        query = scratch >= 0
        positions = (real & ~query).cumsum(dim=1) + run_index(query)
    return positions.masked_fill(~real, 1)

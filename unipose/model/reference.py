"""The reference mode: greedy decoding exactly as published, for those who reproduce published numbers.

Everything else uses :mod:`unipose.model.decoding`, which mends what this keeps:

- one row that begins a pose makes all rows begin one, and the first end of text in any row ends them all;
- codes are the likeliest of the whole vocabulary, so a word may stand among them (the release crashes there; here it
  is a ``ValueError`` that says where);
- all queries of a reply are one block: a second begin-of-pose sees its own queries, which come after it;
- of the poses of a reply only the first is read, and words beside a pose are thrown away;
- the pose tokenizer and its rotations are rounded to bfloat16.

Only the spelling is left out: the release writes codes as text and reads the text, here they stay numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from unipose.model.attention import count_positions
from unipose.model.processor import UniPoseProcessor
from unipose.model.reference_poses import reference_decode_poses
from unipose.model.unipose import UniPoseModel
from unipose.model.vocabulary import PoseVocabulary

_PADDING, _WORD, _QUERY = 0, 1, 2  # kinds of tokens, as the published attention mask writes them


@dataclass(frozen=True, eq=False)
class ReferenceReply:
    """What the release answers to a batch: either poses or texts.

    Attributes:
        token_ids: int64 [B, n], with begin of text before and end-of-pose after each pose.
        texts: one a row, without surrounding space; None when any pose was begun.
        axis_angle: the first pose of each row, float32 [B, 22, 3] in radians and in AMASS's axes, Z up; None when
            there is no pose.
    """

    token_ids: Tensor
    texts: tuple[str, ...] | None
    axis_angle: Tensor | None


def reference_answer(
    model: UniPoseModel,
    processor: UniPoseProcessor,
    conversations: Sequence[Any],
    max_new_tokens: int = 512,
    pose_dtype: torch.dtype = torch.bfloat16,
) -> ReferenceReply:
    """Answer conversations as the release does.

    Args:
        model: in evaluation mode.
        processor: made for that model; says what a conversation is.
        conversations: one or several, which are decoded together and are not independent of each other.
        max_new_tokens: room for the reply.
        pose_dtype: of decoding the codes; float32 leaves the published rounding out.

    Raises:
        ValueError: where the release crashes, see :func:`reference_decode` and :func:`first_pose`; or for conversations
            that the processor refuses.
    """
    inputs = {name: value.to(model.device) for name, value in processor(conversations).items()}
    token_ids = reference_decode(model, inputs, max_new_tokens)
    codes = first_pose(token_ids, model.vocabulary)
    if codes is None:
        return ReferenceReply(token_ids, tuple(processor.words(row).strip() for row in token_ids.tolist()), None)
    return ReferenceReply(token_ids, None, reference_decode_poses(model.pose_tokenizer, codes, pose_dtype))


@torch.no_grad()
def reference_decode(model: UniPoseModel, inputs: Mapping[str, Tensor], max_new_tokens: int = 512) -> Tensor:
    """Decode a batch greedily, all rows in step.

    Args:
        model: in evaluation mode.
        inputs: ``input_ids`` [B, T], ``attention_mask`` [B, T], and pictures, as the processor gives them for
            generation.
        max_new_tokens: tokens of the reply, markers included.

    Returns:
        int64 [B, 1 + n], begin of text first.

    Raises:
        ValueError: a pose is begun that does not fit (the release leaves it unfilled and crashes when reading it);
            begin-of-pose stands inside a pose (the release crashes at its next pass); or a model that was made for
            other decoding.
    """
    if model.config.feed_codes_back:
        raise ValueError("this model reads its codes back, which the release never does; use decode()")
    text_config, vocabulary = model.config.text_config, model.vocabulary
    feed, kinds = inputs["input_ids"], inputs["attention_mask"]
    pictures = {name: inputs[name] for name in ("pixel_values", "pose_pixel_values") if name in inputs}
    cache = DynamicCache(config=text_config)
    said = feed.new_full((len(feed), 1), text_config.bos_token_id)
    queries = feed.new_tensor(vocabulary.query_ids).expand(len(feed), -1)
    posing = False
    while said.shape[1] <= max_new_tokens:
        likeliest = _pass(model, model.embed(feed, **pictures), kinds, cache, vocabulary.num_queries).argmax(-1)
        pictures = {}
        if posing:
            if (likeliest == vocabulary.begin).any():
                raise ValueError("begin-of-pose stands inside a pose, where the published loop crashes; use decode()")
            posing, feed = False, torch.full_like(said[:, :1], vocabulary.end)
            said = torch.cat((said, likeliest, feed), dim=1)
        else:
            feed = likeliest[:, -1:]
            posing = bool((feed == vocabulary.begin).any())
            if posing:
                feed = torch.full_like(feed, vocabulary.begin)
            said = torch.cat((said, feed), dim=1)
            if posing:
                _check_room(said.shape[1] + vocabulary.num_queries, max_new_tokens)
                feed = torch.cat((feed, queries), dim=1)
            elif (feed == text_config.eos_token_id).any():
                break
        new = torch.full_like(feed, _WORD)
        if posing:
            new[:, 1:] = _QUERY
        kinds = torch.cat((kinds, new.to(kinds)), dim=1)
    return said


def first_pose(token_ids: Tensor, vocabulary: PoseVocabulary) -> Tensor | None:
    """The codes int64 [B, num_queries] of each row's first pose; None when no row began one.

    Raises:
        ValueError: another token than a code among them, which the published parser cannot read.
    """
    begins = token_ids == vocabulary.begin
    if not begins.any():
        return None
    places = begins.int().argmax(dim=1, keepdim=True) + 1
    places = places + torch.arange(vocabulary.num_queries, device=token_ids.device)
    found = token_ids.gather(1, places)
    foreign = (~vocabulary.is_code(found)).nonzero().tolist()
    if foreign:
        row, slot = foreign[0]
        raise ValueError(
            f"row {row} has token {int(found[row, slot])} in slot {slot} of its pose, which is no code and crashes the "
            "published parser; decode() chooses among codes only"
        )
    return found - vocabulary.first_code


def reference_mask(kinds: Tensor, new: int) -> Tensor:
    """Who may attend to whom: a token sees itself and what is before it, and between the first and the last query of
    its row everything sees everything.

    Args:
        kinds: [B, P + T], 0 padding, 1 ordinary, 2 query, cached prefix included.
        new: T, the last tokens, whose rows are wanted.

    Returns:
        bool [B, 1, T, P + T].
    """
    place = torch.arange(kinds.shape[1], device=kinds.device)
    query = kinds == _QUERY
    block = (query.cumsum(1) > 0) & (query.flip(1).cumsum(1).flip(1) > 0)
    before = place <= place[-new:, None]
    return ((before | (block[:, -new:, None] & block[:, None, :])) & (kinds != _PADDING)[:, None, :])[:, None]


def _pass(model: UniPoseModel, embeddings: Tensor, kinds: Tensor, cache: DynamicCache, keep: int) -> Tensor:
    """Feed new tokens [B, T, H]; logits [B, min(T, keep), V] of the last ones."""
    new = embeddings.shape[1]
    seen = reference_mask(kinds, new)
    # The least number rather than minus infinity: rows of padding see nothing, and must not become NaN.
    hidden = embeddings.new_zeros(seen.shape).masked_fill(~seen, torch.finfo(embeddings.dtype).min)
    states = model.language_model(
        inputs_embeds=embeddings,
        attention_mask=hidden,
        position_ids=count_positions(kinds)[:, -new:],
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    return model.lm_head(states[:, -keep:])


def _check_room(needed: int, room: int) -> None:
    if needed > room:
        raise ValueError(
            f"a pose was begun that needs {needed} tokens of a reply of at most {room}; the published loop crashes "
            "there, so raise max_new_tokens or use decode()"
        )

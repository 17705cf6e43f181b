"""Passes over a cache of fixed size, so that a GPU can replay them as recorded graphs.

One token at a time, a large model waits for its weights, and a small one for Python: launching a pass kernel by kernel
takes longer than running it. CUDA graphs record a pass once and replay it at once. They need every tensor to stay where
it is, hence the fixed cache. Recorded are the passes that come again and again: one word, and the block of a pose. A
recording takes about as long as a pass, where compiling takes minutes a shape, and the weights, which is what such a
pass waits for, are read just the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from transformers import DynamicCache, StaticCache
from transformers.cache_utils import DynamicLayer, StaticLayer
from transformers.masking_utils import create_masks_for_generate

from unipose.model.attention import block_ids
from unipose.model.steps import PAD, GrowingSteps, Known, Steps, left_padded, right_aligned
from unipose.model.unipose import UniPoseModel

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _plain(method: _Method) -> _Method:
    """Without gradients, and outside inference mode: its tensors could not be written to by a later decoding that is
    not in it.
    """
    return cast(_Method, torch.inference_mode(False)(torch.no_grad()(method)))


class StaticPool:
    """Lends caches of fixed size, with the graphs recorded on them, to one decoding at a time.

    Args:
        graphs: record passes; only a CUDA device can.
        spare: caches kept for the next decoding.
        multiple: caches are as long as the next multiple of this many columns, so that few lengths serve all prompts.
    """

    def __init__(self, graphs: bool, spare: int = 2, multiple: int = 256) -> None:
        self.graphs, self.spare, self.multiple = graphs, spare, multiple
        self._free: list[_Buffer] = []

    def __len__(self) -> int:
        """Caches that wait for the next decoding."""
        return len(self._free)

    @_plain
    def borrow(self, model: UniPoseModel, rows: int, columns: int) -> Steps:
        """Begin a decoding.

        Args:
            model: in evaluation mode, always the same.
            rows: of the batch.
            columns: that it is likely to need.

        Returns:
            passes over a cache of fixed size, or over a growing one for a language model that attends in windows or
            otherwise than over the whole past.
        """
        rows_held, length = 1 << (rows - 1).bit_length(), -(-columns // self.multiple) * self.multiple
        for buffer in list(self._free):
            if buffer.mask.shape == (rows_held, length):
                try:  # another thread may have taken it since
                    self._free.remove(buffer)
                except ValueError:
                    continue
                buffer.clear()
                return StaticSteps(model, buffer, rows, self)
        config = model.config.text_config
        cache = StaticCache(config=config, max_cache_len=length)
        if hasattr(config, "layer_types") or any(type(layer) is not StaticLayer for layer in cache.layers):
            return GrowingSteps.begin(model, rows)
        mask = torch.zeros(rows_held, length, dtype=torch.int64, device=model.device)
        return StaticSteps(model, _Buffer(cache, mask), rows, self)

    def give_back(self, buffer: _Buffer) -> None:
        """A decoding is over; its cache may serve the next one."""
        self._free = [buffer, *self._free][: self.spare]


@dataclass(eq=False)
class _Buffer:
    """A cache, the mask of its columns int64 [rows, length], and the passes recorded on it.

    Attributes:
        graphs: by width and positions kept; None after a first pass that was not recorded, as recording wants.
    """

    cache: StaticCache
    mask: Tensor
    graphs: dict[tuple[int, int], _Graph | None] = field(default_factory=dict)

    def clear(self) -> None:
        self.cache.reset()
        self.mask.zero_()


class StaticSteps:
    """Passes over a borrowed buffer; rows that ended, and those it has too many, feed padding.

    Args:
        model: in evaluation mode.
        buffer: empty.
        rows: of the batch.
        pool: that lent the buffer.
    """

    def __init__(self, model: UniPoseModel, buffer: _Buffer, rows: int, pool: StaticPool) -> None:
        self.model, self.buffer, self.pool = model, buffer, pool
        self.seen = [0] * rows
        self.used = 0
        self._place(list(range(rows)))

    @_plain
    def forward(self, feeds: Sequence[list[int]], known: Known, keep: int, pictures: Mapping[str, Tensor]) -> Tensor:
        """See :class:`Steps`."""
        mask, cache, config = self.buffer.mask, self.buffer.cache, self.model.language_model.config
        spread, positions = [[PAD]] * len(mask), [[1]] * len(mask)
        spread_known: list[Tensor | None] = [None] * len(mask)
        for row, place in enumerate(self.places):
            spread[place], spread_known[place] = feeds[row], known[row]
            positions[place] = list(range(self.seen[row], self.seen[row] + len(feeds[row])))
            self.seen[row] += len(feeds[row])
        ids, real = left_padded(spread, mask)
        width = ids.shape[1]
        mask[:, self.used : self.used + width] = real * self.held
        embeddings = self.model.embed(ids, known_codes=right_aligned(spread_known, ids), **pictures)
        blocks = block_ids(ids, self.model.vocabulary, prefix_length=self.used)
        allowed = create_masks_for_generate(
            config=config,
            inputs_embeds=embeddings,
            attention_mask=mask,
            past_key_values=cache,
            block_sequence_ids=blocks if self._has_block(feeds) else None,
        )
        self.used += width
        logits = self._run(embeddings, allowed, left_padded(positions, mask)[0], min(keep, width))
        return logits.index_select(0, self.index)

    @_plain
    def take_over(self, read: GrowingSteps) -> None:
        """See :class:`Steps`."""
        buffer = self.buffer
        for number, layer in enumerate(read.cache.layers):
            assert isinstance(layer, DynamicLayer) and layer.keys is not None and layer.values is not None
            spread = (len(buffer.mask), -1, -1, -1)
            buffer.cache.update(layer.keys.expand(spread), layer.values.expand(spread), number)
        self.used = read.mask.shape[1]
        buffer.mask[self.places, : self.used] = read.mask
        self.seen = [int(read.mask.sum())] * len(self.places)

    def fits(self, width: int) -> bool:
        """See :class:`Steps`."""
        return self.used + width <= self.buffer.mask.shape[1]

    def grown(self) -> Steps:
        """The same rows on a cache of their own; the buffer is given back."""
        cache = DynamicCache(config=self.model.config.text_config)
        for number, layer in enumerate(self.buffer.cache.layers):
            assert isinstance(layer, StaticLayer) and layer.keys is not None and layer.values is not None
            keys, values = (part[self.places, :, : self.used] for part in (layer.keys, layer.values))
            cache.update(keys, values, number)
        mask = self.buffer.mask[self.places, : self.used]
        self.close()
        return GrowingSteps(self.model, mask, cache)

    def hide_last(self, row: int, count: int) -> None:
        """See :class:`Steps`."""
        self.buffer.mask[self.places[row], self.used - count : self.used] = 0
        self.seen[row] -= count

    def select(self, rows: Sequence[int]) -> None:
        """See :class:`Steps`."""
        self.seen = [self.seen[row] for row in rows]
        self._place([self.places[row] for row in rows])

    def close(self) -> None:
        """See :class:`Steps`."""
        self.pool.give_back(self.buffer)

    @_plain
    def _place(self, places: list[int]) -> None:
        """Say where in the buffer the rows are; told to the device once, not with every pass."""
        self.places = places
        self.index = self.buffer.mask.new_tensor(places)
        self.held = self.buffer.mask.new_zeros(len(self.buffer.mask), 1).index_fill_(0, self.index, 1)

    def _has_block(self, feeds: Sequence[list[int]]) -> bool:
        return any(feed[-1] == self.model.vocabulary.size - 1 for feed in feeds)

    def _run(self, embeddings: Tensor, allowed: Tensor | None, positions: Tensor, keep: int) -> Tensor:
        """The pass itself, replayed where it was recorded; logits [rows, keep, V]."""
        graphs, width = self.buffer.graphs, embeddings.shape[1]
        queries = self.model.vocabulary.num_queries
        comes_again = width in (1, queries, queries + 1) and self.used > width
        if not self.pool.graphs or not comes_again or allowed is None:
            return _pass(self.model, self.buffer.cache, keep, embeddings, allowed, positions)
        if (width, keep) not in graphs:  # what the libraries set up when first used must not be recorded
            graphs[width, keep] = None
            return _pass(self.model, self.buffer.cache, keep, embeddings, allowed, positions)
        graph = graphs[width, keep]
        if graph is None:
            graph = graphs[width, keep] = _Graph(self.model, self.buffer.cache, keep, embeddings, allowed, positions)
        return graph.replay(embeddings, allowed, positions)


class _Graph:
    """A recorded pass. It reads its inputs from, and writes its result to, tensors of its own."""

    def __init__(self, model: UniPoseModel, cache: StaticCache, keep: int, *inputs: Tensor) -> None:
        self.inputs = tuple(tensor.clone() for tensor in inputs)
        self.graph = torch.cuda.CUDAGraph()
        # Other threads may be decoding on buffers of their own meanwhile.
        with torch.cuda.graph(self.graph, capture_error_mode="thread_local"):
            self.logits = _pass(model, cache, keep, *self.inputs)

    def replay(self, *inputs: Tensor) -> Tensor:
        for place, value in zip(self.inputs, inputs, strict=True):
            place.copy_(value)
        self.graph.replay()
        return self.logits.clone()


def _pass(
    model: UniPoseModel, cache: StaticCache, keep: int, embeddings: Tensor, allowed: Tensor | None, positions: Tensor
) -> Tensor:
    """Nothing here may read a value back from the device: it could not be recorded."""
    hidden = model.language_model(
        inputs_embeds=embeddings,
        attention_mask=allowed,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    return model.lm_head(hidden[:, -keep:])

"""Forward passes over the rows of a batch, each row feeding what it wants.

Rows want different lengths, so each pass feeds them padded on the left and masked; masked columns carry no position,
and a row's result is the same as if it were alone. :class:`GrowingSteps` keeps just the columns fed so far and runs
anywhere; :mod:`unipose.model.static_steps` keeps a fixed number of them, so that a GPU can replay recorded passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor
from transformers import DynamicCache

from unipose.model.reveal import UNKNOWN
from unipose.model.unipose import UniPoseModel

PAD = 0
"""Id fed where a row feeds nothing; any would do, it is masked."""

Known = Sequence[Tensor | None]


class Steps(Protocol):
    """What the decoding loop needs. Rows are counted among those still kept."""

    def forward(self, feeds: Sequence[list[int]], known: Known, keep: int, pictures: Mapping[str, Tensor]) -> Tensor:
        """Feed every row its tokens.

        Args:
            feeds: token ids of each row, at least one in all.
            known: for each row the codes [num_queries] that stand already in the pose its feed ends with,
                ``UNKNOWN`` where none does; or None.
            keep: last positions that get logits.
            pictures: what :meth:`UniPoseModel.embed` takes besides, in reading order over the batch.

        Returns:
            logits [R, n, V] of the last n positions, n the smaller of ``keep`` and the longest feed.
        """

    def take_over(self, read: GrowingSteps) -> None:
        """Begin, with nothing fed yet, where one row has come: every row has read what it read."""

    def fits(self, width: int) -> bool:
        """Whether a pass of so many columns can still be fed."""

    def grown(self) -> Steps:
        """The same rows, where any pass fits."""

    def hide_last(self, row: int, count: int) -> None:
        """Nobody sees the row's last tokens any more, and they no longer count as positions."""

    def select(self, rows: Sequence[int]) -> None:
        """Keep only these rows."""

    def close(self) -> None:
        """Give back what was borrowed; nothing is fed afterwards."""


class GrowingSteps:
    """Passes over a cache that grows with every column.

    Args:
        model: in evaluation mode.
        mask: int64 [R, P], nonzero where a token in the cache is real.
        cache: of those P columns.
    """

    def __init__(self, model: UniPoseModel, mask: Tensor, cache: DynamicCache) -> None:
        self.model, self.mask, self.cache = model, mask, cache

    @classmethod
    def begin(cls, model: UniPoseModel, rows: int) -> GrowingSteps:
        """With nothing fed yet."""
        empty = torch.zeros(rows, 0, dtype=torch.int64, device=model.device)
        return cls(model, empty, DynamicCache(config=model.config.text_config))

    @torch.no_grad()
    def forward(self, feeds: Sequence[list[int]], known: Known, keep: int, pictures: Mapping[str, Tensor]) -> Tensor:
        """See :class:`Steps`."""
        ids, real = left_padded(feeds, self.mask)
        self.mask = torch.cat([self.mask, real], dim=1)
        output = self.model(
            ids,
            attention_mask=self.mask,
            known_codes=right_aligned(known, ids),
            past_key_values=self.cache,
            logits_to_keep=keep,
            **pictures,
        )
        assert output.logits is not None
        return output.logits

    def take_over(self, read: GrowingSteps) -> None:
        """See :class:`Steps`."""
        rows = len(self.mask)
        self.mask, self.cache = read.mask.repeat(rows, 1), read.cache
        self.cache.batch_repeat_interleave(rows)

    def fits(self, width: int) -> bool:
        """Always."""
        return True

    def grown(self) -> Steps:
        """Itself."""
        return self

    def hide_last(self, row: int, count: int) -> None:
        """See :class:`Steps`."""
        self.mask[row, -count:] = 0

    def select(self, rows: Sequence[int]) -> None:
        """See :class:`Steps`."""
        indices = self.mask.new_tensor(rows)
        self.cache.batch_select_indices(indices)
        self.mask = self.mask[indices]

    def close(self) -> None:
        """Nothing was borrowed."""


def begin_steps(
    model: UniPoseModel,
    rows: int,
    columns: int,
    shared: list[int] | None = None,
    pictures: Mapping[str, Tensor] | None = None,
) -> Steps:
    """Passes of fixed size where the model has a pool of them, else over a growing cache.

    Args:
        model: in evaluation mode.
        rows: of the batch.
        columns: that the batch is likely to need.
        shared: token ids that every row begins with; they are read once for all rows, and not fed again.
        pictures: that stand in ``shared``, once.
    """
    pool = model.static_steps
    steps = GrowingSteps.begin(model, rows) if pool is None else pool.borrow(model, rows, columns)
    if shared:
        read = GrowingSteps.begin(model, 1)
        read.forward([shared], [None], 1, pictures or {})
        steps.take_over(read)
    return steps


def left_padded(feeds: Sequence[list[int]], like: Tensor) -> tuple[Tensor, Tensor]:
    """Token ids of the rows and where they are real, int64 [R, T] each, on the device of ``like``."""
    width = max(map(len, feeds))
    ids = [[PAD] * (width - len(feed)) + feed for feed in feeds]
    real = [[0] * (width - len(feed)) + [1] * len(feed) for feed in feeds]
    return like.new_tensor(ids), like.new_tensor(real)


def right_aligned(known: Known, ids: Tensor) -> Tensor | None:
    """Codes that stand already, as the model takes them: int64 like ``ids`` [R, T], or None when there are none."""
    if all(codes is None for codes in known):
        return None
    placed = torch.full_like(ids, UNKNOWN)
    for place, codes in zip(placed, known, strict=True):
        if codes is not None:
            place[-len(codes) :] = codes
    return placed

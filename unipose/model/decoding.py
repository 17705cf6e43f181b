"""The decoding loop: words one by one, a pose in one pass (paper section 3.3). Streaming is the primitive.

A pose may take several passes instead: each settles the surest codes and shows them to the next, which chooses the
others anew (see :mod:`unipose.model.reveal`).

Every row of a batch is a machine of its own. After each forward pass it looks at its last logits and says
what it wants to feed next: one word, begin-of-pose with all queries, or end-of-pose. Rows want different
lengths, so each pass feeds them padded on the left and masked; masked columns carry no position, and a row's
result is the same as if it were alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from transformers import DynamicCache

from unipose.model.reveal import UNKNOWN
from unipose.model.unipose import UniPoseModel


@dataclass(frozen=True)
class TokenEvent:
    """A word of a reply, as one token."""

    row: int
    token_id: int


@dataclass(frozen=True, eq=False)
class PoseEvent:
    """A pose of a reply; begin and end are implied.

    Attributes:
        row: of the batch.
        codes: int64 [num_queries] on the CPU, entries of the codebook.
        log_prob: sum over the slots of the natural log-probability of these codes, among codes, at
            temperature 1, each in the pass that settled it.
    """

    row: int
    codes: Tensor
    log_prob: float


@dataclass(frozen=True)
class EndEvent:
    """A row is done: "stop" when the model said so, "length" when the room was used up."""

    row: int
    reason: Literal["stop", "length"]


Event = TokenEvent | PoseEvent | EndEvent


@dataclass(frozen=True)
class DecodeSettings:
    """How to decode.

    Attributes:
        max_new_tokens: room for each reply, begin, codes and end included. A pose that no longer fits is not
            begun.
        max_poses: poses a reply may hold; None for no limit.
        temperature: for words; 0 takes the likeliest.
        top_k: keep only so many words; None for all.
        pose_temperature, pose_top_k: the same for each code.
        pose_passes: forward passes a pose takes.
        force_pose: begin the reply with a pose; one answer for all rows or one each.
        forbid_pose: never begin a pose; one answer for all rows or one each.
    """

    max_new_tokens: int = 512
    max_poses: int | None = None
    temperature: float = 0.0
    top_k: int | None = None
    pose_temperature: float = 0.0
    pose_top_k: int | None = None
    pose_passes: int = 1
    force_pose: bool | Sequence[bool] = False
    forbid_pose: bool | Sequence[bool] = False

    def __post_init__(self) -> None:
        for name in ("temperature", "pose_temperature"):
            if getattr(self, name) < 0:
                raise ValueError(f"expected a {name} of at least 0, found {getattr(self, name)}")
        for name in ("max_new_tokens", "top_k", "pose_top_k", "pose_passes"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"expected a {name} of at least 1, found {getattr(self, name)}")


@dataclass
class _Row:
    """One reply in the making.

    Attributes:
        number: in the caller's batch.
        feed: tokens of the next forward pass.
        room: tokens the reply may still take.
        poses_left: poses it may still begin.
        awaits_pose: the next pass ends with the queries of a pose.
        codes: of the pose in the making, ``UNKNOWN`` where a slot is not settled; log_prob: of those that are.
        passes: that this pose has had.
        ended: nothing more to come.
    """

    number: int
    feed: list[int]
    room: int
    poses_left: float
    awaits_pose: bool = False
    codes: Tensor | None = None
    log_prob: float = 0.0
    passes: int = 0
    ended: bool = False


def decode(
    model: UniPoseModel,
    inputs: Mapping[str, Tensor],
    settings: DecodeSettings | None = None,
    generator: torch.Generator | None = None,
) -> Iterator[Event]:
    """Answer a batch of prompts.

    Codes are chosen among codes only, words among words, begin-of-pose and the end of the reply only.

    Args:
        model: in evaluation mode.
        inputs: ``input_ids`` [B, T] and optionally ``attention_mask`` [B, T], ``pixel_values``,
            ``pose_pixel_values``, as the processor gives them for generation.
        settings: how to decode; default greedy.
        generator: source of randomness, on the model's device; default torch's own. Unused when greedy.

    Yields:
        events as they become known, exactly one :class:`EndEvent` a row.

    Raises:
        ValueError: when per-row settings do not match the batch, or a row both forces and forbids a pose.
    """
    return _Decoder(model, inputs, settings or DecodeSettings(), generator).events()


class _Decoder:
    """The loop's state: the rows still talking, their cache and their mask, all in the same order."""

    def __init__(
        self,
        model: UniPoseModel,
        inputs: Mapping[str, Tensor],
        settings: DecodeSettings,
        generator: torch.Generator | None,
    ) -> None:
        self.model, self.settings, self.generator = model, settings, generator
        self.vocabulary = model.vocabulary
        text_config = model.config.text_config
        eos = text_config.eos_token_id
        self.stops = eos if isinstance(eos, list) else [eos]
        ids = inputs["input_ids"]
        self.mask = ids.new_zeros(len(ids), 0)
        mask = inputs.get("attention_mask")
        real = torch.ones_like(ids) if mask is None else mask
        forced = _per_row(settings.force_pose, len(ids), "force_pose")
        forbidden = _per_row(settings.forbid_pose, len(ids), "forbid_pose")
        if any(force and forbid for force, forbid in zip(forced, forbidden, strict=True)):
            raise ValueError("a row cannot both force and forbid a pose; choose one")
        most = float("inf") if settings.max_poses is None else settings.max_poses
        self.rows: list[_Row] = []
        for number, forbid in enumerate(forbidden):
            prompt = ids[number][real[number] != 0].tolist()
            room = min(settings.max_new_tokens, text_config.max_position_embeddings - len(prompt))
            row = _Row(number, prompt, room, poses_left=0 if forbid else most, ended=room < 1)
            if forced[number]:
                self._begin_pose(row, before=prompt)
            self.rows.append(row)
        self.pictures = {name: inputs[name] for name in ("pixel_values", "pose_pixel_values") if name in inputs}
        self.cache = DynamicCache(config=text_config)

    def events(self) -> Iterator[Event]:
        """Run until every row has ended."""
        yield from (EndEvent(row.number, "length") for row in self.rows if row.ended)
        # Pictures are encoded together with the prompts, so rows that cannot even start stay for that first
        # pass.
        while not all(row.ended for row in self.rows):
            logits = self._forward()
            for index, row in enumerate(self.rows):
                if not row.ended:
                    yield from self._advance(index, row, logits[index].float())
            self._drop_ended()

    def _advance(self, index: int, row: _Row, logits: Tensor) -> Iterator[Event]:
        """Read a row's last logits [n, V]; tell what it says; set what it feeds next."""
        if row.awaits_pose:
            codes = self._settle(row, logits)
            if row.passes < self.settings.pose_passes:
                self.mask[index, -self.vocabulary.num_queries :] = 0  # the next pass feeds the queries again
                row.feed = self.vocabulary.query_ids
                return
            yield PoseEvent(row.number, codes.cpu(), row.log_prob)
            row.awaits_pose, row.codes = False, None
            row.feed = [self.vocabulary.end]
            if self.model.config.feed_codes_back:
                self.mask[index, -self.vocabulary.num_queries :] = 0  # the codes take the queries' places
                row.feed = [*(codes + self.vocabulary.first_code).tolist(), self.vocabulary.end]
        else:
            word = self._choose_word(logits[-1], pose_allowed=row.poses_left > 0)
            if word in self.stops:
                row.ended = True
                yield EndEvent(row.number, "stop")
                return
            if word == self.vocabulary.begin:
                self._begin_pose(row)
            else:
                yield TokenEvent(row.number, word)
                row.feed = [word]
                row.room -= 1
        if row.ended or (row.room < 1 and not row.awaits_pose):
            row.ended = True
            yield EndEvent(row.number, "length")

    def _begin_pose(self, row: _Row, before: Sequence[int] = ()) -> None:
        """Feed begin-of-pose and all queries next; a pose is begun only where all of it fits."""
        needed = self.vocabulary.num_queries + 2
        if row.room < needed:
            row.ended = True
            return
        row.feed = [*before, self.vocabulary.begin, *self.vocabulary.query_ids]
        row.room -= needed
        row.poses_left -= 1
        row.awaits_pose, row.passes, row.log_prob = True, 0, 0.0
        row.codes = self.mask.new_full((self.vocabulary.num_queries,), UNKNOWN)

    @torch.no_grad()
    def _forward(self) -> Tensor:
        """Feed every row what it wants, padded on the left; logits [R, n, V] of the last n positions."""
        width = max(len(row.feed) for row in self.rows)
        padded = [[0] * (width - len(row.feed)) + row.feed for row in self.rows]
        real = [[0] * (width - len(row.feed)) + [1] * len(row.feed) for row in self.rows]
        self.mask = torch.cat([self.mask, self.mask.new_tensor(real)], dim=1)
        output = self.model(
            self.mask.new_tensor(padded),
            attention_mask=self.mask,
            known_codes=self._known(width),
            past_key_values=self.cache,
            logits_to_keep=self.vocabulary.num_queries if any(row.awaits_pose for row in self.rows) else 1,
            **self.pictures,
        )
        self.pictures = {}
        return output.logits

    def _drop_ended(self) -> None:
        """Forget the rows that are done, so that nobody computes for them."""
        keep = [index for index, row in enumerate(self.rows) if not row.ended]
        if 0 < len(keep) < len(self.rows):
            indices = self.mask.new_tensor(keep)
            self.cache.batch_select_indices(indices)
            self.mask = self.mask[indices]
            self.rows = [self.rows[index] for index in keep]

    def _choose_word(self, logits: Tensor, pose_allowed: bool) -> int:
        """[V] logits to a token id of the base vocabulary, or begin-of-pose where allowed."""
        words = logits[: self.vocabulary.base_size]
        begin = logits[self.vocabulary.begin].reshape(1)
        choices = torch.cat([words, begin]) if pose_allowed else words
        word = int(self._choose(choices, self.settings.temperature, self.settings.top_k))
        return self.vocabulary.begin if word == self.vocabulary.base_size else word

    def _known(self, width: int) -> Tensor | None:
        """What earlier passes settled of the poses in the making, as the model takes it; None when nothing is."""
        if not any(row.passes for row in self.rows if row.awaits_pose):
            return None
        known = self.mask.new_full((len(self.rows), width), UNKNOWN)
        for place, row in zip(known, self.rows, strict=True):
            if row.awaits_pose and row.codes is not None:
                place[-len(row.codes) :] = row.codes
        return known

    def _settle(self, row: _Row, logits: Tensor) -> Tensor:
        """[n, V] logits, the last of them at the queries, to codes [num_queries]; the surest of them stay.

        After pass i of k, i / k of the slots are settled (linear mask-predict).
        """
        assert row.codes is not None
        slots = logits[-self.vocabulary.num_queries :, self.vocabulary.code_rows]
        chosen = self._choose(slots, self.settings.pose_temperature, self.settings.pose_top_k)
        sure = slots.log_softmax(dim=-1).gather(1, chosen.unsqueeze(1)).squeeze(1)
        open_slots = (row.codes == UNKNOWN).nonzero().squeeze(1)
        row.passes += 1
        wanted = -(-self.vocabulary.num_queries * row.passes // self.settings.pose_passes)
        count = wanted - (self.vocabulary.num_queries - len(open_slots))
        settled = open_slots[sure[open_slots].topk(count).indices]
        row.codes[settled] = chosen[settled]
        row.log_prob += float(sure[settled].sum())
        return row.codes

    def _choose(self, logits: Tensor, temperature: float, top_k: int | None) -> Tensor:
        """[..., n] logits to chosen indices [...]; the likeliest at temperature 0."""
        if temperature == 0:
            return logits.argmax(dim=-1)
        if top_k is not None and top_k < logits.shape[-1]:
            least = logits.topk(top_k, dim=-1).values[..., -1:]
            logits = logits.masked_fill(logits < least, float("-inf"))
        weights = (logits / temperature).softmax(dim=-1)
        return torch.multinomial(weights, 1, generator=self.generator).squeeze(-1)


def _per_row(value: bool | Sequence[bool], rows: int, name: str) -> list[bool]:
    values = [value] * rows if isinstance(value, bool) else list(value)
    if len(values) != rows:
        raise ValueError(f"{name} has {len(values)} entries, the batch has {rows} rows")
    return values

"""The decoding loop: words one by one, a pose in one pass (paper section 3.3). Streaming is the primitive.

A pose may take several passes instead: each settles the surest codes and shows them to the next, which chooses the
others anew (see :mod:`unipose.model.reveal`).

Every row of a batch is a machine of its own. After each forward pass it looks at its last logits and says
what it wants to feed next: one word, begin-of-pose with all queries, or end-of-pose. How rows that want different
lengths share a pass is the business of :mod:`unipose.model.steps`. A prompt that all rows have is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.model.events import DecodeSettings, EndEvent, Event, PoseEvent, TokenEvent
from unipose.model.reveal import UNKNOWN
from unipose.model.sight import SIGHT_INPUTS
from unipose.model.steps import Steps, begin_steps
from unipose.model.unipose import UniPoseModel
from unipose.model.vocabulary import IMAGE_PATCH

__all__ = ["DecodeSettings", "EndEvent", "Event", "PoseEvent", "TokenEvent", "decode"]

_PICTURES = (*SIGHT_INPUTS, "image_features")


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
    stop: Callable[[], bool] | None = None,
) -> Iterator[Event]:
    """Answer a batch of prompts.

    Codes are chosen among codes only, words among words, begin-of-pose and the end of the reply only. Closing the
    iterator ends the work and frees what it held.

    Args:
        model: in evaluation mode.
        inputs: ``input_ids`` [B, T] and optionally ``attention_mask`` [B, T] and sights, as the processor gives them
            for generation; or ``image_features`` instead of the sights (see
            :class:`unipose.model.pictures.PictureMemory`).
        settings: how to decode; default greedy.
        generator: source of randomness, on the model's device; default torch's own. Unused when greedy.
        stop: asked before every forward pass; the replies end where they are when it says so.

    Yields:
        events as they become known, exactly one :class:`EndEvent` a row.

    Raises:
        ValueError: when per-row settings do not match the batch, or a row both forces and forbids a pose.
    """
    return _Decoder(model, inputs, settings or DecodeSettings(), generator, stop).events()


class _Decoder:
    """The loop's state: the rows still talking, in the order in which their passes know them."""

    def __init__(
        self,
        model: UniPoseModel,
        inputs: Mapping[str, Tensor],
        settings: DecodeSettings,
        generator: torch.Generator | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.model, self.settings, self.generator, self.stop = model, settings, generator, stop
        self.vocabulary = model.vocabulary
        text_config = model.config.text_config
        eos = text_config.eos_token_id
        self.stops = eos if isinstance(eos, list) else [eos]
        ids = inputs["input_ids"]
        mask = inputs.get("attention_mask")
        real = torch.ones_like(ids) if mask is None else mask
        forced = _per_row(settings.force_pose, len(ids), "force_pose")
        forbidden = _per_row(settings.forbid_pose, len(ids), "forbid_pose")
        if any(force and forbid for force, forbid in zip(forced, forbidden, strict=True)):
            raise ValueError("a row cannot both force and forbid a pose; choose one")
        most = float("inf") if settings.max_poses is None else settings.max_poses
        self.rows: list[_Row] = []
        self.prompts: list[list[int]] = [row[seen != 0].tolist() for row, seen in zip(ids, real, strict=True)]
        for number, (prompt, forbid) in enumerate(zip(self.prompts, forbidden, strict=True)):
            room = min(settings.max_new_tokens, text_config.max_position_embeddings - len(prompt))
            row = _Row(number, prompt, room, poses_left=0 if forbid else most, ended=room < 1)
            if forced[number]:
                self._begin_pose(row, before=prompt)
            self.rows.append(row)
        self.pictures = {name: inputs[name] for name in _PICTURES if name in inputs}
        self.steps: Steps

    def events(self) -> Iterator[Event]:
        """Run until every row has ended."""
        self.steps = self._begin_steps()
        try:
            yield from (EndEvent(row.number, "length") for row in self.rows if row.ended)
            # Pictures are encoded together with the prompts, so rows that cannot even start stay for that first
            # pass.
            while not all(row.ended for row in self.rows):
                if self._stopped():
                    yield from (EndEvent(row.number, "cancelled") for row in self.rows if not row.ended)
                    return
                logits = self._forward()
                words = self._likeliest_words(logits)
                for index, row in enumerate(self.rows):
                    if not row.ended:
                        yield from self._advance(index, row, logits[index], words[index])
                self._drop_ended()
        finally:
            self.steps.close()

    def _stopped(self) -> bool:
        return self.stop is not None and self.stop()

    def _begin_steps(self) -> Steps:
        """Passes for all rows; what they all begin with, pictures too, has been read."""
        shared = [] if self._stopped() else self._shared_prompt()
        longest = max((len(row.feed) + max(0, row.room) for row in self.rows), default=0)
        columns = longest + self.vocabulary.num_queries + 1
        own = {name: values[: len(values) // len(self.rows)] for name, values in self.pictures.items() if shared}
        steps = begin_steps(self.model, len(self.rows), columns, shared, own)
        if shared:
            self.pictures = {}
            for row in self.rows:
                row.feed = row.feed[len(shared) :]
        return steps

    def _shared_prompt(self) -> list[int]:
        """The prompt but for its last token, where all rows have the same with the same pictures; else nothing."""
        rows, prompt = len(self.rows), self.prompts[0] if self.prompts else []
        if rows < 2 or len(prompt) < 2 or prompt[-1] == IMAGE_PATCH or any(one != prompt for one in self.prompts):
            return []
        if any(row.ended for row in self.rows):
            return []
        for values in self.pictures.values():
            if len(values) % rows or not all(torch.equal(part, values[: len(part)]) for part in values.chunk(rows)):
                return []
        return prompt[:-1]

    def _advance(self, index: int, row: _Row, logits: Tensor, likeliest: int | None) -> Iterator[Event]:
        """Read a row's last logits [n, V]; tell what it says; set what it feeds next."""
        if row.awaits_pose:
            codes = self._settle(row, logits)
            if row.passes < self.settings.pose_passes:
                self.steps.hide_last(index, self.vocabulary.num_queries)  # the next pass feeds the queries again
                row.feed = self.vocabulary.query_ids
                return
            yield PoseEvent(row.number, codes.cpu(), row.log_prob)
            row.awaits_pose, row.codes = False, None
            row.feed = [self.vocabulary.end]
            if self.model.config.feed_codes_back:
                self.steps.hide_last(index, self.vocabulary.num_queries)  # the codes take the queries' places
                row.feed = [*(codes + self.vocabulary.first_code).tolist(), self.vocabulary.end]
        else:
            word = self._draw_word(row, logits[-1]) if likeliest is None else likeliest
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
        row.codes = torch.full((self.vocabulary.num_queries,), UNKNOWN, device=self.model.device)

    def _forward(self) -> Tensor:
        """Feed every row what it wants; logits [R, n, V] of the last n positions."""
        if not self.steps.fits(max(len(row.feed) for row in self.rows)):
            self.steps = self.steps.grown()
        known = [row.codes if row.awaits_pose and row.passes else None for row in self.rows]
        keep = self.vocabulary.num_queries if any(row.awaits_pose for row in self.rows) else 1
        logits = self.steps.forward([row.feed for row in self.rows], known, keep, self.pictures)
        self.pictures = {}
        return logits

    def _drop_ended(self) -> None:
        """Forget the rows that are done, so that nobody computes for them."""
        keep = [index for index, row in enumerate(self.rows) if not row.ended]
        if 0 < len(keep) < len(self.rows):
            self.steps.select(keep)
            self.rows = [self.rows[index] for index in keep]

    def _choices(self, logits: Tensor) -> Tensor:
        """Logits [..., V] of what a reply may say, [..., base_size + 1]: the plain words, then begin-of-pose."""
        begin = self.vocabulary.begin
        return torch.cat([logits[..., : self.vocabulary.base_size], logits[..., begin : begin + 1]], dim=-1)

    def _word(self, choice: int) -> int:
        return self.vocabulary.begin if choice == self.vocabulary.base_size else choice

    def _likeliest_words(self, logits: Tensor) -> list[int | None]:
        """[R, n, V] logits to each row's next word; None where it is drawn, or a pose is awaited.

        All rows at once: reading a choice back from a GPU means waiting for it.
        """
        if self.settings.temperature > 0 or all(row.awaits_pose for row in self.rows):
            return [None] * len(self.rows)
        choices = self._choices(logits[:, -1])
        full = choices.new_tensor([[row.poses_left < 1] for row in self.rows], dtype=torch.bool)
        choices[:, -1:].masked_fill_(full, float("-inf"))
        return [self._word(choice) for choice in choices.argmax(dim=-1).tolist()]

    def _draw_word(self, row: _Row, logits: Tensor) -> int:
        """[V] logits to a token id of the base vocabulary, or begin-of-pose where the row may begin one."""
        choices = self._choices(logits.float())
        choices = choices if row.poses_left > 0 else choices[:-1]
        return self._word(int(self._choose(choices, self.settings.temperature, self.settings.top_k)))

    def _settle(self, row: _Row, logits: Tensor) -> Tensor:
        """[n, V] logits, the last of them at the queries, to codes [num_queries]; the surest of them stay.

        After pass i of k, i / k of the slots are settled (linear mask-predict).
        """
        assert row.codes is not None
        slots = logits[-self.vocabulary.num_queries :, self.vocabulary.code_rows].float()
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

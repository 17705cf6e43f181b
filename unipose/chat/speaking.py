"""Words about poses, checked before they are said.

The model speaks sentence by sentence. Its first one is the likeliest, unless that is untrue of the poses: then others
are drawn. Of what may follow, the most telling of several true drafts is said, until none is true or none tells
anything new. Where that leaves too much open, the pose language completes it by what it measures. What is said streams
as ever; only whole sentences wait for their check.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from unipose.model.decoding import DecodeSettings, EndEvent, TokenEvent, decode
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel

_PIECE = re.compile(r"\s*\S+")


class Critic(Protocol):
    """Judges what is said. :class:`unipose.chat.witness.Witness` is one."""

    def share(self, text: str) -> float:
        """How much of what a text claims is true, 0 to 1."""

    def telling(self, text: str) -> float:
        """How much a text tells, in nats: the fewer poses it fits, the more."""

    def completing(self, text: str) -> str:
        """True words that tell what a text leaves open; none where it tells enough."""


@dataclass
class _Draft:
    """One way to go on: up to the end of a sentence, or of the reply."""

    tokens: list[int] = field(default_factory=list)
    text: str = ""
    last: bool = False

    @property
    def done(self) -> bool:
        return self.last or self.text.rstrip().endswith(".")


class Speaker:
    """Says what the model has to say to one prompt.

    Args:
        model, processor: answer.
        inputs: the prompt's tensors, one row; what is seen in its pictures as ``image_features``.
        temperature: of drawn sentences; the first draft of each is the likeliest one, unless ``first_drawn``.
        draws: drafts of a sentence at most.
        max_words: tokens of the reply at most.
    """

    def __init__(
        self,
        model: UniPoseModel,
        processor: UniPoseProcessor,
        inputs: Mapping[str, Tensor],
        *,
        temperature: float,
        draws: int,
        max_words: int,
        generator: torch.Generator,
        first_drawn: bool = False,
    ) -> None:
        self._model, self._processor, self._prompt = model, processor, inputs["input_ids"]
        self._seen = {name: rows for name, rows in inputs.items() if name == "image_features"}
        self._temperature, self._draws, self._generator = temperature, draws, generator
        self._left, self._first_drawn = max_words, first_drawn

    def say(self, critic: Critic) -> Iterator[str]:
        """Pieces of the reply, checked and completed by ``critic``."""
        said = yield from self._own(critic)
        yield from _PIECE.findall((" " if said else "") + critic.completing(said))

    def _own(self, critic: Critic) -> Generator[str, None, str]:
        """What the model itself says; returns all of it."""
        said, tokens = "", list[int]()
        while self._left > 0:
            best = self._next(said, tokens, critic)
            if best is None:
                break
            text = best.text if said else best.text.lstrip()
            yield from _PIECE.findall(text)
            said += text
            tokens += best.tokens
            self._left -= len(best.tokens)
            if best.last:
                break
        return said

    def _next(self, said: str, tokens: list[int], critic: Critic) -> _Draft | None:
        """The next sentence; ``None`` where there is nothing true, or nothing new, to say."""
        likeliest = self._drafts(tokens, 1, self._temperature if self._first_drawn else 0.0)[0]
        if not likeliest.text.strip() or (not said and critic.share(likeliest.text) == 1):
            return likeliest
        drafts = [likeliest, *self._drafts(tokens, self._draws - 1, self._temperature)]
        true = [draft for draft in drafts if draft.text.strip() and critic.share(said + draft.text) == 1]
        best = max(true, key=lambda draft: critic.telling(said + draft.text), default=None)  # the first of equals
        if best is None or (said and critic.telling(said + best.text) <= critic.telling(said)):
            return None
        return best

    def _drafts(self, tokens: list[int], rows: int, temperature: float) -> list[_Draft]:
        """Drafts of what comes after ``tokens``."""
        drafts = [_Draft() for _ in range(rows)]
        so_far = torch.cat([self._prompt, self._prompt.new_tensor([tokens])], dim=1) if tokens else self._prompt
        settings = DecodeSettings(max_new_tokens=self._left, forbid_pose=True, temperature=temperature)
        prompts = {"input_ids": so_far.repeat(rows, 1)}
        prompts |= {name: seen.repeat(rows, 1, 1) for name, seen in self._seen.items()}
        for event in decode(self._model, prompts, settings, self._generator):
            draft = drafts[event.row]
            if draft.done:
                continue
            if isinstance(event, EndEvent):
                draft.last = True
            elif isinstance(event, TokenEvent):
                draft.tokens.append(event.token_id)
                draft.text = self._processor.words(draft.tokens)
            if all(one.done for one in drafts):
                break
        return drafts

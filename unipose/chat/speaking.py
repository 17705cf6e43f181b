"""Words about poses, checked before they are said.

The model speaks sentence by sentence. A sentence that claims something untrue of the poses is drawn anew, and if no
draw is true the reply ends before it; where that is the first one, the pose language says plainly what it
measures. What is said streams as ever; only whole sentences wait for their check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from unipose.model.decoding import DecodeSettings, EndEvent, TokenEvent, decode
from unipose.model.processor import UniPoseProcessor
from unipose.model.unipose import UniPoseModel

_PIECE = re.compile(r"\s*\S+")


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
        inputs: the prompt's tensors, one row.
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
        self._temperature, self._draws, self._generator = temperature, draws, generator
        self._left, self._first_drawn = max_words, first_drawn

    def say(self, share: Callable[[str], float], plain: Callable[[], str] | None = None) -> Iterator[str]:
        """Pieces of the reply.

        Args:
            share: how much of what a text claims is true, 0 to 1.
            plain: true words to say where the model has none to begin with.
        """
        said, tokens = "", list[int]()
        while self._left > 0:
            best = self._drafts(tokens, 1, self._temperature if self._first_drawn else 0.0)[0]
            if best.text.strip() and share(said + best.text) < 1:
                drafts = [best, *self._drafts(tokens, self._draws - 1, self._temperature)]
                best = max(drafts, key=lambda draft: share(said + draft.text))  # the first of equals
                if share(said + best.text) < 1:
                    words = "" if said or plain is None else plain()
                    if said or words:
                        yield from _PIECE.findall(words)
                        return
            yield from _PIECE.findall(best.text if said else best.text.lstrip())
            said += best.text
            tokens += best.tokens
            self._left -= len(best.tokens)
            if best.last:
                return

    def _drafts(self, tokens: list[int], rows: int, temperature: float) -> list[_Draft]:
        """Drafts of what comes after ``tokens``."""
        drafts = [_Draft() for _ in range(rows)]
        so_far = torch.cat([self._prompt, self._prompt.new_tensor([tokens])], dim=1) if tokens else self._prompt
        settings = DecodeSettings(max_new_tokens=self._left, forbid_pose=True, temperature=temperature)
        for event in decode(self._model, {"input_ids": so_far.repeat(rows, 1)}, settings, self._generator):
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

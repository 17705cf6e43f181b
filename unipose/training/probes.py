"""Training aids, thrown away afterwards: linear heads that ask the middle of the language model what it has understood.

Words alone teach slowly: of a pose's hundreds of true predicates a caption names three, and which of its tokens made
them true is left to find out. The heads ask for all of them, where they can be known: after a pose in the prompt, what
is true of it; before a pose in the reply, what was asked of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from unipose.data.synthesis import Synthesis
from unipose.language.items import Change, Statement, unspell
from unipose.model.processor import Message
from unipose.model.unipose import UniPoseModel
from unipose.training.mixture import Example


class Probes(nn.Module):
    """Heads on one layer of a language model.

    Args:
        model: whose states are to be read.
        synthesis: knows the predicates and measures, and measures poses.
    """

    def __init__(self, model: UniPoseModel, synthesis: Synthesis) -> None:
        super().__init__()
        registry = synthesis.registry
        directions = [f"{measure.id} {sign}" for measure in registry.measures for sign in "+-"]
        self._claims = {name: i for i, name in enumerate((*registry.predicates, *directions))}
        self._synthesis, self._vocabulary = synthesis, model.vocabulary
        hidden = model.config.text_config.hidden_size
        self.truth = nn.Linear(hidden, len(registry.predicates))
        self.asked = nn.Linear(hidden, len(self._claims))

    def targets(self, examples: Sequence[Example], conversations: Sequence[Sequence[Message]]) -> tuple[Tensor, Tensor]:
        """What there is to know about a batch, whose ``messages()`` are the ``conversations``.

        Returns:
            Truths [n, P] of the prompts' poses in reading order: 1, -1, or 0 where it is too close to say. And the
            claims [m, C] asked of the replies' poses: 0 or 1.
        """
        given = [codes for messages in conversations for codes in _poses(messages[:-1])]
        truths = torch.zeros(0, self.truth.out_features)
        if given:
            poses = self._synthesis.tokenizer.decode(torch.tensor(given))
            truths = self._synthesis.registry.truth(self._synthesis.measure(poses)).float()
        return truths, self.asked_of([example for example in examples if example.answers_with_pose])

    def asked_of(self, examples: Sequence[Example]) -> Tensor:
        """The claims [m, C] that examples make of the poses they ask for: 0 or 1."""
        asked = torch.zeros(len(examples), self.asked.out_features)
        for row, example in enumerate(examples):
            columns = [self._claims[kind] for kind in map(_kind, example.statements) if kind is not None]
            asked[row, columns] = 1.0
        return asked

    def forward(self, states: Tensor, input_ids: Tensor, truths: Tensor, asked: Tensor) -> Tensor:
        """Mean binary cross-entropy of both heads.

        Args:
            states: [B, T, hidden] of the language model's middle layer.
            input_ids: int64 [B, T] that it read.
            truths, asked: see :meth:`targets`.
        """
        states = states.float()
        query = self._vocabulary.is_query(input_ids)
        before = torch.zeros_like(query)
        before[:, :-1] = (input_ids[:, :-1] == self._vocabulary.begin) & query[:, 1:]
        after = input_ids == self._vocabulary.end
        after[:, 1:] &= ~query[:, :-1]
        total = states.new_zeros(())
        if len(truths):
            # rare predicates are the ones worth saying
            weight = 1.0 + 2.0 * (truths > 0)
            logits = self.truth(states[after])
            known = weight * (truths != 0)
            every = functional.binary_cross_entropy_with_logits(logits, (truths > 0).float(), known, reduction="sum")
            total = total + every / known.sum()
        return total + self.understanding(states[before], asked) if len(asked) else total

    def understanding(self, states: Tensor, asked: Tensor) -> Tensor:
        """Mean binary cross-entropy of claims [m, C], told from states [m, hidden] at begin-of-pose."""
        weight = 1.0 + 20.0 * asked
        missed = functional.binary_cross_entropy_with_logits(self.asked(states.float()), asked, weight, reduction="sum")
        return missed / weight.sum()


def _poses(messages: Sequence[Message]) -> list[Sequence[int]]:
    """The codes of all poses in some messages, in reading order."""
    contents = [message["content"] for message in messages if not isinstance(message["content"], str)]
    return [part["codes"] for content in contents for part in content if part["type"] == "pose"]


def _kind(claim: str) -> str | None:
    """What a claim asks for, without its numbers: a predicate, or a measure and a sign; None for any other claim."""
    item = unspell(claim)
    if isinstance(item, Statement) and not item.negated:
        return item.predicate
    if isinstance(item, Change) and not item.negated:
        return f"{item.measure} {'+' if item.direction > 0 else '-'}"
    return None

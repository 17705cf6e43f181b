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

from unipose.data.records import Record
from unipose.data.synthesis import Synthesis
from unipose.model.unipose import UniPoseModel


class Probes(nn.Module):
    """Heads on one layer of a language model.

    Args:
        model: whose states are read.
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
        self._states: list[Tensor] = []
        layers = model.language_model.layers
        layers[len(layers) // 2].register_forward_hook(self._keep)

    def _keep(self, module: nn.Module, given: object, states: Tensor) -> None:
        if module.training:
            self._states.append(states)

    def targets(self, records: Sequence[Record]) -> tuple[Tensor, Tensor]:
        """What there is to know about a batch.

        Returns:
            Truths [n, P] of the prompts' poses in reading order: 1, -1, or 0 where it is too close to say. And the
            claims [m, C] asked of the replies' poses: 0 or 1.
        """
        given = [codes for record in records for codes in record.question_poses]
        truths = torch.zeros(0, self.truth.out_features)
        if given:
            poses = self._synthesis.tokenizer.decode(torch.tensor(given))
            truths = self._synthesis.registry.truth(self._synthesis.measure(poses)).float()
        wanted = [record for record in records if record.answers_with_pose]
        asked = torch.zeros(len(wanted), self.asked.out_features)
        for row, record in enumerate(wanted):
            for claim in record.statements:
                asked[row, self._claims[_kind(claim)]] = 1.0
        return truths, asked

    def loss(self, input_ids: Tensor, truths: Tensor, asked: Tensor) -> Tensor:
        """Mean binary cross-entropy of both heads on the forward pass that just ran over ``input_ids``."""
        states = self._states.pop().float()
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
        if len(asked):
            logits, weight = self.asked(states[before]), 1.0 + 20.0 * asked
            total = (
                total
                + functional.binary_cross_entropy_with_logits(logits, asked, weight, reduction="sum") / weight.sum()
            )
        return total


def _kind(claim: str) -> str:
    """A claim without its numbers and its negation: a predicate, or a measure and a sign."""
    return " ".join(claim.removeprefix("not ").split()[:2])

"""Does the pose do what was asked? The checker's verdict as a training loss for one-pass decoding.

Codes that are each likely need not fit together. So the codes the model would choose are decoded, posed and measured,
and what is missing of the request flows back through the measures, the kinematics and the tokenizer's decoder to the
probabilities of the codes (straight-through: hard codes forward, their expectation backward).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from unipose.data.records import Record
from unipose.data.synthesis import Synthesis
from unipose.language.items import Change, Statement, unspell
from unipose.model.unipose import UniPoseModel

# In sigmas (just noticeable differences): how far inside a claim is enough, and from where on all is equally far off.
_INSIDE, _FAR = 0.5, 4.0
# Of the noise on the logits before the hard choice, so that not only the likeliest codes are judged.
_NOISE = 0.5


@dataclass(frozen=True)
class Request:
    """What the replies' poses of a batch are asked to do.

    Attributes:
        statements: int64 [S, 3], rows of (reply, predicate, 1 or -1).
        changes: int64 [C, 2], rows of (reply, measure); ``bounds`` float32 [C, 2], by how much it is to change.
        before: float32 [n, M], measured values of the poses that the replies start from; zeros where there is none.
    """

    statements: Tensor
    changes: Tensor
    bounds: Tensor
    before: Tensor


class Verdicts:
    """Judges the poses that a language model is about to make.

    Args:
        model: whose states are read.
        synthesis: knows the predicates and measures poses.
    """

    def __init__(self, model: UniPoseModel, synthesis: Synthesis) -> None:
        self._model, self._synthesis, self._registry = model, synthesis, synthesis.registry
        self._states: list[Tensor] = []
        model.language_model.register_forward_hook(self._keep)

    def _keep(self, module: nn.Module, given: object, output: Any) -> None:
        if module.training:
            self._states.append(output.last_hidden_state)

    def request(self, records: Sequence[Record]) -> Request:
        """What the records of a batch ask of their replies' poses, in the order of the rows that answer with one.

        Statements and changes are judged; amounts, and parts to be kept or matched, are left to the codes' own loss.
        """
        statements: list[tuple[int, int, int]] = []
        changes: list[tuple[int, int]] = []
        bounds: list[tuple[float, float]] = []
        wanted = [record for record in records if record.answers_with_pose]
        for row, record in enumerate(wanted):
            for claim in record.statements:
                item = unspell(claim)
                if isinstance(item, Statement):
                    statements.append((row, self._registry.index[item.predicate], -1 if item.negated else 1))
                elif isinstance(item, Change) and not item.negated:
                    changes.append((row, self._registry.measure_index[item.measure]))
                    bounds.append((item.lo, item.hi))
        before = torch.zeros(len(wanted), len(self._registry.measures))
        start = [row for row, record in enumerate(wanted) if record.question_poses]
        if start:
            codes = torch.tensor([wanted[row].question_poses[0] for row in start])
            before[start] = self._synthesis.measure(self._synthesis.tokenizer.decode(codes))
        return Request(
            torch.tensor(statements, dtype=torch.long).reshape(-1, 3),
            torch.tensor(changes, dtype=torch.long).reshape(-1, 2),
            torch.tensor(bounds).reshape(-1, 2),
            before,
        )

    def loss(self, input_ids: Tensor, request: Request) -> tuple[Tensor, float]:
        """How much is missing, in sigmas a claim, of the poses of the forward pass that just ran over ``input_ids``.

        Returns:
            The loss, and the share of claims that hold.
        """
        states = self._states.pop()
        count = len(request.statements) + len(request.changes)
        if not count:
            return states.new_zeros(()), 1.0
        query = self._model.vocabulary.is_query(input_ids)
        values = self._measure(self._model.code_logits(states[query]).float())
        rows, predicates, signs = request.statements.unbind(1)
        kept = [self._registry.margins(values)[rows, predicates] * signs] if len(rows) else []
        if len(request.changes):
            rows, measures = request.changes.unbind(1)
            step = values[rows, measures] - request.before[rows, measures]
            low, high = request.bounds.unbind(1)
            kept.append(torch.minimum(step - low, high - step) / self._registry.sigma[measures])
        margins = torch.cat(kept)
        missing = (_INSIDE - margins).clamp(0, _FAR)
        return missing.mean(), (margins >= 0).float().mean().item()

    def _measure(self, logits: Tensor) -> Tensor:
        """Logits [n * T, K] to the measured values [n, M] of the poses of the chosen codes."""
        tokenizer = self._model.pose_tokenizer
        codebook = tokenizer.quantizer.codebook
        noise = -torch.log(-torch.log(torch.rand_like(logits).clamp(1e-9, 1 - 1e-7)))
        chosen = codebook[(logits + _NOISE * noise).argmax(-1)]
        expected = logits.softmax(-1) @ codebook
        latents = expected + (chosen - expected).detach()
        rotations = tokenizer.reconstruct(latents.unflatten(0, (-1, tokenizer.config.num_tokens)))
        # Angles have no slope at their ends; such a joint sits this step out.
        rotations.register_hook(lambda slope: torch.nan_to_num(slope, 0.0, 0.0, 0.0).clamp(-10, 10))
        return self._registry.measure_poses(rotations)

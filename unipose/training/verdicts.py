"""Does the pose do what was asked? The checker's verdict as a training loss for one-pass decoding.

Codes that are each likely need not fit together. So the codes the model would choose are decoded, posed and measured,
and what is missing of the request flows back through the measures, the kinematics and the tokenizer's decoder to the
probabilities of the codes (straight-through: hard codes forward, their expectation backward).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.data.synthesis import Synthesis
from unipose.language.items import Change, Statement, unspell
from unipose.model.unipose import UniPoseModel
from unipose.training.mixture import Example

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

    def to(self, device: torch.device | str) -> Request:
        """The same on ``device``."""
        return Request(*(value.to(device) for value in (self.statements, self.changes, self.bounds, self.before)))


class Verdicts:
    """Judges the poses that a language model is about to make.

    Args:
        model: whose table and pose tokenizer turn states into poses.
        synthesis: knows the predicates and measures poses.
    """

    def __init__(self, model: UniPoseModel, synthesis: Synthesis) -> None:
        self._model, self._synthesis, self._registry = model, synthesis, synthesis.registry

    def request(self, examples: Sequence[Example]) -> Request:
        """What the examples of a batch ask of their replies' poses, in the order of the rows that answer with one.

        Statements and changes are judged; amounts, and parts to be kept or matched, are left to the codes' own loss.
        """
        statements: list[tuple[int, int, int]] = []
        changes: list[tuple[int, int]] = []
        bounds: list[tuple[float, float]] = []
        wanted = [example for example in examples if example.answers_with_pose]
        for row, example in enumerate(wanted):
            for claim in example.statements:
                item = unspell(claim)
                if isinstance(item, Statement):
                    statements.append((row, self._registry.index[item.predicate], -1 if item.negated else 1))
                elif isinstance(item, Change) and not item.negated:
                    changes.append((row, self._registry.measure_index[item.measure]))
                    bounds.append((item.lo, item.hi))
        before = torch.zeros(len(wanted), len(self._registry.measures))
        start = [row for row, example in enumerate(wanted) if example.question_poses]
        if start:
            codes = torch.tensor([wanted[row].question_poses[0] for row in start])
            before[start] = self._synthesis.measure(self._synthesis.tokenizer.decode(codes))
        return Request(
            torch.tensor(statements, dtype=torch.long).reshape(-1, 3),
            torch.tensor(changes, dtype=torch.long).reshape(-1, 2),
            torch.tensor(bounds).reshape(-1, 2),
            before,
        )

    def loss(self, states: Tensor, input_ids: Tensor, request: Request) -> tuple[Tensor, Tensor]:
        """How much is missing of the poses that the model is about to give, in sigmas a claim.

        Args:
            states: [B, T, hidden], the language model's last ones.
            input_ids: int64 [B, T] that it read.
            request: see :meth:`request`.

        Returns:
            The loss, and the share of claims that hold.
        """
        count = len(request.statements) + len(request.changes)
        if not count:
            return states.new_zeros(()), states.new_ones(())
        query = self._model.vocabulary.is_query(input_ids)
        values = self._measure(self._model.code_logits(states[query]).float())
        rows, predicates, signs = request.statements.unbind(1)
        kept = [self._registry.margins(values)[rows, predicates] * signs] if len(rows) else []
        if len(request.changes):
            rows, measures = request.changes.unbind(1)
            step = values[rows, measures] - request.before[rows, measures]
            low, high = request.bounds.unbind(1)
            kept.append(torch.minimum(step - low, high - step) / self._registry.sigma.to(values)[measures])
        margins = torch.cat(kept)
        missing = (_INSIDE - margins).clamp(0, _FAR)
        return missing.mean(), (margins.detach() >= 0).float().mean()

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

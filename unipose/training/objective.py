"""What a stage descends: a model with its loss, as one module whose forward pass takes a whole batch."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers import PreTrainedModel

Figures = dict[str, Tensor]


class Objective(nn.Module):
    """A model and its loss. One module, so that one backward pass gathers the gradients of all processes.

    Subclasses define ``forward(batch) -> (loss, figures)``: a scalar to descend, and detached scalars for the log.

    Args:
        model: what is trained and saved; parameters with ``requires_grad`` move.
        aids: trained along, kept in checkpoints, but no part of the model that is saved.
    """

    def __init__(self, model: PreTrainedModel, aids: nn.Module | None = None) -> None:
        super().__init__()
        self.model = model
        self.aids = nn.Module() if aids is None else aids
        self._frozen = frozen_modules(model)

    def train(self, mode: bool = True) -> Objective:
        """As usual, but what is frozen stays in evaluation mode: no drop-out in a tower, no codebook on the move."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self

    def __call__(self, batch: Any) -> tuple[Tensor, Figures]:
        """See the class."""
        return super().__call__(batch)


def frozen_modules(model: nn.Module) -> list[nn.Module]:
    """The largest modules of a model none of whose parameters move."""
    parameters = list(model.parameters())
    if parameters and not any(parameter.requires_grad for parameter in parameters):
        return [model]
    return [module for child in model.children() for module in frozen_modules(child)]


def distance(points: Tensor, others: Tensor) -> Tensor:
    """Mean distance of points [..., D], with a slope where they meet."""
    return (points - others).square().sum(-1).add(1e-8).sqrt().mean()

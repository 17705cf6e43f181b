"""Conversations to learn from: examples to tensors, and the loss on them (paper section 3.3), aids included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BatchFeature

from unipose.model.processor import Message, UniPoseProcessor
from unipose.model.reveal import reveal
from unipose.model.unipose import UniPoseModel, UniPoseOutput
from unipose.training.mixture import Example, Mixture
from unipose.training.objective import Figures, Objective
from unipose.training.probes import Probes
from unipose.training.verdicts import Request, Verdicts

# Per label a pose is far harder to guess than a word and would drown the words, and it has its verdict besides.
POSE_WEIGHT, PROBE_WEIGHT, VERDICT_WEIGHT = 0.3, 0.5, 0.25
PROMPT_WEIGHT = 1.5  # of what prompts without an answer ask for
REVEALED = 0.25  # share of replies that show a part of their codes, for decoding in several passes


@dataclass(frozen=True)
class Lesson:
    """A forward pass and what to make of it.

    Attributes:
        inputs: of the model, labels included unless they are prompts without answers.
        truths, asked: see :meth:`unipose.training.probes.Probes.targets`; ``None`` without aids.
        request: see :meth:`unipose.training.verdicts.Verdicts.request`; ``None`` without aids.
    """

    inputs: BatchFeature
    truths: Tensor | None = None
    asked: Tensor | None = None
    request: Request | None = None

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Lesson:
        """The same on ``device``."""
        aids = [None if aid is None else aid.to(device) for aid in (self.truths, self.asked, self.request)]
        return Lesson(self.inputs.to(device), *aids)  # type: ignore[arg-type]  # each is what it was


class LanguageObjective(Objective):
    """The language model's loss, and with ``probes`` and ``verdicts`` theirs, over the lessons of one share.

    Args:
        model: parameters with ``requires_grad`` are trained.
        processor: makes its inputs.
        probes, verdicts: training aids; both or neither. Without them examples need not know what they claim.
    """

    def __init__(
        self,
        model: UniPoseModel,
        processor: UniPoseProcessor,
        probes: Probes | None = None,
        verdicts: Verdicts | None = None,
    ) -> None:
        super().__init__(model, probes)
        self._processor, self._probes, self._verdicts = processor, probes, verdicts
        self._states: dict[str, Tensor] = {}
        layers = model.language_model.layers
        layers[len(layers) // 2].register_forward_hook(self._keep_middle)
        model.language_model.register_forward_hook(self._keep_last)

    def _keep_middle(self, module: nn.Module, given: object, states: Tensor) -> None:
        if self.training:
            self._states["middle"] = states

    def _keep_last(self, module: nn.Module, given: object, output: Any) -> None:
        if self.training:
            self._states["last"] = output.last_hidden_state

    def lessons(self, mixture: Mixture, seed: int, step: int, share: int, shares: int) -> list[Lesson]:
        """One share of a step, a pure function of the numbers."""
        dice = torch.Generator().manual_seed(mixture.seed(seed, step, share, shares))
        return [self.lesson(examples, dice) for examples in mixture.share(seed, step, share, shares)]

    def lesson(self, examples: Sequence[Example], dice: torch.Generator) -> Lesson:
        """Examples as one forward pass, on the CPU; ``dice`` chooses the codes that are shown."""
        conversations = [example.messages() for example in examples]
        if conversations[0][-1]["role"] == "user":
            return self._prompts(examples, conversations)
        inputs = self._processor(conversations, training=True)
        ids, labels = inputs["input_ids"], inputs["labels"]
        inputs["known_codes"] = reveal(ids, labels, self._processor.vocabulary, REVEALED, dice)
        if self._probes is None or self._verdicts is None:
            return Lesson(inputs)
        return Lesson(inputs, *self._probes.targets(examples, conversations), self._verdicts.request(examples))

    def _prompts(self, examples: Sequence[Example], conversations: Sequence[Sequence[Message]]) -> Lesson:
        """Prompts up to begin-of-pose, where the model must have understood what they ask for."""
        inputs = self._processor(conversations)
        ids, real = inputs["input_ids"], inputs["attention_mask"]
        begin = ids.new_full((len(ids), 1), self._processor.vocabulary.begin)
        inputs["input_ids"] = torch.cat((ids, begin), dim=1)
        inputs["attention_mask"] = torch.cat((real, torch.ones_like(begin)), dim=1)
        return Lesson(inputs, asked=None if self._probes is None else self._probes.asked_of(examples))

    def forward(self, batch: Sequence[Lesson]) -> tuple[Tensor, Figures]:
        """Mean loss over the lessons; figures are its parts before they are weighed."""
        losses: list[Tensor] = []
        figures: dict[str, list[Tensor]] = defaultdict(list)
        for lesson in batch:
            loss, parts = self._learn(lesson)
            losses.append(loss)
            for name, value in parts.items():
                figures[name].append(value)
        return torch.stack(losses).mean(), {name: torch.stack(parts).mean() for name, parts in figures.items()}

    def _learn(self, lesson: Lesson) -> tuple[Tensor, Figures]:
        output: UniPoseOutput = self.model(**lesson.inputs, return_logits=False)
        states, self._states = self._states, {}
        if output.loss is None:
            return self._understand(states["middle"], lesson.asked)
        assert output.loss is not None and output.text_loss is not None and output.pose_loss is not None
        figures: Figures = {"text": output.text_loss, "pose": output.pose_loss}
        if self._probes is None or self._verdicts is None or lesson.request is None:
            return output.loss, figures
        ids = lesson.inputs["input_ids"]
        with torch.autocast(ids.device.type, enabled=False):  # geometry in bfloat16 is off by centimetres
            probed = self._probes(states["middle"], ids, lesson.truths, lesson.asked)
            missing, done = self._verdicts.loss(states["last"], ids, lesson.request)
        figures |= {"probes": probed.detach(), "missing": missing.detach(), "done": done}
        return output.loss + PROBE_WEIGHT * probed + VERDICT_WEIGHT * missing, figures

    def _understand(self, states: Tensor, asked: Tensor | None) -> tuple[Tensor, Figures]:
        if self._probes is None or asked is None:
            raise ValueError("prompts without answers teach nothing without probes; leave them out of the mixture")
        with torch.autocast(states.device.type, enabled=False):
            missed = self._probes.understanding(states[:, -1], asked)
        return PROMPT_WEIGHT * missed, {"prompts": missed.detach()}

    @torch.inference_mode()
    def held_out(self, examples: Sequence[Example], precise: bool) -> float:
        """Nats a label on examples nobody learns from, nothing shown of the answers."""
        inputs = self._processor([example.messages() for example in examples], training=True)
        device = self.model.device
        with torch.autocast(device.type, torch.bfloat16, enabled=not precise):
            return float(self.model(**inputs.to(device), return_logits=False).loss)

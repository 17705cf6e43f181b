"""What every table is made of: held-out poses, texts about them, the model's answers, and the judges."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from unipose.body.pose import Pose, face_forward
from unipose.chat import UniPose
from unipose.data.sources import PoseBank
from unipose.data.telling import Teller
from unipose.evaluation.metrics import Estimate
from unipose.language.captions import Caption
from unipose.language.changing.edits import EditWriter
from unipose.language.checking.checker import Checker
from unipose.language.items import Item
from unipose.language.measuring.registry import Registry
from unipose.language.reading.parser import Parser
from unipose.language.solving.solver import Solver
from unipose.language.writing.writer import Writer
from unipose.tasks import Content, task

Figures = dict[str, Estimate]
Table = dict[str, Figures]
"""Who answered, to figures by name."""

APART = 2
"""The tier of poses at least 5 cm apart: near twins could not be told from each other by anybody."""
_AT_ONCE = 1024


class Material:
    """A model, held-out poses, and the judges.

    Args:
        unipose: what is examined.
        held: poses of held-out people.
        taught: poses that baselines may learn from.
        count: examples a task, at most as many as there are held-out poses apart from each other.
        learnt: how many poses the baselines learn from.
        seed: of which poses, and of the texts about them.
    """

    def __init__(
        self, unipose: UniPose, held: PoseBank, taught: PoseBank, count: int, learnt: int = 4000, seed: int = 0
    ) -> None:
        self.unipose, self.seed = unipose, seed
        self.registry = Registry.load()
        self.writer = Writer(self.registry)
        self.teller = Teller(self.registry, self.writer)
        self.edits = EditWriter(self.writer)
        self.checker = Checker(self.registry)
        self.poses = _drawn(held, count, seed)
        self.taught = _drawn(taught, learnt, seed)

    @cached_property
    def parser(self) -> Parser:
        """Reads words."""
        return Parser.load()

    @cached_property
    def solver(self) -> Solver:
        """Finds poses."""
        return Solver.load()

    def ask(self, name: str, **given: Any) -> Content:
        """A task put as the model is used to; ``given`` as in :meth:`unipose.tasks.Task.ask`."""
        return task(name).ask(**given, manner=self.unipose.model.config.prompt_manner)

    # -- texts ----------------------------------------------------------------------------------------------------

    def prompts(self, rotations: Tensor, statements: int) -> list[Caption]:
        """Requests for poses [N, 22, 3, 3], of so many statements; fewer where no more can be said."""
        rng, truth = self.dice("prompts", statements), self.registry.truth(self.measure(rotations)).numpy()
        return [self.writer.caption(row, rng, count=statements, mood="mixed") for row in truth]

    def descriptions(self, rotations: Tensor, turn: int = 0) -> list[Caption]:
        """Descriptions of poses [N, 22, 3, 3]; another ``turn`` says other things in other words."""
        rng, seen = self.dice("descriptions", turn), self.teller.see(self.measure(rotations))
        return [self.teller.description(one, rng) for one in seen]

    def changes(self, before: Tensor, after: Tensor, told: bool, turn: int = 0) -> list[Caption]:
        """The change from poses to others, both [N, 22, 3, 3]: ``told`` as a comparison, else as an instruction."""
        rng = self.dice("comparisons" if told else "instructions", turn)
        write = self.edits.difference if told else self.edits.edit
        values = [self.measure(each) for each in (before, after)]
        truths = [self.registry.truth(each).numpy() for each in values]
        return [
            write(
                values[0][row].numpy(),
                truths[0][row],
                values[1][row].numpy(),
                truths[1][row],
                rng,
                rng.choice((1, 1, 2)),
            )
            for row in range(len(before))
        ]

    def dice(self, *what: object) -> random.Random:
        """Randomness of its own for each thing that is made."""
        return random.Random(f"{self.seed} {what}")

    # -- judging --------------------------------------------------------------------------------------------------

    def measure(self, rotations: Tensor) -> Tensor:
        """Poses [N, 22, 3, 3] to measures [N, M]."""
        return torch.cat([self.registry.measure_poses(part) for part in rotations.split(_AT_ONCE)])

    def holds(self, items: Sequence[Sequence[Item]], values: Tensor, before: Tensor | None = None) -> list[list[bool]]:
        """Verdicts on each row's items, by measures [N, M] of the poses and of those they started from."""
        starts = values if before is None else before
        return [self.checker.holds(row, *pair) for row, *pair in zip(items, values, starts, strict=True)]

    # -- the model ------------------------------------------------------------------------------------------------

    @torch.inference_mode()
    def codes(self, rotations: Tensor) -> list[list[int]]:
        """Poses [N, 22, 3, 3] to the codes the model reads."""
        return self.unipose.model.pose_tokenizer.encode(rotations.to(self.unipose.model.device)).tolist()

    @torch.inference_mode()
    def quantised(self, rotations: Tensor) -> Tensor:
        """Poses [N, 22, 3, 3] as the tokenizer can say them: the best that a model of codes could answer."""
        codes = torch.tensor(self.codes(rotations), device=self.unipose.model.device)
        return self.unipose.model.pose_tokenizer.decode(codes).cpu()


def poses_of(rotations: Tensor) -> list[Pose]:
    """Rotations [N, 22, 3, 3] to poses."""
    return [Pose.from_rotations(each) for each in rotations]


def _drawn(bank: PoseBank, count: int, seed: int) -> Tensor:
    """``count`` poses that are apart, facing +Z."""
    apart = bank.rotations[bank.tier <= APART]
    order = torch.randperm(len(apart), generator=torch.Generator().manual_seed(seed))
    return face_forward(apart[order[:count]])

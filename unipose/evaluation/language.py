"""The text and pose tasks on held-out people, judged by the registry: is what was asked, or said, true?

A text about a pose is a set of statements. For text to pose and for editing they are checked on the pose the model
makes; for pose to text the model's words are read back by the parser and checked on the pose it was shown. Beside
the model's single likeliest answer stand what a person is shown (after checking and drawing anew), what the true pose
gets (ceiling) and what the pose of somebody else gets (chance).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from unipose import tasks
from unipose.body.errors import mpjpe
from unipose.body.pose import Pose, face_forward
from unipose.body.skeleton import forward_kinematics
from unipose.chat import UniPose
from unipose.data.mixing import draw_groups, transplant_all
from unipose.data.sources import PoseBank
from unipose.evaluation import answers
from unipose.evaluation.metrics import Estimate, estimate, rates
from unipose.language.captions import Caption
from unipose.language.changing.edits import EditWriter
from unipose.language.checking.checker import Checker
from unipose.language.items import Item
from unipose.language.measuring.registry import Registry
from unipose.language.reading.parser import Parser
from unipose.language.writing.writer import Writer
from unipose.tasks import Content

Figures = dict[str, Estimate]


class Examination:
    """A model, held-out poses, and the judges.

    Args:
        unipose: what is examined.
        bank: poses of held-out people.
        count: examples a task, at most the size of the bank.
        seed: of which poses, and of the texts about them.
    """

    def __init__(self, unipose: UniPose, bank: PoseBank, count: int = 300, seed: int = 0) -> None:
        self.unipose, self.model, self.processor, self.seed = unipose, unipose.model, unipose.processor, seed
        self.registry = Registry.load()
        self.writer = Writer(self.registry)
        self.checker = Checker(self.registry)
        order = torch.randperm(len(bank), generator=torch.Generator().manual_seed(seed))
        self.poses = face_forward(bank.rotations[order[:count]])
        self.values = self._measure(self.poses)
        self.truth = self.registry.truth(self.values).numpy()

    @cached_property
    def parser(self) -> Parser:
        """Reads the model's words."""
        return Parser(self.registry, self.writer)

    def generate(self, statements: int) -> dict[str, Figures]:
        """Captions of ``statements`` statements to poses, greedily, in one pass."""
        rng = random.Random(self.seed)
        captions = [self.writer.caption(truth, rng, count=statements, mood="mixed") for truth in self.truth]
        rows = [row for row, caption in enumerate(captions) if len(caption.statements) == statements]
        asked = [captions[row].statements for row in rows]
        asks = [tasks.task("generate").ask(text=captions[row].text) for row in rows]
        made = answers.poses(self.model, self.processor, asks)
        shown = torch.stack([self.unipose.generate(captions[row].text).poses[0].rotations for row in rows])
        return {
            "model": rates(self._holds(asked, self._measure(made))),
            "shown": rates(self._holds(asked, self._measure(shown))),
            "ceiling": rates(self._holds(asked, self._measure(self._quantised(self.poses[rows])))),
            "chance": rates(self._holds(asked, self.values[rows].roll(1, 0))),
        }

    def describe(self) -> dict[str, Figures]:
        """Poses to words; what the words claim is checked on the pose as captured."""
        asks = [tasks.task("describe").ask(poses=[codes]) for codes in self._codes(self.poses).tolist()]
        shown = [self.unipose.describe(Pose.from_rotations(pose)).text for pose in self.poses]
        return self._spoken(asks, shown, self.values, None)

    def edit(self) -> dict[str, Figures]:
        """Poses and instructions to changed poses. ``kept`` is how far (mm) the joints of untouched parts moved."""
        before, after, groups = self._pairs()
        seen = self._measure(self._quantised(before))
        captions = self._differences(seen, self._measure(after), EditWriter(self.writer).edit)
        rows = [row for row, caption in enumerate(captions) if caption.statements]
        asked = [captions[row].statements for row in rows]
        codes = self._codes(before).tolist()
        asks = [tasks.task("edit").ask(text=captions[row].text, poses=[codes[row]]) for row in rows]
        made = answers.poses(self.model, self.processor, asks)
        edited = [self.unipose.edit(Pose.from_rotations(before[row]), captions[row].text).poses[0] for row in rows]
        shown = torch.stack([pose.rotations for pose in edited])
        model = rates(self._holds(asked, self._measure(made), seen[rows]))
        apart = [not set(groups[row]) & {"trunk", "lower body"} for row in rows]
        kept = [self._drift(made[at], before[row], after[row]) for at, row in enumerate(rows) if apart[at]]
        model["kept_mm"] = estimate([drift for drift in kept if drift is not None])
        done = self._measure(self._quantised(after[rows]))
        return {
            "model": model,
            "shown": rates(self._holds(asked, self._measure(shown), seen[rows])),
            "ceiling": rates(self._holds(asked, done, seen[rows])),
            "chance": rates(self._holds(asked, seen[rows], seen[rows])),
        }

    def compare(self) -> dict[str, Figures]:
        """Two poses to the difference in words; what they claim is checked on the poses as captured."""
        before, after, _ = self._pairs()
        pairs = zip(self._codes(before).tolist(), self._codes(after).tolist(), strict=True)
        asks = [tasks.task("compare").ask(poses=list(pair)) for pair in pairs]
        poses = ([Pose.from_rotations(pose) for pose in side] for side in (before, after))
        shown = [self.unipose.compare(*pair).text for pair in zip(*poses, strict=True)]
        return self._spoken(asks, shown, self._measure(after), self._measure(before))

    def _spoken(
        self, asks: Sequence[Content], shown: Sequence[str], values: Tensor, before: Tensor | None
    ) -> dict[str, Figures]:
        """Ask for words; check what they, and the words ``shown``, claim on the values [N, M] of the captured poses."""
        spoken = {"model": answers.texts(self.model, self.processor, asks), "shown": shown}
        found: dict[str, Figures] = {}
        for who, texts in spoken.items():
            parses = [self.parser.parse(text) for text in texts]
            found[who] = rates(self._holds([parse.items for parse in parses], values, before)) | {
                "said": estimate([float(len(parse.items)) for parse in parses]),
                "unread": estimate([float(bool(parse.unparsed)) for parse in parses]),
            }
            if who == "model":
                others = values.roll(1, 0), None if before is None else before.roll(1, 0)
                found["chance"] = rates(self._holds([parse.items for parse in parses], *others))
        return found

    # -- judging --------------------------------------------------------------------------------------------------

    def _measure(self, rotations: Tensor) -> Tensor:
        return self.registry.measure_poses(rotations)

    def _holds(self, items: Sequence[Sequence[Item]], values: Tensor, before: Tensor | None = None) -> list[list[bool]]:
        """Verdicts on each row's items, on measured values [N, M]."""
        starts = values if before is None else before
        return [self.checker.holds(row, *pair) for row, *pair in zip(items, values, starts, strict=True)]

    # -- making ---------------------------------------------------------------------------------------------------

    def _codes(self, rotations: Tensor) -> Tensor:
        return self.model.pose_tokenizer.encode(rotations)

    @torch.inference_mode()
    def _quantised(self, rotations: Tensor) -> Tensor:
        return self.model.pose_tokenizer.decode(self._codes(rotations))

    def _pairs(self) -> tuple[Tensor, Tensor, list[list[str]]]:
        """Each pose, the same with one or two parts of another person, and which parts."""
        rng = random.Random(self.seed + 1)
        groups = [sorted(set(draw_groups(rng, rng.choice((1, 1, 2))))) for _ in range(len(self.poses))]
        return self.poses, transplant_all(self.poses, self.poses.roll(7, 0), groups), groups

    def _differences(self, before: Tensor, after: Tensor, write: object) -> list[Caption]:
        rng = random.Random(self.seed + 2)
        truths = [self.registry.truth(values).numpy() for values in (before, after)]
        return [
            write(before[row].numpy(), truths[0][row], after[row].numpy(), truths[1][row], rng, rng.choice((1, 1, 2)))  # type: ignore[operator]
            for row in range(len(before))
        ]

    @staticmethod
    def _drift(made: Tensor, before: Tensor, after: Tensor) -> float | None:
        """Mean distance (mm) that joints moved which the true edit leaves where they were."""
        joints = forward_kinematics(torch.stack((made, before, after)))[0]
        still = (joints[1] - joints[2]).norm(dim=-1) < 1e-4
        return mpjpe(joints[0][still], joints[1][still]).item() if still.any() else None

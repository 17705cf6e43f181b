"""People in photos to learn to speak about: estimates, with hints and without, descriptions and comparisons.

Poses are photographed as :mod:`unipose.data.projected` imagines it, or come with a picture of their own from a folder
that :mod:`unipose.data.drawn` describes. Texts are about the quantised pose, as everywhere.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unipose import tasks
from unipose.body.pose import face_forward
from unipose.data.drawn import Drawn
from unipose.data.projected import Projected, project
from unipose.data.synthesis import NOTED, Synthesis
from unipose.data.wording import draw, draw_template
from unipose.language.captions import Caption
from unipose.language.items import noted, spell
from unipose.model.image import squared
from unipose.model.sight import Sight
from unipose.photos import open_photo

TASKS = {"estimate": 0.45, "estimate_hinted": 0.2, "describe_photo": 0.2, "compare_photos": 0.15}
"""Shares of the tasks."""
PICTURED = 0.6  # share of examples with pictures, where there are any
PICTURE_ALONE, KEYPOINTS_ALONE = 0.4, 0.2  # of the pictured; the rest have keypoints, too
HINTS = {1: 0.6, 2: 0.3, 3: 0.1}  # statements in a hint


@dataclass(frozen=True, eq=False)
class Shown:
    """A person in a photo: the file of the picture, keypoints, 3D landmarks; see :class:`unipose.model.sight.Sight`."""

    picture: Path | None = None
    keypoints: np.ndarray | None = None
    world: np.ndarray | None = None

    def sight(self) -> Sight:
        """With the picture opened."""
        picture = None if self.picture is None else squared(open_photo(self.picture))
        return Sight(picture, self.keypoints, self.world)


@dataclass(frozen=True)
class SightExample:
    """A question about one person in a photo, or two, and its answer.

    Attributes:
        task: of :data:`TASKS`.
        people: one, or two for a comparison.
        codes: of the pose of each of them.
        text: the hint or the answer's words; empty for a bare estimate.
        statements: see :class:`unipose.data.records.Record`.
        template: which of the task's ways of asking.
    """

    task: str
    people: tuple[Shown, ...]
    codes: tuple[tuple[int, ...], ...]
    text: str = ""
    statements: tuple[str, ...] = ()
    template: int = 0
    question_poses: tuple[tuple[int, ...], ...] = ()

    @property
    def answers_with_pose(self) -> bool:
        """Whether the answer is a pose."""
        return tasks.task(self.task).output == "pose"

    def messages(self) -> list[dict[str, Any]]:
        """Question and answer, for the processor."""
        task = tasks.task(self.task)
        asked = self.text if "text" in task.inputs else None
        ask = task.ask(text=asked, images=[one.sight() for one in self.people], template=self.template)
        given = {"poses": list(self.codes)} if self.answers_with_pose else {"text": self.text}
        return [{"role": "user", "content": ask}, {"role": "assistant", "content": task.answer(**given)}]


class Sights:
    """Photographs the poses of a synthesis and writes about them.

    Args:
        synthesis: gives poses and words.
        pictures: folder of pictures (:mod:`unipose.data.drawn`); None for keypoints alone.
        split: of the pictures.

    Raises:
        ValueError: when the folder holds no such pictures.
    """

    def __init__(self, synthesis: Synthesis, pictures: Path | None = None, split: str = "train") -> None:
        self._synthesis = synthesis
        self._album = None if pictures is None else Drawn.read(pictures, split)

    def batch(self, size: int, seed: int) -> list[SightExample]:
        """``size`` examples, a pure function of ``seed``."""
        rng, dice = random.Random(seed), torch.Generator().manual_seed(seed)
        examples: list[SightExample] = []
        while len(examples) < size:
            examples += self._example(draw(TASKS, rng), rng, dice)
        return examples

    def _example(self, task: str, rng: random.Random, dice: torch.Generator) -> list[SightExample]:
        people, rotations = self._people(1 + (task == "compare_photos"), rng, dice)
        codes, values = self._synthesis.quantise(face_forward(rotations))  # as the model is shown poses
        caption = self._caption(task, values, rng)
        if caption is None or (task != "estimate" and not caption.text):
            return []
        text = caption.text
        if task == "estimate_hinted" and rng.random() < NOTED:
            text = noted(text, caption.statements)
        told = tuple(map(spell, caption.statements)) if task != "compare_photos" else ()
        coded = tuple(tuple(row) for row in codes.tolist())
        return [SightExample(task, tuple(people), coded, text, told, draw_template(task, rng))]

    def _caption(self, task: str, values: Tensor, rng: random.Random) -> Caption | None:
        synthesis = self._synthesis
        if task == "estimate":
            return Caption("", ())
        if task == "compare_photos":
            first, second = values.numpy()
            truths = synthesis.registry.truth(values).numpy()
            return synthesis.edits.difference(first, truths[0], second, truths[1], rng, count=rng.choice((2, 3, 4)))
        seen = synthesis.teller.see(values)[0]
        if task == "describe_photo":
            return synthesis.teller.description(seen, rng)
        return synthesis.writer.caption(seen.truth, rng, count=draw(HINTS, rng), mood="mixed")

    def _people(self, count: int, rng: random.Random, dice: torch.Generator) -> tuple[list[Shown], Tensor]:
        if self._album is not None and rng.random() < PICTURED:
            return _drawn(self._album, count, rng, dice)
        if count == 1:
            rotations, _ = self._synthesis.poses(1, rng, dice)
        else:
            rotations = torch.cat(self._synthesis.pairs(1, rng, dice))
        found = project(rotations, dice)
        return shown(found), found.rotations


def shown(found: Projected) -> list[Shown]:
    """Detected people, without pictures."""
    worlds = [points.numpy() if lifted else None for points, lifted in zip(found.world, found.lifted, strict=True)]
    return [Shown(None, points.numpy(), world) for points, world in zip(found.keypoints, worlds, strict=True)]


def _drawn(album: Drawn, count: int, rng: random.Random, dice: torch.Generator) -> tuple[list[Shown], Tensor]:
    """So many people with their pictures, what a detector finds in them, and their poses [count, 22, 3, 3]."""
    chosen = album.at([rng.randrange(len(album)) for _ in range(count)])
    found, world, lifted = chosen.detect(dice)
    people = []
    for file, points, landmarks, three in zip(chosen.files, found, world, lifted.tolist(), strict=True):
        lot = rng.random()
        if KEYPOINTS_ALONE <= lot < KEYPOINTS_ALONE + PICTURE_ALONE:
            people.append(Shown(file))
        else:
            picture = None if lot < KEYPOINTS_ALONE else file
            people.append(Shown(picture, points.numpy(), landmarks.numpy() if three else None))
    return people, chosen.rotations

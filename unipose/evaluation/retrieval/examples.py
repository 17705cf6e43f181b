"""Poses and texts about them, and pairs of poses and texts about the change: what the evaluator learns from."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.postures import standing
from unipose.body.skeleton import mirror_rotations
from unipose.data.mixing import draw_groups, transplant_all
from unipose.language.changing.differences import FORMS
from unipose.language.changing.edits import PLAIN, EditWriter
from unipose.language.choosing.plan import Planner
from unipose.language.measuring.registry import Registry
from unipose.language.writing.describer import Describer
from unipose.language.writing.styles import REGISTERS
from unipose.language.writing.writer import Writer

# Shares: of captured poses that get limbs of others, of changes from standing, of texts in the plain register.
_MIXED, _FROM_STANDING, _PLAIN = 0.35, 0.15, 0.5
# How often a text is a gist, short, full (by level), or up to six statements in any mood (no level).
_LEVELS = {1: 0.3, 2: 0.3, 3: 0.1, None: 0.3}
_AT_ONCE = 2048


@dataclass(frozen=True, eq=False)
class Examples:
    """Texts and what they are about.

    Attributes:
        rotations: [N, P, 22, 3, 3], one pose or two a text.
        texts: N of them.
    """

    rotations: Tensor
    texts: list[str]

    def __len__(self) -> int:
        return len(self.texts)


class Storyteller:
    """Writes examples about given poses, their mirror images and mixtures.

    Args:
        rotations: [N, 22, 3, 3] captured poses.
        mixing: whether limbs are exchanged between poses; without, the poses are told as captured.
    """

    def __init__(self, rotations: Tensor, mixing: bool = True) -> None:
        registry = Registry.load()
        writer = Writer(registry)
        self._captured, self._mixing, self._registry, self._writer = rotations, mixing, registry, writer
        self._describer = Describer(writer, Planner(registry))
        self._edits = [EditWriter(writer, PLAIN), EditWriter(writer, FORMS)]

    def poses(self, count: int, seed: int) -> Examples:
        """``count`` texts, each about one pose."""
        rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
        rotations, texts = self._draw(count, generator, rng), []
        for part in rotations.split(_AT_ONCE):
            values = self._registry.measure_poses(part)
            measured = self._registry.margins(values)
            margins, truth = measured.numpy(), self._registry.decided(measured).numpy()
            for row in range(len(part)):
                level = rng.choices(list(_LEVELS), list(_LEVELS.values()))[0]
                if level is None:
                    caption = self._writer.caption(truth[row], rng, rng.randint(1, 6), "mixed")
                else:
                    register = "plain" if rng.random() < _PLAIN else rng.choice(REGISTERS)
                    caption = self._describer.describe(values[row], rng, level, register, margins=margins[row])
                texts.append(caption.text)
        return _told(rotations[:, None], texts)

    def pairs(self, count: int, seed: int) -> Examples:
        """``count`` texts, each about the change from one pose to another: told as instructions or as what differs."""
        rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
        before, donors = self._draw(count, generator, rng), self._draw(count, generator, rng)
        start = torch.tensor([rng.random() < _FROM_STANDING for _ in range(count)])[:, None, None, None]
        before = torch.where(start, standing().rotations, before)
        after = transplant_all(before, donors, [draw_groups(rng, rng.choice((1, 1, 2))) for _ in range(count)])
        texts: list[str] = []
        for pair in zip(before.split(_AT_ONCE), after.split(_AT_ONCE), strict=True):
            values = [self._registry.measure_poses(each) for each in pair]
            truths = [self._registry.truth(each).numpy() for each in values]
            for row in range(len(pair[0])):
                edits = rng.choice(self._edits)
                write = rng.choice((edits.edit, edits.difference))
                sides = values[0][row].numpy(), truths[0][row], values[1][row].numpy(), truths[1][row]
                texts.append(write(*sides, rng, rng.choice((1, 2, 3))).text)
        return _told(torch.stack((before, after), dim=1), texts)

    def _draw(self, count: int, generator: torch.Generator, rng: random.Random) -> Tensor:
        poses, donors = (
            face_forward(self._captured[torch.randint(len(self._captured), (count,), generator=generator)])
            for _ in range(2)
        )
        if not self._mixing:
            return poses
        flipped = (torch.rand(count, generator=generator) < 0.5)[:, None, None, None]
        poses = torch.where(flipped, mirror_rotations(poses), poses)
        groups = [draw_groups(rng, rng.choice((1, 1, 2))) if rng.random() < _MIXED else [] for _ in range(count)]
        return transplant_all(poses, donors, groups)


def _told(rotations: Tensor, texts: list[str]) -> Examples:
    """The examples about which there was something to say."""
    kept = [place for place, text in enumerate(texts) if text]
    return Examples(rotations[kept], [texts[place] for place in kept])

"""Records out of poses and language: captions, edits and comparisons written on the fly.

Every text is written about the *quantised* pose, the one its codes decode to, so the language model never has to
explain away what the tokenizer rounded off. A batch depends on its seed alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

import torch
from torch import Tensor

from unipose import tasks
from unipose.body.pose import face_forward
from unipose.body.postures import standing
from unipose.body.skeleton import mirror_rotations
from unipose.data.mixing import draw_groups, transplant_all
from unipose.data.named import NamedPoses
from unipose.data.records import Record
from unipose.data.sources import PoseBank
from unipose.data.telling import Seen, Teller
from unipose.data.wording import draw_template
from unipose.language.captions import Caption
from unipose.language.changing.edits import EditWriter
from unipose.language.items import noted, spell
from unipose.language.measuring.registry import Registry
from unipose.language.writing.writer import Writer
from unipose.model.pose_tokenizer import PoseTokenizer

# Shares of the poses a record is made of; the rest are captured poses as they are.
NAMED, MIXED, AT_REST = 0.2, 0.35, 0.05
# Shares of where an edit starts: from the pose the app starts from, and of pairs that follow each other in a recording.
FROM_STANDING, NEIGHBOURS = 0.2, 0.15
# Shares of the requests that come with what the parser reads in them, and of the claims that it finds.
NOTED, NOTICED = 0.7, 0.95
# How many changes a text tells. An order is short; a comparison of two must tell them from others.
CHANGES = {"edit": (1, 1, 1, 2, 2, 3), "compare": (1, 2, 2, 3, 3, 4)}
SINGLE = ("generate", "describe")


class Synthesis:
    """Writes records of any task about the poses of a bank.

    Args:
        bank: captured poses; mirrored ones are added.
        tokenizer: gives the codes.
        registry, writer: give the words.
        named: poses of the lexicon's entries (:mod:`unipose.data.named`); without them nothing is asked for by name.
    """

    def __init__(
        self,
        bank: PoseBank,
        tokenizer: PoseTokenizer,
        registry: Registry,
        writer: Writer,
        named: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.tokenizer, self.registry, self.writer = tokenizer, registry, writer
        self.edits, self.teller = EditWriter(writer), Teller(registry, writer)
        self.named = NamedPoses(named or {}, registry)
        self.captured = face_forward(torch.cat((bank.rotations, mirror_rotations(bank.rotations))))
        self.trial = torch.cat((bank.trial, bank.trial))
        truth = torch.cat([registry.truth(self.measure(part)) for part in self.captured.split(8192)])
        self.chances = rarity_weights(truth)

    @torch.inference_mode()
    def measure(self, rotations: Tensor) -> Tensor:
        """[B, 22, 3, 3] to measured values [B, M]."""
        return self.registry.measure_poses(rotations)

    @torch.inference_mode()
    def quantise(self, rotations: Tensor) -> tuple[Tensor, Tensor]:
        """[B, 22, 3, 3] to codes [B, T] and the values [B, M] of the poses they decode to."""
        codes = self.tokenizer.encode(rotations)
        return codes, self.measure(self.tokenizer.decode(codes))

    def batch(self, task: str, size: int, seed: int) -> list[Record]:
        """``size`` records of one task."""
        rng = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        make = self._single if task in SINGLE else self._pairs
        records: list[Record] = []
        while len(records) < size:
            records += make(task, size - len(records), rng, generator)
        return records

    # -- one pose -------------------------------------------------------------------------------------------------

    def _single(self, task: str, size: int, rng: random.Random, generator: torch.Generator) -> list[Record]:
        rotations, names = self.poses(size, rng, generator)
        codes, values = self.quantise(rotations)
        tell = self._request if task == "generate" else self._description
        captions = [tell(seen, name, rng) for seen, name in zip(self.teller.see(values), names, strict=True)]
        made = (self._record(task, caption, (codes[row],), rng) for row, caption in enumerate(captions))
        return [record for records in made for record in records]

    def requests(self, size: int, seed: int) -> list[Caption]:
        """At least ``size`` requests for poses, without the poses; nothing is quantised."""
        rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
        captions: list[Caption] = []
        while len(captions) < size:
            rotations, names = self.poses(size, rng, generator)
            seen = self.teller.see(self.measure(rotations))
            made = (self._request(one, name, rng) for one, name in zip(seen, names, strict=True))
            captions += [caption for caption in made if caption.text]
        return captions

    def _request(self, seen: Seen, name: str, rng: random.Random) -> Caption:
        if name and seen.truth[self.registry.index[name]] == 1:  # codes may have rounded a touch away
            return self.teller.by_name(name, seen, rng)
        return self.teller.request(seen, rng)

    def _description(self, seen: Seen, name: str, rng: random.Random) -> Caption:
        return self.teller.description(seen, rng)

    def poses(self, size: int, rng: random.Random, generator: torch.Generator) -> tuple[Tensor, list[str]]:
        """Poses [size, 22, 3, 3], and the name of each that came for its name, "" for others."""
        rotations, donors = self._draw(size, generator), self._draw(size, generator)
        groups = [draw_groups(rng, rng.choice((1, 1, 2))) if rng.random() < MIXED else [] for _ in range(size)]
        rest = torch.tensor([rng.random() < AT_REST for _ in range(size)])[:, None, None, None]
        rotations = transplant_all(torch.where(rest, standing().rotations, rotations), donors, groups)
        names = [self.named.draw_name(rng) if self.named and rng.random() < NAMED else "" for _ in range(size)]
        for row, name in enumerate(names):
            if name:
                rotations[row] = self.named.draw_pose(name, rng)
        return rotations, names

    def _draw(self, size: int, generator: torch.Generator) -> Tensor:
        return self.captured[torch.multinomial(self.chances, size, replacement=True, generator=generator)]

    # -- two poses ------------------------------------------------------------------------------------------------

    def _pairs(self, task: str, size: int, rng: random.Random, generator: torch.Generator) -> list[Record]:
        before, after = self.pairs(size, rng, generator)
        codes_a, values_a = self.quantise(before)
        codes_b, values_b = self.quantise(after)
        truth_a, truth_b = (self.registry.truth(values).numpy() for values in (values_a, values_b))
        write = self.edits.edit if task == "edit" else self.edits.difference
        records = []
        for row in range(size):
            pair = values_a[row].numpy(), truth_a[row], values_b[row].numpy(), truth_b[row]
            caption = write(*pair, rng, count=rng.choice(CHANGES[task]))
            records += self._record(task, caption, (codes_a[row], codes_b[row]), rng)
        return records

    def pairs(self, size: int, rng: random.Random, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Poses [size, 22, 3, 3] before and after a change of one or two groups of joints, or of a moment's motion."""
        (before, _), donors = self.poses(size, rng, generator), self._draw(size, generator)
        start = torch.tensor([rng.random() < FROM_STANDING for _ in range(size)])[:, None, None, None]
        before = torch.where(start, standing().rotations, before)
        after = transplant_all(before, donors, [draw_groups(rng, rng.choice((1, 1, 1, 2))) for _ in range(size)])
        first = torch.multinomial(self.chances, size, replacement=True, generator=generator)
        step = torch.randint(1, 6, (size,), generator=generator)
        second = (first + step).clamp(max=len(self.captured) - 1)
        moving = torch.tensor([rng.random() < NEIGHBOURS for _ in range(size)]) & (
            self.trial[first] == self.trial[second]
        )
        moving = moving[:, None, None, None]
        return (
            torch.where(moving, self.captured[first], before),
            torch.where(moving, self.captured[second], after),
        )

    def _record(
        self, task: str, caption: Caption | None, poses: tuple[Tensor, ...], rng: random.Random
    ) -> list[Record]:
        """The record, or none when there was nothing to say."""
        if caption is None or not caption.text:
            return []
        template = draw_template(task, rng)
        given = tasks.task(task).output == "pose"
        text = caption.text
        if given:
            noticed = [one for one in caption.statements if rng.random() < NOTICED] if rng.random() < NOTED else []
            text = noted(as_typed(text, rng), noticed)
        codes = tuple(tuple(pose.tolist()) for pose in poses)
        return [Record(task, text, codes, tuple(map(spell, caption.statements)), template)]


def as_typed(text: str, rng: random.Random) -> str:
    """The text as people type it: now and then without capitals or the last full stop."""
    if rng.random() < 0.3:
        text = text.rstrip(".")
    return text.lower() if rng.random() < 0.3 else text


def rarity_weights(truth: Tensor) -> Tensor:
    """Chances [N] to draw each pose, given which predicates [N, P] clearly hold (1).

    A pose weighs as much as its rarest true predicates: walking and salsa are most of the data and would otherwise be
    most of every batch.
    """
    true = (truth == 1).float()
    frequency = true.mean(0).clamp(min=1e-4)
    rarest = (true * frequency.rsqrt()).topk(3, dim=1).values.mean(1)
    return rarest / rarest.sum()

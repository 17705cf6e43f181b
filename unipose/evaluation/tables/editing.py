"""Editing: one instruction, and chains of four that must not undo each other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unipose.chat.ranking import Judge
from unipose.data.mixing import transplant
from unipose.evaluation import answers
from unipose.evaluation.metrics import estimate, fid, joint_errors, median, rates
from unipose.evaluation.retrieval import load
from unipose.evaluation.tables.baselines import TfIdf, mean_pose
from unipose.evaluation.tables.changes import drift, pairs
from unipose.evaluation.tables.material import Material, Table, poses_of
from unipose.language.changing.edits import EditWriter
from unipose.language.items import Item

CHAIN = 4
_PARTS = ("left arm", "right arm", "left leg", "right leg", "head")
_TRIES = 8


def editing(material: Material) -> Table:
    """Poses and instructions to changed poses.

    ``ceiling`` is the true result after the tokenizer, ``unchanged`` the codes handed back as they came,
    ``nearest caption`` the result of the training edit whose instruction is most alike, ``solver`` the pose language's
    own edit by what it reads. ``statements`` are the changes asked for, ``kept_mm`` how far joints moved that should
    have stayed.
    """
    both = pairs(material, material.poses)
    before, after = both.unbind(1)
    captions = material.changes(material.quantised(before), after, told=False)
    rows = [row for row, caption in enumerate(captions) if caption.statements]
    texts, asked = [captions[row].text for row in rows], [captions[row].statements for row in rows]
    before, after = before[rows], after[rows]
    seen = material.measure(material.quantised(before))
    learnt = pairs(material, material.taught)
    known = TfIdf([caption.text for caption in material.changes(learnt[:, 0], learnt[:, 1], told=False)])
    shown, seconds = _shown(material, before, texts)
    answered = {
        "model": _drafts(material, before, texts),
        "shown": shown,
        "ceiling": material.quantised(after),
        "unchanged": material.quantised(before),
        "nearest caption": learnt[known.nearest(texts), 1],
        "mean pose": mean_pose(material.taught).expand_as(before),
        "solver": _solved(material, before, texts),
    }
    judge = load("poses")
    table: Table = {}
    for who, poses in answered.items():
        with torch.inference_mode():
            spaces = judge.encode_poses(poses), judge.encode_poses(after)
        table[who] = rates(material.holds(asked, material.measure(poses), seen))
        table[who] |= joint_errors(poses, after) | {"fid": fid(*spaces)}
        table[who]["kept_mm"] = estimate(drift(poses, before, after))
    table["shown"]["ms_p50"] = median([1000 * each for each in seconds])
    return table


@dataclass(frozen=True, eq=False)
class Chain:
    """Edits one after the other: the pose they start from and one they may end with, what is said and claimed."""

    start: Tensor
    end: Tensor
    texts: tuple[str, ...]
    items: tuple[tuple[Item, ...], ...]


def chained(material: Material) -> Table:
    """Chains of four instructions, each about another part, each given to the result of the last.

    ``all`` is the share of chains after which all four hold, ``statements`` that of single ones.
    """
    chains = _chains(material)
    start, end = (torch.stack([getattr(chain, side) for chain in chains]) for side in ("start", "end"))
    asked = [[item for items in chain.items for item in items] for chain in chains]
    answered = {"model": start, "shown": start, "solver": start}
    steps = {"model": _drafts, "shown": lambda *ask: _shown(*ask)[0], "solver": _solved}
    for turn in range(CHAIN):
        texts = [chain.texts[turn] for chain in chains]
        answered = {who: steps[who](material, poses, texts) for who, poses in answered.items()}
    answered |= {"ceiling": material.quantised(end), "unchanged": start}
    return {who: rates(material.holds(asked, material.measure(poses))) for who, poses in answered.items()}


def _chains(material: Material) -> list[Chain]:
    rng = material.dice("chains")
    writer = EditWriter(material.writer, ("end_state",))
    found = (_chain(material, writer, row, rng) for row in range(len(material.poses)))
    return [chain for chain in found if chain is not None]


def _chain(material: Material, writer: EditWriter, row: int, rng: random.Random) -> Chain | None:
    """Limbs of other people one by one; none where that cannot be told in end states that hold to the end."""
    pose = material.poses[row]
    texts: list[str] = []
    claims: list[tuple[Item, ...]] = []
    for part in rng.sample(_PARTS, CHAIN):
        for _ in range(_TRIES):
            other = transplant(pose, material.poses[rng.randrange(len(material.poses))], [part])
            values = material.measure(torch.stack((pose, other)))
            truth = material.registry.truth(values).numpy()
            caption = writer.edit(values[0].numpy(), truth[0], values[1].numpy(), truth[1], rng, 1)
            earlier = [item for items in claims for item in items]
            plain = not any(material.checker.needs_before(item) for item in caption.statements)
            if caption.statements and plain and all(material.checker.holds(earlier, values[1])):
                pose = other
                texts.append(caption.text)
                claims.append(caption.statements)
                break
        else:
            return None
    return Chain(material.poses[row], pose, tuple(texts), tuple(claims))


def _drafts(material: Material, before: Tensor, texts: Sequence[str]) -> Tensor:
    judges = [Judge(text, pose) for text, pose in zip(texts, poses_of(before), strict=True)]
    shown = [material.unipose.as_shown(text, judge) for text, judge in zip(texts, judges, strict=True)]
    codes = material.codes(before)
    asks = [material.ask("edit", text=text, poses=[own]) for text, own in zip(shown, codes, strict=True)]
    return answers.poses(material.unipose.model, material.unipose.processor, asks)


def _shown(material: Material, before: Tensor, texts: Sequence[str]) -> tuple[Tensor, list[float]]:
    replies = [material.unipose.edit(pose, text) for pose, text in zip(poses_of(before), texts, strict=True)]
    return torch.stack([reply.poses[0].rotations for reply in replies]), [reply.seconds for reply in replies]


def _solved(material: Material, before: Tensor, texts: Sequence[str]) -> Tensor:
    return material.solver.solve([material.parser.parse(text).items for text in texts], before).rotations

"""Are instructions true, do they lead where they should, and does what nobody speaks of stay?"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import roma
import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.data.mixing import draw_groups, transplant_all
from unipose.evaluation.words.figures import Figure, share
from unipose.language.captions import Caption
from unipose.language.changing.differences import FORMS
from unipose.language.changing.edits import EditWriter
from unipose.language.changing.explaining import Explainer
from unipose.language.changing.orders import Editor
from unipose.language.checking.checker import Checker
from unipose.language.items import Item
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.solving.judge import Judge
from unipose.language.writing.writer import Writer

_CLAUSES = (1, 2, 3)  # of an instruction, drawn from
_SILENT = 3.0  # degrees: a joint that turned by less has not been moved


def pairs(rotations: Tensor, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Poses [N, 22, 3, 3], and each with one or two parts of another one: facing front, as people tell them."""
    rng = random.Random(seed)
    groups = [draw_groups(rng, rng.choice((1, 1, 2))) for _ in rotations]
    return face_forward(rotations), face_forward(transplant_all(rotations, rotations.roll(1, 0), groups))


def edits(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Instructions and comparisons between poses [N, 22, 3, 3] and changed ones, in every form; the instructions are
    carried out by the solver. A joint is unmentioned when no claim depends on it."""
    before, after = pairs(rotations, seed)
    registry = Registry.load()
    checker, values = Checker(registry), [registry.measure_poses(poses) for poses in (before, after)]
    told = {kind: _told(kind, values, seed) for kind in ("edit", "difference")}
    true = {
        kind: [
            held
            for row, one in enumerate(said)
            for held in checker.holds(one.statements, values[1][row], values[0][row])
        ]
        for kind, said in told.items()
    }
    rows = [row for row, one in enumerate(told["edit"]) if one.statements]
    orders = [told["edit"][row].statements for row in rows]
    done = Editor.load().apply(orders, before[rows], torch.Generator().manual_seed(seed))
    drift = drifts(orders, before[rows], done.rotations)
    return [
        share("spoken changes that are true", true["edit"], 0.97),
        share("spoken differences that are true", true["difference"], 0.97),
        share("instructions carried out in full", done.solved, 0.95),
        Figure("degrees that unmentioned joints turn", float(drift.mean()), len(drift), _SILENT, at_most=True),
        share("unmentioned joints that stay within 3 degrees", (drift <= _SILENT).tolist(), 0.95),
    ]


def replays(rotations: Tensor, seed: int = 0) -> list[Figure]:
    """Poses [N, 22, 3, 3] led by words alone to changed ones: measures of single joints that arrive within a sigma."""
    before, after = pairs(rotations, seed)
    registry = Registry.load()
    explainer = Explainer(EditWriter(Writer(registry), FORMS), Editor.load())
    explained = explainer.explain(before, after, random.Random(seed))
    checker, values = Checker(registry), [registry.measure_poses(poses) for poses in (before, after)]
    true = [
        held
        for row, one in enumerate(explained)
        for held in checker.holds(one.caption.statements, values[1][row], values[0][row])
    ]
    return [
        share("explained by words: measures within a sigma of the goal", [one.share for one in explained], 0.95),
        share("explained by words: pairs without a rest", [one.complete for one in explained]),
        share("explained by words: claims that are true", true, 0.97),
    ]


def drifts(orders: Sequence[Sequence[Item]], before: Tensor, after: Tensor) -> Tensor:
    """By how many degrees each joint turned that no item of its order speaks of, [K] over all of B orders."""
    judge = Judge(Registry.load(), read_data("solver.yaml"))
    turned = roma.rotmat_geodesic_distance(before, after) * (180 / math.pi)
    return turned[~judge.mentioned([tuple(items) for items in orders])]


def _told(kind: str, values: Sequence[Tensor], seed: int) -> list[Caption]:
    registry, rng = Registry.load(), random.Random(seed)
    writer = EditWriter(Writer(registry), FORMS)
    write = writer.edit if kind == "edit" else writer.difference
    (a, b), (true_a, true_b) = values, (registry.truth(each).numpy() for each in values)
    rows = zip(a.numpy(), true_a, b.numpy(), true_b, strict=True)
    return [write(*row, rng, rng.choice(_CLAUSES)) for row in rows]

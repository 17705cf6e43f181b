"""The lexicon: how many names, how many ways to say them, and whether varied poses of each can be had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.evaluation.words.described import measured
from unipose.evaluation.words.figures import Figure, share
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import Entry, load_lexicon
from unipose.language.measuring.registry import Registry
from unipose.language.solving.solver import Solver
from unipose.language.writing.patterns import alternatives

ENOUGH = 16  # varied poses an entry needs
APART = 0.05  # metres, root mean square over the joints
_NEAREST = 400  # poses among which varied starts are looked for
_BATCH = 8  # entries solved together


@dataclass(frozen=True, eq=False)
class Verified:
    """What was found for one entry, or for the left form of one with sides: rotations [N, 22, 3, 3].

    ``real`` are captured, ``solved`` the solver's; ``varied`` are those of both that differ from each other, up to
    ``ENOUGH``; ``tried`` is how often the solver tried.
    """

    entry: Entry
    real: Tensor
    solved: Tensor
    varied: Tensor
    tried: int


def names(captured: Tensor, entries: Sequence[Entry] | None = None, tries: int = 24) -> list[Figure]:
    """Count the entries (all when left out), their wordings, and those of which ``ENOUGH`` varied poses that are truly
    it were found: among captured ones [N, 22, 3, 3] and, where these are too few, ``tries`` of the solver."""
    entries = load_lexicon() if entries is None else entries
    ways = [ways_to_say(entry) for entry in entries]
    rare = [entry for entry, real in zip(entries, _captured(entries, captured), strict=True) if real < ENOUGH]
    solved = [len(each.varied) >= ENOUGH for each in verify(rare, captured, Solver.load(), tries)]
    found = [True] * (len(entries) - len(rare)) + solved
    return [
        Figure("named poses", len(entries), len(entries), 250),
        Figure("fewest ways to say one", min(ways), len(entries), 6),
        Figure("median of ways to say one", median(ways), len(entries)),
        share("named poses with near misses", [bool(entry.near) for entry in entries], 1.0),
        share(f"named poses with {ENOUGH} varied poses", found, 1.0),
    ]


def _captured(entries: Sequence[Entry], captured: Tensor) -> list[int]:
    """How many varied poses among captured ones and their mirror images are each entry, up to ``ENOUGH``."""
    poses = torch.cat([captured, mirror_rotations(captured)])
    held = Registry.load().holds(measured(poses), [entry.id.format(side="left") for entry in entries])
    return [len(varied(poses[each], ENOUGH)) for each in held.unbind(-1)]


def ways_to_say(entry: Entry) -> int:
    """How many different wordings an entry has, on one side."""
    return len(
        {reading for patterns in entry.say.values() for pattern in patterns for reading in alternatives(pattern)}
    )


def verify(entries: Sequence[Entry], captured: Tensor, solver: Solver, tries: int) -> Iterator[Verified]:
    """Find poses for entries. The solver starts from the captured poses that come nearest.

    Args:
        entries: what to verify.
        captured: [N, 22, 3, 3] real poses; their mirror images are used, too.
        solver: solves, and holds the registry.
        tries: how many poses to solve for each entry.

    Yields:
        What was found for each entry, in order.
    """
    registry = solver.registry
    poses = torch.cat([captured, mirror_rotations(captured)])
    values = measured(poses)
    for first in range(0, len(entries), _BATCH):
        batch = entries[first : first + _BATCH]
        names = [entry.id.format(side="left") for entry in batch]
        near = [shortfall(registry, name, values) for name in names]
        chosen = [each.topk(min(_NEAREST, len(poses)), largest=False).indices for each in near]
        starts = [varied(poses[each], tries) for each in chosen]
        problems = [[Statement(name)] for name, own in zip(names, starts, strict=True) for _ in own]
        answers = solver.refine(problems, torch.cat(starts)).rotations.split([len(own) for own in starts])
        for entry, name, answer in zip(batch, names, answers, strict=True):
            real = poses[registry.holds(values, [name])[:, 0]]
            solved = answer[registry.holds(registry.measure_poses(answer), [name])[:, 0]]
            yield Verified(entry, real, solved, varied(torch.cat([solved, real]), ENOUGH), len(answer))


def shortfall(registry: Registry, name: str, values: Tensor) -> Tensor:
    """By how much poses with measures [N, M] miss a predicate, summed over its parts: [N] sigmas, 0 when it holds."""
    predicate = registry[name]
    missing = torch.zeros(len(values))
    for interval in predicate.intervals:
        own = values[:, interval.measure]
        outside = (interval.lo - own).clamp_min(0) + (own - interval.hi).clamp_min(0)
        missing += outside / registry.sigma[interval.measure]
    margins = registry.margins(values, [registry.predicates[part.predicate] for part in predicate.all])
    signs = torch.tensor([-1.0 if part.negated else 1.0 for part in predicate.all])
    missing += (-margins * signs).clamp_min(0).sum(-1)
    if predicate.any:
        margins = registry.margins(values, [registry.predicates[part.predicate] for part in predicate.any])
        signs = torch.tensor([-1.0 if part.negated else 1.0 for part in predicate.any])
        missing += (-margins * signs).amin(-1).clamp_min(0)
    return missing


def varied(rotations: Tensor, enough: int) -> Tensor:
    """The first of [N, 22, 3, 3] that are ``APART`` from each other, whatever their heading; at most ``enough``."""
    joints = forward_kinematics(face_forward(rotations))[0]
    joints = joints - joints[:, :1]
    kept: list[int] = []
    for i in range(len(joints)):
        gaps = (joints[kept] - joints[i]).square().sum(-1).mean(-1).sqrt()
        if not kept or gaps.min() > APART:
            kept.append(i)
        if len(kept) == enough:
            break
    return rotations[kept]

"""Verify the lexicon: for every named pose, count the real poses that are it, and solve it from many starts.

    python tools/verify_lexicon.py --data DATA                   # all entries
    python tools/verify_lexicon.py --data DATA --fields yoga rest --ids desk_nap

prints one line per entry: how many captured poses are it, how many of the solver's are, and how many of both together
differ from each other by more than 5 cm (root mean square over the joints; counted up to 16). An entry needs 16; the
exit code is 1 when one has fewer. The solver starts from the captured poses that come nearest. Nothing is stored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from unipose.body.pose import face_forward
from unipose.body.skeleton import forward_kinematics, mirror_rotations
from unipose.data.sources import find_poses, load_poses
from unipose.language.items import Statement
from unipose.language.lexicon import Entry, load_lexicon
from unipose.language.registry import Registry
from unipose.language.solver import Solver

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


def verify(entries: Sequence[Entry], captured: Tensor, solver: Solver, tries: int) -> Iterator[Verified]:
    """Find poses for entries.

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
    values = torch.cat([registry.measure_poses(part) for part in poses.split(4096)])
    for first in range(0, len(entries), _BATCH):
        batch = entries[first : first + _BATCH]
        names = [entry.id.format(side="left") for entry in batch]
        near = [shortfall(registry, name, values).topk(_NEAREST, largest=False).indices for name in names]
        starts = [varied(poses[each], tries) for each in near]
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Count and solve poses for every entry of the lexicon.")
    parser.add_argument("--data", type=Path, help="folder with poses.npz and trials.json")
    parser.add_argument("--fields", nargs="*", help="files of the lexicon, such as yoga; all when left out")
    parser.add_argument("--ids", nargs="*", help="entries, without their side; all when left out")
    parser.add_argument("--tries", type=int, default=24, help="poses solved for each entry")
    options = parser.parse_args()

    entries = [
        entry
        for entry in load_lexicon()
        if not options.fields or entry.field in options.fields
        if not options.ids or entry.wording_id in options.ids
    ]
    captured = load_poses(find_poses(options.data), "train", shippable_only=False)
    diverse = captured.subset(captured.tier <= 2).rotations
    short: list[str] = []
    print(f"{'entry':34}{'field':14}{'real':>8}{'solved':>9}{'varied':>8}")
    for found in verify(entries, diverse, Solver.load(), options.tries):
        counts = f"{len(found.real):8}{f'{len(found.solved)}/{found.tried}':>9}{len(found.varied):8}"
        print(f"{found.entry.wording_id:34}{found.entry.field:14}{counts}", flush=True)
        if len(found.varied) < ENOUGH:
            short.append(found.entry.wording_id)
    print(f"{len(entries)} entries, {len(entries) - len(short)} with {ENOUGH} varied poses; too few: {short or 'none'}")
    sys.exit(bool(short))


if __name__ == "__main__":
    main()

"""Make the poses of the library that ships, by the solver alone: names of the lexicon, and plain poses.

    python -m tools.solve_library

writes ``unipose/library/poses.npz``; it takes ten minutes. No captured pose is looked at: the search starts from the
shipped prior. Kept are poses that are what they are called, the most natural first, at least 5 cm from each other. Run
it after entries of the lexicon, or of ``unipose/library/plain.yaml``, were added or changed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm.auto import tqdm

from unipose.body.limits import clamp
from unipose.body.packing import pack, unpack, write
from unipose.body.pose import face_forward
from unipose.evaluation.words.named_poses import shortfall, varied
from unipose.language.items import Statement
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.solving.solver import Solver
from unipose.library.shelves import plain_labels

FILE = Path(__file__).resolve().parents[1] / "unipose" / "library" / "poses.npz"
_BATCH, _TOGETHER = 4, 20  # names solved, and conjunctions refined, together
_DRAWN = 8192  # poses of the prior among which starts are looked for


def solved(names: Sequence[str], tries: int, most: int, seed: int) -> dict[str, Tensor]:
    """Poses of named predicates, solved from nothing: up to ``most`` [N, 22, 3, 3] of each, of ``tries``."""
    solver, dice = Solver.load(), torch.Generator().manual_seed(seed)
    kept = {}
    for first in tqdm(range(0, len(names), _BATCH)):
        batch = names[first : first + _BATCH]
        found = solver.solve([[Statement(name)] for name in batch for _ in range(tries)], generator=dice).rotations
        for name, poses in zip(batch, found.split(tries), strict=True):
            kept[name] = best(solver, [name], poses, most)
    return kept


def refined(wanted: Sequence[str], tries: int, most: int, seed: int) -> dict[str, Tensor]:
    """Poses of conjunctions (predicates with blanks between them), from those of the prior that come nearest.

    Many of these cannot be had, and to find out why, as solving does, takes long.
    """
    solver, dice = Solver.load(), torch.Generator().manual_seed(seed)
    drawn = clamp(solver.prior.sample(_DRAWN, dice))
    values = solver.registry.measure_poses(drawn)
    kept = {}
    for first in tqdm(range(0, len(wanted), _TOGETHER)):
        batch = [each.split() for each in wanted[first : first + _TOGETHER]]
        starts = []
        for names in batch:
            missing = torch.stack([shortfall(solver.registry, name, values) for name in names]).sum(0)
            starts.append(drawn[missing.topk(tries, largest=False).indices])
        problems = [[Statement(name) for name in names] for names in batch for _ in range(tries)]
        found = solver.refine(problems, torch.cat(starts)).rotations
        for names, poses in zip(batch, found.split(tries), strict=True):
            kept[" ".join(names)] = best(solver, names, poses, most)
    return kept


def best(solver: Solver, names: Sequence[str], poses: Tensor, most: int) -> Tensor:
    """The most natural of poses [N, 22, 3, 3] in which, once packed, all predicates hold."""
    poses = face_forward(unpack(pack(poses)))
    poses = poses[solver.registry.holds(solver.registry.measure_poses(poses), list(names)).all(-1)]
    return varied(poses[solver.prior.surprise(solver.prior.encode(poses)).argsort()], most)


def main() -> None:
    parser = argparse.ArgumentParser(description="Solve the poses of the library that ships.")
    parser.add_argument("--out", type=Path, default=FILE, help="where to write, .npz")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    left = {entry.id.format(side="left"): entry.id for entry in load_lexicon()}
    found = solved(list(left), tries=16, most=4, seed=options.seed)
    kept = {left[name]: poses for name, poses in found.items()}
    kept |= refined(list(plain_labels()), tries=8, most=2, seed=options.seed)
    write(kept, options.out)
    missing = [name for name, poses in kept.items() if not len(poses)]
    print(f"{sum(map(len, kept.values())):,} poses of {len(kept)} names, {options.out.stat().st_size:,} bytes")
    print(f"none found of: {', '.join(missing) or 'no name'}")


if __name__ == "__main__":
    main()

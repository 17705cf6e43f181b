"""Make poses for every named pose of the lexicon, to train on: captured ones that are it, and the solver's.

    python -m tools.solve_lexicon --data DATA --out named.npz

takes poses of the training people under shippable licences only. The solver starts from the captured poses that come
nearest. The file (see ``unipose.data.named``) is made from data that is not ours to pass on: it is not shipped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from unipose.data.sources import find_poses, load_poses
from unipose.evaluation.words.named_poses import varied, verify
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.solving.solver import Solver

_REAL = 400  # captured poses of an entry among which varied ones are looked for


def main() -> None:
    parser = argparse.ArgumentParser(description="Make poses for every named pose of the lexicon.")
    parser.add_argument("--data", type=Path, help="folder with poses.npz and trials.json")
    parser.add_argument("--out", type=Path, required=True, help="where to write, .npz")
    parser.add_argument("--tries", type=int, default=24, help="poses solved for each entry")
    parser.add_argument("--most", type=int, default=48, help="poses kept of each entry")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    dice = torch.Generator().manual_seed(options.seed)
    captured = load_poses(find_poses(options.data), "train")
    diverse = captured.subset(captured.tier <= 3).rotations
    entries = load_lexicon()
    kept: dict[str, np.ndarray] = {}
    for found in tqdm(verify(entries, diverse, Solver.load(), options.tries), total=len(entries)):
        real = found.real[torch.randperm(len(found.real), generator=dice)[:_REAL]]
        poses = varied(torch.cat([found.solved, real]), options.most)
        kept[found.entry.id] = poses.numpy().astype(np.float16)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(options.out, **kept)  # type: ignore[arg-type]  # numpy's stubs take its one named argument for an array
    print(f"{sum(map(len, kept.values())):,} poses of {len(kept)} names in '{options.out}'")


if __name__ == "__main__":
    main()

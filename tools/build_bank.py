"""Count how often the pose language's predicates hold, alone and in pairs, over real poses.

    python tools/build_bank.py --data DATA

writes ``unipose/language/bank.npz``, from which the writer knows what is usual and what is telling. Run it after
predicates were added or their thresholds moved. Only poses that may shape shipped files are counted, and only the
counts are kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from unipose.data.sources import find_poses, load_poses
from unipose.language.bank import Bank
from unipose.language.registry import Registry

BANK = Path(__file__).resolve().parents[1] / "unipose" / "language" / "bank.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description="Count how often the pose language's predicates hold.")
    parser.add_argument("--data", type=Path, help="folder with poses.npz and trials.json")
    poses = load_poses(find_poses(parser.parse_args().data), "train")
    diverse = poses.subset(poses.tier <= 2).rotations
    registry = Registry.load()
    truth = [registry.truth(registry.measure_poses(part)) for part in diverse.split(4096)]
    bank = Bank.count(registry, torch.cat(truth))
    bank.save(registry, BANK)
    print(f"{bank.poses} poses, {len(registry.predicates)} predicates: {BANK}")


if __name__ == "__main__":
    main()

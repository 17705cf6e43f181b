"""Note which of the pose language's predicates hold in many diverse real poses.

    python -m tools.build_bank --data DATA

writes ``unipose/language/bank.npz``, from which the writer knows what is usual and what is telling. Run it after
predicates were added or their thresholds moved; it takes half a minute. Only poses that may shape shipped files are
asked, those at least 5 cm apart, and only truth bits are kept.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from unipose.data.sources import find_poses, load_poses
from unipose.language.choosing.bank import Bank
from unipose.language.measuring.registry import Registry

BANK = Path(__file__).resolve().parents[1] / "unipose" / "language" / "bank.npz"
TIER = 2  # poses of this tier and below are at least 5 cm apart


def main() -> None:
    parser = argparse.ArgumentParser(description="Note which predicates of the pose language hold in real poses.")
    parser.add_argument("--data", type=Path, help="folder with poses.npz and trials.json")
    poses = load_poses(find_poses(parser.parse_args().data), "train")
    diverse = poses.subset(poses.tier <= TIER).rotations
    registry = Registry.load()
    holds = [registry.margins(registry.measure_poses(part)) >= 0 for part in diverse.split(2048)]
    bank = Bank.of(registry, torch.cat(holds))
    bank.save(registry, BANK)
    print(f"{bank.poses} poses, {len(registry.predicates)} predicates, {BANK.stat().st_size} bytes: {BANK}")


if __name__ == "__main__":
    main()

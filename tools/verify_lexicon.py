"""Verify the lexicon: for every named pose, count the real poses that are it, and solve it from many starts.

    python -m tools.verify_lexicon --data DATA                   # all entries
    python -m tools.verify_lexicon --data DATA --fields yoga rest --ids desk_nap

prints one line per entry: how many captured poses are it, how many of the solver's are, and how many of both together
differ from each other by more than 5 cm (root mean square over the joints; counted up to 16). An entry needs 16; the
exit code is 1 when one has fewer. The solver starts from the captured poses that come nearest. Nothing is stored.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from unipose.data.sources import find_poses, load_poses
from unipose.evaluation.words.named_poses import ENOUGH, verify
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.solving.solver import Solver


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

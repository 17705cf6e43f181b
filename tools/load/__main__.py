"""Put load on a running app, or on one started for it, and say what came of it.

    python -m tools.load --visitors 50            # at once; each must get its own pose
    python -m tools.load --turns 500              # in one conversation; memory
    python -m tools.load --sessions 2000          # opened and closed; memory

Figures are printed; the exit code is 1 when an answer was lost, somebody saw another's pose, or memory grew by more
than ``--growth``. Memory is measured only of an app that is started here (Linux).
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext

from tools.load.crowds import Outcome, crowd, many_sessions, many_turns
from tools.running import RunningApp
from tools.space.contents import ROOT


def main(arguments: list[str] | None = None) -> int:
    """Returns an exit code."""
    options = _parser().parse_args(arguments)
    # Programs may ask for more than a person can: all visitors here share one address.
    free = {"UNIPOSE_TURNS_PER_MINUTE": "0", "UNIPOSE_TURNS_PER_MINUTE_PER_ADDRESS": "0"}
    app = None if options.address else RunningApp(ROOT, variables=free)
    with app or nullcontext():
        address = options.address or app.address
        memory = app.memory if app else None
        outcomes: list[Outcome] = []
        if options.visitors:
            outcomes.append(crowd(address, options.visitors, print))
        if options.turns:
            outcomes.append(many_turns(address, options.turns, memory, options.growth, print))
        if options.sessions:
            outcomes.append(many_sessions(address, options.sessions, memory, options.growth, print))
    for outcome in outcomes:
        print(outcome)
    return 0 if outcomes and all(outcome.good for outcome in outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.load", description="Put load on the app.")
    parser.add_argument("--address", help="of a running app, such as http://127.0.0.1:7860; default: start one")
    parser.add_argument("--visitors", type=int, default=0, help="that chat at once")
    parser.add_argument("--turns", type=int, default=0, help="in one conversation")
    parser.add_argument("--sessions", type=int, default=0, help="opened and closed, each with one turn")
    parser.add_argument("--growth", type=float, default=0.1, help="of memory after the warm-up; 0.1 is a tenth")
    return parser


if __name__ == "__main__":
    sys.exit(main())

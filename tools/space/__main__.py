"""Put a Space together in build/space and try it in an environment of its own.

    python -m tools.space [--folder build/space] [--try build/space-env]

To try it is to install its requirements there, start ``app.py`` as a Space does, ask for a pose as a visitor does, and
stop it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.space.contents import ROOT, assemble
from tools.space.trial import attempt


def main(arguments: list[str] | None = None) -> int:
    """Returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.space", description="A hosted Space of the app.")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "space", help="emptied and made anew")
    parser.add_argument("--try", type=Path, dest="environment", help="virtual environment to make and start it in")
    options = parser.parse_args(arguments)
    sizes = assemble(options.folder)
    for name, size in sizes.items():
        print(f"{size / 1e6:9.2f} MB  {name}")
    whole = sum(size for name, size in sizes.items() if "/" not in name)
    print(f"{whole / 1e6:9.2f} MB  {options.folder}")
    if options.environment is not None:
        print(attempt(options.folder, options.environment))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Train the model that reads unknown wordings.

    python -m tools.train_reader

writes ``unipose/language/reader.npz``; some minutes on one core. Run it when many wordings were added. How well it
reads wordings that it has never seen: see ``unipose.evaluation.words.reading``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from unipose.language.measuring.registry import Registry
from unipose.language.reading.lessons import Lessons
from unipose.language.reading.teaching import teach
from unipose.language.writing.writer import Writer

OUTPUT = Path(__file__).resolve().parents[1] / "unipose" / "language" / "reader.npz"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--output", type=Path, default=OUTPUT)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    registry = Registry.load()
    reader = teach(Lessons(registry, Writer(registry)))
    reader.save(options.output)
    size = options.output.stat().st_size / 1e6
    print(f"{options.output}: {len(reader.claims)} claims, {size:.1f} MB")


if __name__ == "__main__":
    main()

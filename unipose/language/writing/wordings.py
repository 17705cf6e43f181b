"""Where wordings are kept: ``wordings/*.yaml``, one file a part of the body, and in the entries of the lexicon."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib import resources

from unipose.language.measuring import lexicon
from unipose.language.measuring.registry import read_data

Patterns = Mapping[str, Sequence[str]]  # kind of wording (act, state, be, tell, tag, read) to patterns


@functools.cache
def read_wordings() -> Mapping[str, Patterns]:
    """How predicates are said: their ids without the side to patterns (explained in ``wordings.yaml``).

    Raises:
        ValueError: two files have wordings of the same predicate.
    """
    folder = resources.files("unipose.language").joinpath("wordings")
    found: dict[str, Patterns] = {}
    for name in sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml")):
        _add(found, read_data(f"wordings/{name}") or {}, f"wordings/{name}")
    _add(found, lexicon.wordings(), "the lexicon")
    return found


def _add(found: dict[str, Patterns], more: Mapping[str, Patterns], where: str) -> None:
    twice = sorted(found.keys() & more.keys())
    if twice:
        raise ValueError(f"{where} has wordings of {twice}, which another file has too; keep each in one place")
    found.update(more)

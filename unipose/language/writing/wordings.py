"""Where wordings are kept: ``wordings/*.yaml``, one file a part of the body, and in the entries of the lexicon."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from unipose.language.measuring import lexicon
from unipose.language.measuring.registry import read_folder

Patterns = Mapping[str, Sequence[str]]  # kind of wording (act, state, be, tell, tag, read) to patterns


@functools.cache
def read_wordings() -> Mapping[str, Patterns]:
    """How predicates are said: their ids without the side to patterns (explained in ``wordings.yaml``).

    Raises:
        ValueError: two files, or a file and the lexicon, have wordings of the same predicate.
    """
    found: dict[str, Patterns] = read_folder("wordings")
    named = lexicon.wordings()
    if twice := sorted(found.keys() & named.keys()):
        raise ValueError(f"the lexicon has wordings of {twice}, which wordings/ has too; keep each in one place")
    return found | named

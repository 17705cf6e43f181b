"""Words of the records that are talk: patterns in data files, and draws from them and among ways of asking."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, TypeVar

import yaml

from unipose import tasks

Choice = TypeVar("Choice")

_INNERMOST = re.compile(r"\(([^()|]*\|[^()]*)\)")  # a bracket without alternatives is a bracket
_SLOT = re.compile(r"\{(\w+)\}")


@functools.cache
def read_talk(name: str) -> Any:
    """The parsed data file ``talk/<name>.yaml``. Shared: not to be changed."""
    text = resources.files("unipose.data").joinpath("talk", f"{name}.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def unfold(pattern: str, rng: random.Random, slots: Mapping[str, Sequence[str]] | None = None) -> str:
    """One reading of a pattern: an alternative of each ``(a|b)``, a word for each ``{slot}``.

    Args:
        pattern: as the data files in ``talk/`` explain.
        rng: draws.
        slots: the words of each slot; they may be patterns. A name that is none of them is left as it is.

    >>> unfold("(sit|sit down){please}", random.Random(1), {"please": [", please"]})
    'sit, please'
    """
    words = slots or {}
    pattern = _SLOT.sub(lambda slot: rng.choice(words[slot[1]]) if slot[1] in words else slot[0], pattern)
    while (inner := _INNERMOST.search(pattern)) is not None:
        pattern = pattern[: inner.start()] + rng.choice(inner[1].split("|")) + pattern[inner.end() :]
    return " ".join(pattern.replace(" ,", ",").split())


def sentence(text: str) -> str:
    """The text with a capital letter at its start."""
    return text[:1].upper() + text[1:]


def draw(shares: Mapping[Choice, float], rng: random.Random) -> Choice:
    """One of several, by their shares."""
    return rng.choices(list(shares), list(shares.values()))[0]


def draw_template(task: str, rng: random.Random) -> int:
    """A way of asking: the canonical one half of the time, since the app asks with it, or else any."""
    return 0 if rng.random() < 0.5 else rng.randrange(len(tasks.task(task).asks))

"""The lexicon: named poses, gestures, actions and situations, each a conjunction of predicates and intervals.

The entries live in ``lexicon/*.yaml``, one file a field of life, and need no programming to extend. To the registry
an entry is one more predicate (region "name"), so names are said, read, checked and solved like everything else.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

_KEYS = {"id", "all", "any", "within", "covers", "say", "near"}


@dataclass(frozen=True)
class Entry:
    """A named pose as the data file has it.

    Attributes:
        id: the predicate, with ``{side}`` in it where it has a left and a right form.
        field: where in life it belongs (the name of its file).
        say: how it is said, by kind of wording, in the patterns of ``wordings.yaml``.
        near: the parts of the conjunction whose failure makes a near miss, each with what that is then.
        rule: the conjunction, in the keys of ``registry.yaml`` plus ``within`` (measure: [lo, hi]).
    """

    id: str
    field: str
    say: Mapping[str, Sequence[str]]
    near: Mapping[str, str]
    rule: Mapping[str, Any]

    @property
    def wording_id(self) -> str:
        """The name under which its wordings are kept: its id without the side."""
        return self.id.replace("{side}_", "")


@functools.cache
def load_lexicon() -> tuple[Entry, ...]:
    """Every entry of the shipped lexicon, file by file.

    Raises:
        ValueError: an entry has unknown keys, or says nothing.
    """
    folder = resources.files("unipose.language").joinpath("lexicon")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    return tuple(
        entry for each in files for entry in _entries(each.name.removesuffix(".yaml"), each.read_text("utf-8"))
    )


def _entries(field: str, text: str) -> Iterable[Entry]:
    for raw in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or ():
        unknown = set(raw) - _KEYS
        if unknown or not raw.get("id") or not raw.get("say"):
            raise ValueError(
                f"lexicon/{field}.yaml, {raw.get('id', raw)}: an entry has an id, say and a rule "
                f"({sorted(_KEYS)}); unknown here: {sorted(unknown)}"
            )
        rule = {key: raw[key] for key in ("all", "any", "within", "covers") if key in raw}
        yield Entry(raw["id"], field, raw["say"], raw.get("near") or {}, rule)


def predicates() -> Iterable[dict[str, Any]]:
    """The entries as predicates of ``registry.yaml``."""
    return ({"id": entry.id, "region": "name", **entry.rule} for entry in load_lexicon())


def wordings() -> dict[str, Mapping[str, Sequence[str]]]:
    """How the entries are said, as in ``wordings.yaml``."""
    return {entry.wording_id: entry.say for entry in load_lexicon()}

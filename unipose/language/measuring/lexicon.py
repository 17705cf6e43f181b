"""The lexicon: named poses, gestures, actions and situations, each a conjunction of predicates and intervals.

The entries live in ``lexicon/*.yaml``, one file a field of life, and need no programming to extend. To the registry
an entry is one more predicate (region "name"), so names are said, read, checked and solved like everything else.

An entry with ``{side}`` in its id has a left and a right form, and a third that leaves the side open: ``left_tree``
is "the tree pose on the left leg", ``either_tree`` "the tree pose". Its wordings are told apart by whether they
mention a side.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from unipose.language.writing.patterns import alternatives

_KEYS = {"id", "all", "any", "within", "covers", "say", "near"}
_SIDED = ("{side}", "{other}", "@")  # what a wording that mentions a side has in it


@dataclass(frozen=True)
class Entry:
    """A named pose as the data file has it.

    Attributes:
        id: the predicate, with ``{side}`` in it where it has a left and a right form.
        field: where in life it belongs (the name of its file).
        say: how it is said, by kind of wording, in the patterns of ``wordings.yaml``.
        near: the parts of the rule whose failure makes a near miss, each with what that is then.
        rule: the conjunction, in the keys of ``registry.yaml`` plus ``within`` (measure: [lo, hi]; ``both_...`` stands
            for the left and the right one).
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

    @property
    def either(self) -> str:
        """The predicate that leaves the side open; empty where there are no sides, or no wordings without one."""
        return f"either_{self.wording_id}" if self._said(sided=False) and "{side}" in self.id else ""

    def predicates(self) -> Iterable[dict[str, Any]]:
        """The entry as predicates of ``registry.yaml``."""
        name = {"region": "name", "field": self.field}
        if not self.either:
            yield {"id": self.id, **name, **self.rule}
            return
        yield {"id": self.id, **name, **self.rule, "covers": [*self.rule.get("covers", ()), self.either]}
        yield {"id": self.either, **name, "any": [self.id.format(side=side) for side in ("left", "right")]}

    def wordings(self) -> Iterable[tuple[str, Mapping[str, Sequence[str]]]]:
        """The name of each of its predicates in ``wordings.yaml``, with the patterns."""
        if not self.either:
            yield self.wording_id, self.say
            return
        yield self.wording_id, self._said(sided=True)
        yield self.either, self._said(sided=False)

    def _said(self, sided: bool) -> dict[str, list[str]]:
        """The readings that do, or do not, mention a side, one pattern for each that was written."""
        found: dict[str, list[str]] = {}
        for kind, patterns in self.say.items():
            for pattern in patterns:
                readings = [r for r in alternatives(pattern) if any(mark in r for mark in _SIDED) == sided]
                if readings:
                    found.setdefault(kind, []).append(f"({'|'.join(readings)})")
        return found


@functools.cache
def load_lexicon() -> tuple[Entry, ...]:
    """Every entry of the shipped lexicon, file by file.

    Raises:
        ValueError: an entry has unknown keys, or says nothing.
    """
    folder = resources.files("unipose.language").joinpath("lexicon")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".yaml")), key=lambda each: each.name)
    return tuple(
        entry for each in files for entry in read_entries(each.name.removesuffix(".yaml"), each.read_text("utf-8"))
    )


def read_entries(field: str, text: str) -> Iterable[Entry]:
    """The entries of one file.

    Raises:
        ValueError: an entry has unknown keys, or says nothing.
    """
    for raw in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or ():
        unknown = set(raw) - _KEYS
        if unknown or not raw.get("id") or not raw.get("say"):
            raise ValueError(
                f"lexicon/{field}.yaml, {raw.get('id', raw)}: an entry has an id, say and a rule "
                f"({sorted(_KEYS)}); unknown here: {sorted(unknown)}"
            )
        rule = {key: raw[key] for key in ("all", "any", "covers") if key in raw}
        rule["within"] = dict(each_side(raw.get("within") or {}))
        yield Entry(raw["id"], field, raw["say"], raw.get("near") or {}, rule)


def each_side(within: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for measure, edges in within.items():
        name = measure.removeprefix("both_")
        yield from ((full, edges) for full in ((measure,) if name == measure else (f"left_{name}", f"right_{name}")))


def predicates() -> Iterable[dict[str, Any]]:
    """The entries as predicates of ``registry.yaml``."""
    return (predicate for entry in load_lexicon() for predicate in entry.predicates())


def wordings() -> dict[str, Mapping[str, Sequence[str]]]:
    """How the entries are said, as in ``wordings.yaml``."""
    return {name: patterns for entry in load_lexicon() for name, patterns in entry.wordings()}

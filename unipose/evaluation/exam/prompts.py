"""Requests written by hand, and their marking by the checker.

A file is a list of ``{text, facts}``. A fact is a list of items, spelt as :mod:`unipose.language.items` spells them or
"measure = centre"; it holds when any of them does, and a prompt is satisfied when all of its facts hold. A file of
names is a list of ``{text, name}`` with a predicate of the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from unipose.language.checking.checker import Checker
from unipose.language.items import Amount, Item, unspell
from unipose.language.measuring.registry import Registry

ABOUT = 2.0
"""How many sigmas a measure may be from a centre that was asked for: twice what a careful observer just notices."""


@dataclass(frozen=True)
class Prompt:
    """A request and what a pose must be: of each fact, any of its items."""

    text: str
    facts: tuple[tuple[Item, ...], ...]


def read_prompts(path: Path) -> list[Prompt]:
    """The prompts of a file of ``{text, facts}`` or ``{text, name}``.

    Raises:
        ValueError: the file is no list of those, or an item is none of the pose language or needs two poses.
    """
    registry = Registry.load()
    checker = Checker(registry)
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"'{path}': expected a list of prompts, found {type(entries).__name__}")
    found = []
    for entry in entries:
        facts = _facts(entry, path)
        items = tuple(tuple(_item(spelt, registry) for spelt in fact) for fact in facts)
        if two := [item for fact in items for item in fact if checker.needs_before(item)]:
            raise ValueError(f"'{path}', {entry['text']!r}: {two[0]} compares two poses; a request has one")
        checker.margins([item for fact in items for item in fact], registry.sigma)  # names all of them or raises
        found.append(Prompt(entry["text"], items))
    return found


def shipped() -> dict[str, Path]:
    """The exams of this package that are there: a title to its file."""
    titles = {
        "prompts.yaml": "everyday prompts",
        "paraphrases.yaml": "names in unseen words",
        "newer_paraphrases.yaml": "names in words not looked at",
    }
    folder = Path(str(resources.files("unipose.evaluation.exam")))
    return {title: folder / name for name, title in titles.items() if (folder / name).is_file()}


def marks(prompts: Sequence[Prompt], values: Tensor) -> list[list[bool]]:
    """Which facts of each of N prompts hold, by the measures [N, M] of the poses made for them."""
    checker = Checker(Registry.load())
    return [
        [any(checker.holds(fact, row)) for fact in prompt.facts] for prompt, row in zip(prompts, values, strict=True)
    ]


def _facts(entry: Any, path: Path) -> Sequence[Sequence[str]]:
    keys = set(entry) if isinstance(entry, dict) else set()
    if keys == {"text", "name"}:
        return [[entry["name"]]]
    if keys != {"text", "facts"} or not entry["facts"] or not all(entry["facts"]):
        raise ValueError(f"'{path}': an entry has text and facts, or text and name, none empty; found {entry!r}")
    return entry["facts"]


def _item(spelt: str, registry: Registry) -> Item:
    words = spelt.split()
    if len(words) != 3 or words[1] != "=":
        return unspell(spelt)
    if words[0] not in registry.measure_index:
        raise ValueError(f"unknown measure in {spelt!r}; Registry.measures lists the known ones")
    reach = ABOUT * registry.measures[registry.measure_index[words[0]]].sigma
    return Amount(words[0], float(words[2]) - reach, float(words[2]) + reach)

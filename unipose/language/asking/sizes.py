"""Questions for how much of something there is, by composition: a part of the body, a side, a word for what is measured
of it, and words that only ask, in any order ("report the left elbow flexion", "how far off the ground is his head").

The words are data (``sizes`` in ``questions.yaml``). Words that are not among them make a text none of these questions,
so that what orders more of something ("give me more knee flexion") is never taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SIDES = ("left", "right")


@dataclass(frozen=True)
class Size:
    """A size that is asked for: its measure, with ``{side}`` where it has two sides, and the side that was named."""

    measure: str
    side: str = ""


@dataclass(frozen=True)
class _Group:
    """What is measured of a part: words in which it is named, moved ("twist") and told ("twisted")."""

    nouns: Sequence[str]
    moves: Sequence[str]
    said: Sequence[str]


class Sizes:
    """Finds what size a question asks for.

    Args:
        data: the parsed ``questions.yaml``.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        sizes = data["sizes"]
        self._wanted = re.compile(sizes["wanted"])
        self._empty = frozenset((*sizes["empty"], *sizes["degrees"]))
        self._degrees = "|".join(sizes["degrees"])
        self._groups = {
            name: _Group(words.get("nouns", ()), words.get("moves", ()), words.get("said", ()))
            for name, words in sizes["words"].items()
        }
        self._parts: Mapping[str, Mapping[str, str]] = sizes["parts"]
        self._one = {data["parts"].get(part, {}).get("many", part): part for part in self._parts}
        self._one |= {part: part for part in self._parts}

    def words(self) -> set[str]:
        """All words of these questions, which are spelt right."""
        groups = self._groups.values()
        said = (word for one in groups for words in (one.nouns, one.moves, one.said) for word in words)
        return {one for words in (*said, *self._one, *self._empty) for one in words.split()}

    def wanted(self, text: str) -> str:
        """What a text in lower case wants to be told ("report the trunk angle": the angle); empty where it orders no
        telling.
        """
        found = self._wanted.match(text)
        return text[found.end() :] if found else ""

    def read(self, normal: str, wanted: bool) -> Size | None:
        """The size that is asked for; ``None`` where none is, or more is said than that.

        Args:
            normal: the question in plain words (:meth:`Patterns.normal`).
            wanted: whether it is to be told even if nothing in it asks.
        """
        words = normal.split()
        parts = [word for word in words if word in self._one]
        sides = {word for word in words if word in _SIDES}
        if len(parts) != 1 or len(sides) > 1:
            return None
        rest = " ".join(word for word in words if word not in _SIDES and word != parts[0])
        for name, measure in self._parts[self._one[parts[0]]].items():
            if self._asks(rest, self._groups[name], wanted):
                return Size(measure, next(iter(sides), "") if "{side}" in measure else "")
        return None

    def _asks(self, rest: str, group: _Group, wanted: bool) -> bool:
        """Whether the words around a part ask for what a group of words names, and nothing else."""
        nouns, left = _without(rest, group.nouns)
        moves, left = _without(left, group.moves)
        said, left = _without(left, group.said)
        if not (nouns or moves or said) or any(word not in self._empty for word in left.split()):
            return False
        said_of = "|".join(map(re.escape, (*group.nouns, *group.moves, *group.said)))
        if re.match(rf"(?:by |to |at )?how (?:{self._degrees}|{said_of})\b", rest):
            return True
        return nouns and wanted or (nouns or moves) and "what" in left.split()


def _without(text: str, words: Sequence[str]) -> tuple[bool, str]:
    """Whether any of some words are in a text, and what else is."""
    if not words:
        return False, text
    longest_first = sorted(words, key=len, reverse=True)
    left, count = re.subn(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", " ", text)
    return count > 0, " ".join(left.split())

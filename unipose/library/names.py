"""What poses are called, and how well a text names them: by their words, also misspelt ones and ones half typed."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from unipose.language.measuring.lexicon import Entry
from unipose.language.writing.patterns import alternatives

_WORD = re.compile(r"[a-z0-9]+")
_MARKS = re.compile(r"[@~]|\{\w+\}")
_EMPTY = re.compile(  # words that tell nothing of a pose
    "an?|the|of|to|in|on|at|with|and|or|for|by|from|as|is|are|be|his|her|their|your|my|one|its?|do|does|person|someone|"
    "somebody|man|woman|pose|like|left|right"
)
_TYPED = 3  # letters that stand for the words they begin
_ASIDE = 0.8  # what a word counts by which something may be found, but which is not in its name
_SPELT = 0.78  # how alike a misspelt word and the one meant are


@dataclass(frozen=True)
class Label:
    """A name that poses share.

    Attributes:
        name: as it is shown.
        words: all by which it may be found.
        entry: ``Entry.wording_id`` of the lexicon; empty for other poses.
        sided: whether the poses are the left form of it, so that their mirror images are the right one.
    """

    name: str
    words: frozenset[str]
    entry: str = ""
    sided: bool = False

    def told(self, mirrored: bool) -> str:
        """The name of a pose or of its mirror image."""
        return f"{self.name}, {'right' if mirrored else 'left'}" if self.sided else self.name


def called(name: str, *more: str, sided: bool = False) -> Label:
    """A label of a name, found also by the words of ``more``."""
    return Label(name, frozenset(words(" ".join((name, *more)))), sided=sided)


def of_entry(entry: Entry) -> Label:
    """The label of a lexicon entry, found by all that is said of it and by its field."""
    name = entry.wording_id.replace("_", " ")
    said = [each for patterns in entry.say.values() for pattern in patterns for each in alternatives(pattern)]
    found = frozenset(words(" ".join((name, entry.field.replace("_", " "), *(_MARKS.sub(" ", each) for each in said)))))
    return Label(name[:1].upper() + name[1:], found, entry.wording_id, "{side}" in entry.id)


def words(text: str) -> list[str]:
    """The telling words of a text, without the endings that make no difference."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if not _EMPTY.fullmatch(word)]


class Index:
    """Labels by their words; a word that few labels have counts for more.

    Args:
        labels: each counts once.
    """

    def __init__(self, labels: Iterable[Label]) -> None:
        self._holders: dict[str, set[Label]] = defaultdict(set)
        every = set(labels)
        self._name = {label: frozenset(words(label.name)) for label in every}
        for label in every:
            for word in label.words:
                self._holders[word].add(label)
        self._many = len(every)
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._holders):
            self._by_letter[word[0]].append(word)

    def matches(self, text: str) -> Mapping[Label, float]:
        """How much of a text each label has, 0 to 1, where it has any; the words count as they are rare."""
        asked = list(dict.fromkeys(words(text)))
        shares: dict[Label, float] = defaultdict(float)
        total = 0.0
        for place, word in enumerate(asked):
            meant = self._meant(word, last=place == len(asked) - 1)
            worth = max((self._worth(each) for each in meant), default=math.log(1.0 + self._many))
            total += worth
            for label, sure in self._having(meant).items():
                shares[label] += worth * sure
        return {label: share / total for label, share in shares.items()}

    def _having(self, meant: Mapping[str, float]) -> Mapping[Label, float]:
        found: dict[Label, float] = {}
        for word, sure in meant.items():
            for label in self._holders[word]:
                worth = sure if word in self._name[label] else _ASIDE * sure
                found[label] = max(worth, found.get(label, 0.0))
        return found

    def _worth(self, word: str) -> float:
        return math.log(1.0 + self._many / len(self._holders[word]))

    def _meant(self, word: str, last: bool) -> Mapping[str, float]:
        """Known words that a typed one stands for, and how surely."""
        if word in self._holders:
            return {word: 1.0}
        near = self._by_letter.get(word[0], [])
        begun = {each: 0.9 for each in near if each.startswith(word)} if last and len(word) >= _TYPED else {}
        if begun or len(word) <= _TYPED:
            return begun
        alike = {each: SequenceMatcher(None, word, each).ratio() for each in near if abs(len(each) - len(word)) <= 2}
        return {each: share for each, share in alike.items() if share >= _SPELT}


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            bare = word[: -len(ending)]
            return bare[:-1] if ending in ("ing", "ed") and bare[-1] == bare[-2] and bare[-1] not in "ls" else bare
    return word[:-1] if word.endswith("e") and len(word) > 3 else word

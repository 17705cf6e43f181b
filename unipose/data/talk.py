"""Talk without a pose: help, small talk, what has nothing to do with poses, and what cannot be shown.

Questions and answers are patterns in ``talk/help.yaml``, ``talk/small_talk.yaml`` and ``talk/refusals.yaml``.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unipose.data.records import Record
from unipose.data.wording import read_talk, sentence, unfold

FILES = ("help", "small_talk", "refusals")
HELD_OUT = 10  # one pattern in so many is only for evaluation
_CASUAL = 0.35  # share of questions typed without capitals, and without the last mark


@dataclass(frozen=True)
class Family:
    """Questions that have the same answers.

    Attributes:
        name: as in the data file.
        file: which of ``FILES`` it is from.
        asks, answers: patterns.
        slots: the words of the slots in ``asks``.
    """

    name: str
    file: str
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    slots: Mapping[str, Sequence[str]]


class Talk:
    """Records of the task ``chat``.

    Args:
        held_out: whether to ask with the patterns that are never trained on, and only with those.
        files: which of ``FILES`` to draw from.
    """

    def __init__(self, held_out: bool = False, files: Sequence[str] = FILES) -> None:
        self._asks = [(family, ask) for family in families(files) for ask in family.asks if kept_back(ask) == held_out]

    def batch(self, size: int, seed: int) -> list[Record]:
        """``size`` records; each file is as likely as any other pattern for pattern."""
        rng = random.Random(seed)
        return [self.draw(rng) for _ in range(size)]

    def draw(self, rng: random.Random, history: tuple[Record, ...] = ()) -> Record:
        """One record, as the next turn of a conversation."""
        family, pattern = rng.choice(self._asks)
        question = sentence(unfold(pattern, rng, family.slots))
        if rng.random() < _CASUAL:
            question = question.lower().rstrip("?!.") or question
        return Record("chat", question, (), answer=unfold(rng.choice(family.answers), rng), history=history)


def families(files: Sequence[str] = FILES) -> tuple[Family, ...]:
    """The families of the data files, in their order."""
    found = []
    for file in files:
        data = read_talk(file)
        found += [
            Family(name, file, tuple(family["ask"]), tuple(family["answer"]), data["slots"])
            for name, family in data["families"].items()
        ]
    return tuple(found)


def kept_back(pattern: str) -> bool:
    """Whether a pattern is only for evaluation: by its letters, so that adding others changes nothing."""
    return zlib.crc32(pattern.encode("utf-8")) % HELD_OUT == 0

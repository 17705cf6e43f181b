"""Sentences written by hand, with every reading of each of their facts that a sensible reader would accept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from unipose.evaluation.words.figures import Figure, share
from unipose.language.items import Amount, Change, Item, Statement, unspell
from unipose.language.reading.meaning import Meaning
from unipose.language.reading.parser import Parse, Parser

_EITHER = "either_"
_SURE = 0.8  # a reading this sure that is wrong misleads


@dataclass(frozen=True)
class Sentence:
    """A text and what it may be taken to say.

    Attributes:
        text: as it was written.
        facts: for each fact the readings of it that are right, spelled; none where no item can express it.
        also: readings that would not be wrong but are nobody's claim.
    """

    text: str
    facts: tuple[tuple[str, ...], ...]
    also: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a sentence was read.

    Attributes:
        exact: every fact that can be expressed was read, and nothing else.
        misleading: something that was not said was read, with high confidence.
        flagged: something was left unread, or read with low confidence.
        facts: for each fact that can be expressed, whether it was read.
    """

    exact: bool
    misleading: bool
    flagged: bool
    facts: tuple[bool, ...]


def hand_written(path: Path, name: str = "sentences of people", parser: Parser | None = None) -> list[Figure]:
    """Read the sentences of a file; of those not read exactly, how many say so and how many mislead.

    The app also guesses at names that a request hints at; what that adds is told apart.

    Args:
        path: the file.
        name: what its figures are called.
        parser: reads them; that of this package when left out.

    Raises:
        ValueError: an entry has other keys than text, facts and also, or a reading is none of the pose language.
    """
    parser, meaning = parser or Parser.load(), Meaning.load()
    sentences = read_sentences(path)
    parses = [parser.parse(sentence.text) for sentence in sentences]
    outcomes = [judge(sentence, parse) for sentence, parse in zip(sentences, parses, strict=True)]
    guessed = [
        judge(sentence, parse if meaning is None else meaning.complete(sentence.text, parse))
        for sentence, parse in zip(sentences, parses, strict=True)
    ]
    missed = [outcome for outcome in outcomes if not outcome.exact]
    return [
        share(f"{name}: read exactly", [each.exact for each in outcomes], 0.75),
        share(f"{name}: wrong and sure of it", [each.misleading for each in outcomes], 0.03, at_most=True),
        share(f"{name}: not exact, and told so", [each.flagged for each in missed]),
        share(f"{name}: facts read", [fact for each in outcomes for fact in each.facts]),
        share(f"{name}: read exactly, guesses at names included", [each.exact for each in guessed]),
        share(f"{name}: facts read, guesses at names included", [fact for each in guessed for fact in each.facts]),
    ]


def judge(sentence: Sentence, read: Parse) -> Outcome:
    """Compare a reading with what a sentence may be taken to say."""
    accepted = (*sentence.also, *(reading for fact in sentence.facts for reading in fact))
    alien = [item for item in read.items if not matches(item, accepted)]
    sure = set(read.sure(_SURE))
    facts = tuple(any(matches(item, fact) for item in read.items) for fact in sentence.facts if fact)
    return Outcome(
        exact=all(facts) and not alien,
        misleading=any(item in sure for item in alien),
        flagged=bool(read.unparsed) or len(sure) < len(read.items),
        facts=facts,
    )


def matches(item: Item, readings: Collection[str]) -> bool:
    """Whether an item is one of some readings. A hedge makes no difference; "measure +" is a change that way by any
    amount, "measure = centre" an amount around that number."""
    return any(_is(item, reading) for reading in readings)


def _is(item: Item, reading: str) -> bool:
    words = reading.split()
    if len(words) == 2 and words[1] in ("+", "-"):
        way = 1 if words[1] == "+" else -1
        return isinstance(item, Change) and (item.measure, item.direction, item.negated) == (words[0], way, False)
    if len(words) == 3 and words[1] == "=":
        return isinstance(item, Amount) and item.measure == words[0] and item.lo <= float(words[2]) <= item.hi
    if isinstance(item, Statement):
        item = replace(item, hedged=False)
        if item.predicate.startswith(_EITHER):  # it says less than the reading with a side: true where that is
            sided = (replace(item, predicate=item.predicate.replace(_EITHER, side, 1)) for side in ("left_", "right_"))
            return unspell(reading) in (item, *sided)
    return item == unspell(reading)


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences of a file.

    Raises:
        ValueError: an entry has other keys than text, facts and also, or a reading is none of the pose language.
    """
    raw: Sequence[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found: list[Sentence] = []
    for entry in raw:
        if set(entry) - {"also"} != {"text", "facts"}:
            raise ValueError(f"{path}: an entry has text, facts and also, found {sorted(entry)}")
        sentence = Sentence(entry["text"], tuple(map(tuple, entry["facts"])), tuple(entry.get("also", ())))
        for reading in (*sentence.also, *(each for fact in sentence.facts for each in fact)):
            if not any(mark in reading.split() for mark in "+-="):
                unspell(reading)
        found.append(sentence)
    return found

"""Words about poses are checked against the poses, and completed where they leave too much open.

A pose that was read from a photo is known only so well. Then words must hold of the poses it may be instead, too, or of
most of them.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from unipose.body.pose import Pose
from unipose.chat.ranking import measured
from unipose.chat.understanding import stated
from unipose.language import Answerer, Bank, Checker, EditWriter, Item, Registry, Statement
from unipose.language.choosing.bank import Bits, count

_FACTS = 3  # that the pose language adds at most
_ENOUGH = 1 / 500  # a description that fits so few of all poses leaves little open
_CHANGES = 3  # and so does a comparison that tells so many changes
_A_CLAIM = 1.5  # nats that a claim of change or of degree is taken to tell
_SURE = 0.92  # share of the poses that it may be of which words about an estimated pose must hold
_WORDINGS = 12  # of what is added, of which the one is said that goes best with what was said
_OF_OTHERS = {"he", "his", "she", "her", "they", "their", "it", "its"}  # where only "the figure" was said
_PERSON = re.compile(r"\b(I|my|you|your|he|his|she|her|they|their|it|its)\b", re.IGNORECASE)


class Witness:
    """Checks words about one pose, or about what changed since another.

    Args:
        pose: what is spoken of.
        before: the pose it changed from, if change is spoken of.
        errors: [K, M] by what each measure may be off, of estimated poses; ``before`` is taken to be off independently.
            None for poses that are known.
    """

    def __init__(self, pose: Pose, before: Pose | None = None, errors: Tensor | None = None) -> None:
        self._registry = Registry.load()
        self._checker, self._bank = Checker(self._registry), Bank.load(self._registry)
        self._values = measured(self._registry, [pose])[0]
        self._before = None if before is None else measured(self._registry, [before])[0]
        self._errors = None if errors is None else errors.to(self._values)

    def share(self, text: str) -> float:
        """How much of what ``text`` claims is true, 0 to 1; claiming nothing is 0, unread words are one false claim."""
        parse = stated(text)
        items = [item for item in parse.items if self._before is not None or not self._checker.needs_before(item)]
        held = self._holds(items)
        return sum(held) / max(1, len(held) + bool(parse.unparsed))

    def telling(self, text: str) -> float:
        """How much ``text`` tells, in nats: how few of many real poses fit it, and how many claims of change it has."""
        items = stated(text).items
        rest = sum(not _of_pose(item) for item in items)
        return -math.log((self._fitting(items)[1] + 1) / (self._bank.poses + 2)) + _A_CLAIM * rest

    def completing(self, text: str) -> str:
        """What the pose language adds to ``text`` so that it tells the pose, or the change, from most others; may be
        nothing."""
        return self._facts(text) if self._before is None else self._changes(text)

    def _holds(self, items: Sequence[Item]) -> list[bool]:
        """Which claims hold, of an estimated pose surely."""
        held = self._checker.holds(items, self._values, self._before)
        if self._errors is None or not any(held):
            return held
        before = None if self._before is None else self._before + self._errors.roll(1, 0)
        margins = self._checker.margins(items, self._values + self._errors, before)
        sure = (margins >= 0).double().mean(0) >= _SURE
        return [own and other for own, other in zip(held, sure.tolist(), strict=True)]

    def _known(self) -> NDArray[np.int8]:
        """What is true of the pose, of an estimated one surely; what is not sure is undecided."""
        truth = self._truth(self._values)
        if self._errors is None:
            return truth
        margins = self._registry.margins(self._values + self._errors)
        return np.where((margins >= 0).double().mean(0).numpy() >= _SURE, truth, np.minimum(truth, 0))

    def _facts(self, text: str) -> str:
        writer = Answerer.load().writer
        holds, fitting = self._fitting(stated(text).items)
        true = writer.chooser.spoken(self._known())
        chosen: list[int] = []
        while true and len(chosen) < _FACTS and fitting > _ENOUGH * self._bank.poses:
            left = count(holds & self._bank.holds[true])
            best = int(left.argmin())
            if left[best] >= fitting:
                break
            chosen.append(true[best])
            holds, fitting = holds & self._bank.holds[true[best]], int(left[best])
        texts = [writer.write(chosen, random.Random(turn)).text for turn in range(_WORDINGS)] if chosen else [""]
        return min(texts, key=lambda other: _strange(other, text))  # the first of equals

    def _changes(self, text: str) -> str:
        assert self._before is not None
        told = set(stated(text).items)
        missing = _CHANGES - len(told)
        if missing < 1:
            return ""
        seen = self._before.numpy(), self._truth(self._before), self._values.numpy(), self._truth(self._values)
        written = EditWriter(Answerer.load().writer)
        texts = [written.difference(*seen, random.Random(turn), missing).text for turn in range(_WORDINGS)]
        if self._errors is not None:  # fewer changes, those that are sure
            dice = (random.Random(turn) for turn in range(_WORDINGS))
            texts += [written.difference(*seen, each, 1).text for each in dice]
            texts = ["", *(each for each in texts if self.share(each) == 1)]
        return max(texts, key=lambda other: (len(set(stated(other).items) - told), -_strange(other, text)))

    def _fitting(self, items: tuple[Item, ...]) -> tuple[Bits, int]:
        """The poses of the bank that fit what is said of a pose, and how many they are."""
        holds = self._bank.everyone
        for item in items:
            if isinstance(item, Statement) and not item.negated:
                holds = holds & self._bank.holds[self._registry.index[item.predicate]]
        return holds, int(count(holds))

    def _truth(self, values: object) -> NDArray[np.int8]:
        return self._registry.truth(values[None])[0].numpy()  # type: ignore[index]


def _of_pose(item: Item) -> bool:
    return isinstance(item, Statement) and not item.negated


def _strange(added: str, said: str) -> int:
    """How many of the pronouns that are added are other ones than those that were said."""
    known = {word.lower() for word in _PERSON.findall(said)} or _OF_OTHERS
    return len({word.lower() for word in _PERSON.findall(added)} - known)

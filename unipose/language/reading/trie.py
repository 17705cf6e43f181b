"""The tree of wordings: walks along plain words, filling numbers in and sides that were left out."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from unipose.language.items import Amount, Change, Item
from unipose.language.reading.numbers import SLOTS, Quantity
from unipose.language.reading.plain import Word

_NUMBER_COST = 0.02  # of filling in a number, so that "90 degrees" is taken as the words where it is some
_ALIKE_COST = 0.02
_UNSIDED_COST = 0.1
DEFAULT_SIDE = "right"  # of what is said without one ("raise the arm"), as in `heard`
QUALIFIERS = ("upper", "lower")  # between a side and its part
SIDELESS = ("one", "other", "single")  # before a part, in the place of its side
EITHER = "either"  # the side of "one arm": left or right


class Node:
    """A place in the tree of wordings: where each next word leads, and what a wording ending here claims.

    ``subject`` is how many of its words name the body part ("left arm" in "left arm raised"), 0 for other wordings.
    ``numbers`` are items of unit size, to be scaled by the quantity in the wording.
    """

    __slots__ = ("items", "next", "numbers", "paused", "subject", "text")

    def __init__(self) -> None:
        self.next: dict[str, Node] = {}
        self.items: tuple[Item, ...] = ()
        self.numbers: tuple[Amount | Change, ...] = ()
        self.paused = False  # a comma stands before this word in a wording
        self.subject = 0
        self.text = ""


@dataclass(frozen=True)
class Match:
    """A wording found in a text: where it ends, its node, what reading it so costs, and what was filled in.

    ``either``: it is read of the left side, and one of both is meant.
    """

    end: int
    node: Node
    cost: float = 0.0
    quantity: Quantity | None = None
    unsided: bool = False
    either: bool = False


class Trie:
    """All wordings.

    Args:
        parts: body parts in the singular, which may lack their side.
        alike: words to what they may stand for where nothing else fits ("flexed" to "bent").
        sideless: words before a part, in the place of its side.
    """

    def __init__(self, parts: frozenset[str], alike: Mapping[str, str], sideless: Collection[str] = SIDELESS) -> None:
        self.root = Node()
        self._parts = parts
        self._sideless = frozenset(sideless)
        self._alike = alike

    def learn(self, words: Sequence[str], pauses: Collection[int] = ()) -> Node:
        """The node of a wording, made where it is new; ``pauses`` are the places of words behind a comma of its own."""
        node = self.root
        for place, word in enumerate(words):
            following = node.next.get(word)
            if following is None:
                following = node.next[word] = Node()
            node = following
            node.paused = node.paused or place in pauses
        return node

    def walk(
        self,
        words: Sequence[Word],
        start: int,
        quantities: Mapping[int, tuple[int, Quantity]],
        node: Node | None = None,
        sides: Sequence[str] = (),
    ) -> Iterator[Match]:
        """Every wording, or rest of one behind ``node``, at a position. ``sides`` are those of parts that lack theirs,
        by place; an empty one is left open."""
        todo = [Match(start, node or self.root)]
        while todo:
            here = todo.pop()
            if here.end > start and (here.node.items or here.node.numbers):
                yield here
            if here.end == len(words):
                continue
            joining = words[here.end].joining if here.end > start else 0.0
            if math.isinf(joining):
                continue
            todo.extend(self._steps(words, here, quantities, joining, sides))

    def _steps(
        self,
        words: Sequence[Word],
        here: Match,
        quantities: Mapping[int, tuple[int, Quantity]],
        joining: float,
        sides: Sequence[str],
    ) -> Iterator[Match]:
        node, position, following = here.node, here.end, here.node.next
        cost = here.cost + joining
        word = words[position].plain
        found = following.get(word)
        if found is not None:
            own = found.paused  # a comma where the wording has one parts nothing
            yield Match(position + 1, found, here.cost if own else cost, here.quantity, here.unsided, here.either)
        if (alike := self._alike.get(word)) is not None and alike in following:
            likened = following[alike]
            yield Match(position + 1, likened, cost + _ALIKE_COST, here.quantity, here.unsided, here.either)
        if position in quantities and here.quantity is None:
            end, quantity = quantities[position]
            slot = node.next.get(SLOTS[quantity.unit])
            if slot is not None:
                yield Match(end, slot, cost + _NUMBER_COST, quantity, here.unsided, here.either)
        yield from self._unsided(words, here, cost, sides)

    def _unsided(self, words: Sequence[Word], here: Match, cost: float, sides: Sequence[str]) -> Iterator[Match]:
        """ "The arm", "the other arm", "the front leg": with a side in the place of the word, or before it."""
        place = here.end + 1 if words[here.end].plain in self._sideless else here.end
        part_at = place + 1 if place < len(words) and words[place].plain in QUALIFIERS else place
        if part_at >= len(words) or words[part_at].plain not in self._parts:
            return
        meant = sides[place] if sides else DEFAULT_SIDE
        side = here.node.next.get("left" if meant == EITHER else meant)
        part = side.next.get(words[place].plain) if side is not None else None
        if part is not None:
            either = meant == EITHER
            yield Match(
                place + 1, part, cost + _UNSIDED_COST, here.quantity, here.unsided or not either, here.either or either
            )

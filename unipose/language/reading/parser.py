"""Words to statements: the inverse of the wordings, plus what was not understood.

What is read are the writer's wordings and those that are only heard (``cues.yaml``). Every wording is brought to a
plain form (no articles, possessives, people or copulas; verbs in their base form; known synonyms replaced) and so is
the text. The text is then covered by wordings so that as little as possible is left unread. Clauses with unread words
get a second look: parts that share a verb, and the nearest wording by concepts, with a lower confidence. What is left
is reported, never guessed; what is denied is never claimed.
"""

from __future__ import annotations

import functools
import gc
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from unipose.language.captions import Clause
from unipose.language.changing.changes import ChangeBook
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement, deny
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.belonging import named_before
from unipose.language.reading.cover import Piece
from unipose.language.reading.denial import Denial
from unipose.language.reading.either import leaves_open, of_either
from unipose.language.reading.excess import Excess
from unipose.language.reading.heard import Wording
from unipose.language.reading.lessons import Lessons
from unipose.language.reading.moves import at_their_aims, without_origins
from unipose.language.reading.nearest import Nearest
from unipose.language.reading.numbers import Numbers, Quantity
from unipose.language.reading.plain import Spelling, Word
from unipose.language.reading.postures import Postures
from unipose.language.reading.pronouns import Pronouns
from unipose.language.reading.reader import Reader
from unipose.language.reading.repair import Repair
from unipose.language.reading.second_look import SecondLook
from unipose.language.reading.sentences import SentenceEncoder
from unipose.language.reading.sides import Sides
from unipose.language.reading.trie import SIDELESS, Node, Trie
from unipose.language.reading.trie import Match as Found
from unipose.language.writing.writer import Writer

_ADVERB = "ly"
_UNREAD = 1.0  # the cost of leaving a word unread
_WORDING = 0.01  # of each wording: the fewer and longer, the better
_TOLERANCE = 0.5  # sigmas a number may miss by, besides half its rounding

_Best = tuple[float, int, "Found | None"]  # cost of covering the rest, where the next piece starts, wording taken


@dataclass(frozen=True)
class Parse:
    """What was read in a text.

    Attributes:
        items: the claims, in order.
        spans: the stretches of text they were read from.
        unparsed: the words that were not understood, in plain form.
        confidences: how sure each item is, 0 to 1: 1 for known wordings, less for what had to be completed or
            was only like a known wording.
        unread: the stretches of text, (start, end), that were not understood.
    """

    items: tuple[Item, ...]
    spans: tuple[Clause, ...]
    unparsed: tuple[str, ...]
    confidences: tuple[float, ...] = ()
    unread: tuple[tuple[int, int], ...] = ()

    @property
    def confidence(self) -> float:
        """The share of meaningful words that were read times the least of ``confidences``; 0 when nothing was read."""
        read = sum(max(1, span.end - span.start) for span in self.spans)
        lost = sum(len(word) + 1 for word in self.unparsed)
        return read / (read + lost) * min(self.confidences, default=1.0) if read else 0.0

    def sure(self, least: float) -> tuple[Item, ...]:
        """The items that are at least that sure."""
        return tuple(item for item, sure in zip(self.items, self.confidences, strict=True) if sure >= least)


class Parser:
    """Reads free text.

    Args:
        registry: the predicates.
        writer: whose wordings to read; a new one when left out.
        without: wordings (``Wording.text``) that are not learnt, to measure how the parser does on unknown ones.
        reader: reads unknown wordings; the shipped one when left out.
        lessons: of the registry and the writer, and without those wordings, where they are at hand.

    Raises:
        ValueError: when one wording belongs to two different claims; the message names the wording and both. When
            ``without`` is given and no reader that was taught without them, too.
    """

    def __init__(
        self,
        registry: Registry,
        writer: Writer | None = None,
        without: Set[str] = frozenset(),
        reader: Reader | None = None,
        lessons: Lessons | None = None,
    ) -> None:
        if without and reader is None:
            raise ValueError(
                f"{len(without)} wordings are not to be learnt, but the shipped reader has seen them; pass one of "
                "teaching.teach(lessons)"
            )
        writer = writer or Writer(registry)
        lessons = lessons or Lessons(registry, writer, without)
        data, concepts = read_data("cues.yaml"), read_data("concepts.yaml")
        self.verbs = lessons.verbs
        self._registry = registry
        self._sure: Mapping[str, float] = data["sure"]
        self._numbers = Numbers(data)
        self._empty = frozenset(data["nearly"]) | frozenset(data["upto"])
        self._views = lessons.views
        self._plain = lessons.plain
        sideless = (*SIDELESS, *data["strides"]["front"], *data["strides"]["behind"])
        alike = self._alike(writer.styles.senses(writer.grammar))
        self._trie = Trie(frozenset(lessons.plurals), alike, sideless)
        known: Counter[str] = Counter(self._plain.known)
        size = functools.cache(lambda subject: len(self._plain.phrase(subject)))  # of few subjects with many wordings
        for lesson in lessons.all:
            self._learn(lesson.wording, lesson.words, size(lesson.wording.subject))
            known.update(lesson.wording.text.lower().replace("-", " ").split())
        known.update(word for words in concepts["concepts"].values() for word in words)
        known.update(str(word) for key in ("numbers", "units", "nearly") for word in data[key])
        self._spelling = Spelling(
            known, data["shortest_mended"], read_data("noise.yaml")["neighbours"], SentenceEncoder.words()
        )
        nearest = self._nearest = Nearest(list(lessons.bare()), concepts)
        self.second_look = SecondLook(lessons.slots, nearest, reader or Reader.load(), self._sure["unsided"])
        self._sides = Sides(lessons.plurals, data["limbs"], data["open_before"], data["strides"], data["beside_other"])
        self._repair = Repair(self._plain, nearest, self.second_look, lessons.plurals, data, registry, self._sides)
        self._limbs, self._plurals = data["limbs"], frozenset(lessons.plurals.values())
        self._pronouns = Pronouns(lessons.plurals)
        self._postures = Postures(registry, data)
        movers = frozenset(data["movers"])
        self._moving = movers | {past for past, verb in alike.items() if verb in movers}, frozenset(data["ways"])
        self._excess = Excess(registry, ChangeBook(registry, writer.grammar).degrees)
        self._complaint = re.compile(data["complaints"], re.IGNORECASE)

    @staticmethod
    @functools.cache
    def load() -> Parser:
        """The parser of this package's wordings. Built once, then shared."""
        # of the hundreds of thousands of objects made here hardly one is dropped: looking for garbage doubles the time
        collecting = gc.isenabled()
        gc.disable()
        try:
            registry = Registry.load()
            writer = Writer(registry)
            return Parser(registry, writer, lessons=Lessons.load(registry, writer))
        finally:
            if collecting:
                gc.enable()

    def first_word(self, text: str) -> str:
        """The first word of a text that may carry a claim, in plain form; empty when there is none.

        >>> Parser.load().first_word("OK, can you please raise both arms?")
        'raise'
        """
        words = self._plain.words(text, self._spelling.mend)
        return next((word.plain for word in words if word.plain not in self._plain.fillers), "")

    def weighty(self, text: str) -> bool:
        """Whether a claim may hang on some of the words of a text.

        >>> Parser.load().weighty("a bit above the knee"), Parser.load().weighty("like a badass")
        (True, False)
        """
        return any(self._nearest.weighty(word.plain) for word in self._plain.words(text, self._spelling.mend))

    def parse(self, text: str, choosing: bool = False) -> Parse:
        """Read a text; see ``Parse``.

        Args:
            text: any.
            choosing: give "one hand" and "the other" of a text a side each, as who follows an order must. Else what is
                claimed of "one hand" is claimed of either.
        """
        told = self._complaint.sub(_blank, text.replace("<", " "))
        words: Sequence[Word] = self._without_manner(self._plain.words(told, self._spelling.mend))
        named = self._sides.named(words)
        whole = len(named) < len(words) and self._settled(words)  # some wordings say "one arm, the left one" themselves
        if not whole:
            words = self._sides.chosen(self._sides.completed(named)) if choosing else named
        pieces: Sequence[Piece] = self._read(words)
        if _unread(pieces):
            words, pieces = self._fewest_unread(told, words, pieces)
        pieces = self._postures.completed(words, self._repair.mend(words, pieces, self._read))
        said = text.lower().strip(" .!")
        if said.startswith(self._views) or said.endswith(self._views):
            pieces = tuple(
                replace(piece, items=tuple(self._registry.mirrored(item) for item in piece.items)) for piece in pieces
            )
        return self._collect(words, self._excess.minded(told, words, pieces))

    def _fewest_unread(
        self, text: str, words: Sequence[Word], pieces: Sequence[Piece]
    ) -> tuple[Sequence[Word], Sequence[Piece]]:
        """A text with parts for "one" and "other", without origins, and with parts for pronouns and parts at their aims
        where that helps."""
        words = self._plainer(words)
        pieces = self._read(words)
        if _unread(pieces):
            there = at_their_aims(words, self._breaks(words), *self._moving)
            if len(there) < len(words):
                read = self._read(there)
                if _unread(read) < _unread(pieces):
                    words, pieces = there, read
        if _unread(pieces):
            spoken = self._without_manner(self._plain.words(text, self._spelling.mend, pronouns=True))
            spoken = self._pronouns.resolved(spoken, self._breaks(spoken))
            if len(spoken) > len(words):
                others = self._plainer(spoken)
                read = self._read(others)
                if _unread(read) < _unread(pieces):
                    return others, read
        return words, pieces

    def _settled(self, words: Sequence[Word]) -> bool:
        """Whether all words are read, and none of them leaves a side open."""
        pieces = self._read(words)
        return not _unread(pieces) and not any(leaves_open(item) for piece in pieces for item in piece.items)

    def _plainer(self, words: Sequence[Word]) -> list[Word]:
        """Words with sides before their parts, with parts for "one" and "other", without where moves come from."""
        return without_origins(self._sides.completed(named_before(words, self._limbs, self._plurals)))

    def _breaks(self, words: Sequence[Word]) -> list[int]:
        """Where clauses start."""
        return [at for at, word in enumerate(words) if word.joining or word.plain in self._plain.conjunctions]

    def _without_manner(self, words: Sequence[Word]) -> list[Word]:
        """Words without adverbs that no wording has ("thoughtfully"): how something is done says nothing of where it
        is. A denied one is something else: "don't clumsily raise it"."""
        out: list[Word] = []
        joining = 0.0
        for word in words:
            joining = max(joining, word.joining)
            if word.plain.endswith(_ADVERB) and not word.negated and not self._nearest.knows(word.plain):
                continue
            out.append(word._replace(joining=joining))
            joining = 0.0
        return out

    def _read(self, words: Sequence[Word]) -> tuple[Piece, ...]:
        """Cover words with known wordings."""
        quantities, sides = self._numbers.find(words), self._sides.of(words)
        best: list[_Best] = [(0.0, 0, None)] * (len(words) + 1)
        # from the end: the least cost of covering words[i:], a wording costing little, an unread word a lot
        for i in range(len(words) - 1, -1, -1):
            skip = 0.0 if words[i].plain in self._plain.fillers else _UNREAD
            best[i] = (skip + best[i + 1][0], i + 1, None)
            for found in self._trie.walk(words, i, quantities, sides=sides):
                if found.either and of_either(found.node.items, self._registry) is None:
                    continue
                cost = _WORDING + found.cost + best[found.end][0]
                if cost <= best[i][0]:
                    best[i] = (cost, found.end, found)
        return tuple(self._pieces(words, best, quantities, sides))

    def _pieces(
        self,
        words: Sequence[Word],
        best: Sequence[_Best],
        quantities: Mapping[int, tuple[int, Quantity]],
        sides: Sequence[str],
    ) -> Iterable[Piece]:
        subject: Node | None = None  # the part last spoken of: in "left arm raised and bent" it is bent, too
        i = 0
        while i < len(words):
            _, j, found = best[i]
            filler = found is None and words[i].plain in self._plain.fillers
            continued = False
            if found is not None:
                subject = self._subject(words[i:j], found.node)
            elif not filler and subject is not None:
                more = (one for one in self._trie.walk(words, i, quantities, subject, sides) if not one.either)
                found = max(more, key=lambda one: one.end, default=None)
                continued = found is not None
                j = found.end if found is not None else j
            if found is not None:
                yield Piece(i, j, self._claims(found), self._sureness(words[i:j], found), continued=continued)
            else:
                subject = subject if filler else None
                yield Piece(i, j, filler=filler)
            i = j

    def _claims(self, found: Found) -> tuple[Item, ...]:
        node, quantity = found.node, found.quantity
        if found.either:
            return of_either(node.items, self._registry) or ()
        return tuple(self._scaled(item, quantity) for item in node.numbers) if quantity else node.items

    def _scaled(self, item: Amount | Change, quantity: Quantity) -> Amount | Change:
        sigma = self._registry.measures[self._registry.measure_index[item.measure]].sigma
        rounding = 0.0 if quantity.bound else quantity.step / 2
        reach = rounding + _TOLERANCE * sigma
        centre = item.lo * quantity.number
        lo, hi = round(centre - reach, 6), round(centre + reach, 6)
        bound = quantity.bound * item.lo  # of measures that are counted the other way, "more" is less
        return replace(item, lo=-math.inf if bound < 0 else lo, hi=math.inf if bound > 0 else hi)

    def _sureness(self, words: Sequence[Word], found: Found) -> float:
        mended = any(word.mended for word in words)
        return (self._sure["unsided"] if found.unsided else 1.0) * (self._sure["mended"] if mended else 1.0)

    def _collect(self, words: Sequence[Word], pieces: Sequence[Piece]) -> Parse:
        spans: list[Clause] = []
        sure: dict[Item, float] = {}
        missed: list[list[Word]] = []  # stretches of words that were not understood
        denial = Denial(self._plain)
        ended = True
        for piece in pieces:
            here = words[piece.start : piece.end]
            reach = denial.over(here, read=bool(piece.items), filler=piece.filler)
            if piece.items and reach != "unclear":
                hedged = any(word.hedged for word in here)
                items = tuple(_said(item, reach == "denied", hedged) for item in piece.items)
                spans.append(Clause(here[0].start, here[-1].end, items))
                sure.update({item: max(piece.confidence, sure.get(item, 0.0)) for item in items})
                ended = True
            elif not piece.filler:
                if ended or here[0].joining:
                    missed.append([])
                missed[-1].extend(here)
                ended = False
        missed = [stretch for stretch in missed if not all(word.plain in self._empty for word in stretch)]
        return Parse(
            tuple(sure),
            tuple(spans),
            tuple(word.plain for stretch in missed for word in stretch),
            tuple(sure.values()),
            tuple((stretch[0].start, stretch[-1].end) for stretch in missed),
        )

    def _subject(self, words: Sequence[Word], wording: Node) -> Node | None:
        node = self._trie.root
        for word in words[: wording.subject]:
            following = node.next.get(word.plain)
            if following is None:
                return None
            node = following
        return node if wording.subject else None

    def _alike(self, senses: Mapping[str, str]) -> dict[str, str]:
        """Words to those they may stand for: words of a register, and the past of verbs."""
        found = dict(read_data("cues.yaml")["alike"])
        found |= {past: verb for verb, past in read_data("wordings.yaml")["past"].items()}
        for verb in sorted(self.verbs):
            for past in _pasts(verb):
                found.setdefault(past, verb)
        for said, meant in senses.items():
            plain = [word.plain for word in self._plain.words(meant)]
            if len(said.split()) == len(plain) == 1 and plain[0] != said:
                found[said] = plain[0]
        return found

    def _learn(self, one: Wording, words: Sequence[str], subject: int) -> None:
        if not words:
            raise ValueError(f"the wording {one.text!r} of {one.items} has no meaningful word")
        pauses = () if "," not in one.text else [i for i, w in enumerate(self._plain.words(one.text)) if w.joining]
        node = self._trie.learn(words, pauses)
        if one.numeric:  # the first claim that has numbers wins: how a part is before how far it moved
            node.numbers = node.numbers or tuple(item for item in one.items if isinstance(item, Amount | Change))
            return
        if node.items and set(node.items) != set(one.items):
            raise ValueError(
                f"the wording {one.text!r} of {one.items} is also {node.text!r} of {node.items}; change one of them"
            )
        node.items, node.text = one.items, one.text
        node.subject = subject or node.subject


def _pasts(verb: str) -> tuple[str, ...]:
    """What the past of a regular verb may be: "raised", "shrugged", "carried"."""
    if verb.endswith("e"):
        return (verb + "d",)
    return (verb[:-1] + "ied", verb + "ed") if verb.endswith("y") else (verb + "ed", verb + verb[-1] + "ed")


def _unread(pieces: Iterable[Piece]) -> int:
    """How many words were not read."""
    return sum(piece.end - piece.start for piece in pieces if piece.unread)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _said(item: Item, denied: bool, hedged: bool) -> Item:
    if hedged and isinstance(item, Statement):
        item = replace(item, hedged=True)
    return deny(item) if denied and not isinstance(item, Keep | Match) else item

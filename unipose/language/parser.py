"""Words to statements: the inverse of the wordings, plus what was not understood.

What is read are the writer's wordings and those that are only heard (``cues.yaml``). Every wording is brought to a
plain form (no articles, possessives, people or copulas; verbs in their base form; known synonyms replaced) and so is
the text. The text is then covered by wordings so that as little as possible is left unread. Clauses with unread words
get a second look: parts that share a verb, and the nearest wording by concepts, with a lower confidence. What is left
is reported, never guessed; what is denied is never claimed.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from unipose.language.captions import Clause
from unipose.language.denial import Denial
from unipose.language.heard import Wording, wordings
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement, deny
from unipose.language.nearest import Nearest
from unipose.language.numbers import Numbers, Quantity
from unipose.language.plain import Plain, Spelling, Word
from unipose.language.registry import Registry, read_data
from unipose.language.repair import Piece, Repair
from unipose.language.trie import Match as Found
from unipose.language.trie import Node, Trie, other_side
from unipose.language.writer import Writer

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

    Raises:
        ValueError: when one wording belongs to two different claims; the message names the wording and both.
    """

    def __init__(self, registry: Registry, writer: Writer | None = None, without: Set[str] = frozenset()) -> None:
        writer = writer or Writer(registry)
        grammar, styles, data = writer.grammar, writer.styles, read_data("cues.yaml")
        learnt = [one for one in wordings(registry, writer, data) if one.text not in without]
        learnt += _unheard_mirrors(learnt, registry)
        plurals: Mapping[str, str] = read_data("wordings.yaml")["plurals"]
        verbs = {form(one.verb): one.verb for one in learnt if one.verb for form in (grammar.third, grammar.gerund)}
        for part in plurals.values():  # "to elbow someone" must not make one elbow of "elbows"
            verbs.pop(part, None)
        self.verbs = frozenset(verbs.values())
        self._registry = registry
        self._sure: Mapping[str, float] = data["sure"]
        self._numbers = Numbers(data)
        self._views = tuple(cue.strip(" ,:") for view in styles.viewpoint_cues.values() for cue in view)
        self._plain = Plain(data, verbs, (*styles.silences, *self._views))
        self._trie = Trie(frozenset(plurals), self._alike(styles.senses(grammar)))
        known: Counter[str] = Counter(self._plain.known)
        bags: dict[tuple[tuple[str, ...], tuple[Item, ...]], None] = {}
        size = functools.cache(lambda subject: len(self._plain.words(subject)))  # of few subjects with many wordings
        for one in learnt:
            words = tuple(word.plain for word in self._plain.words(one.text))
            self._learn(one, words, size(one.subject))
            known.update(one.text.lower().split())
            if not one.numeric:
                bags[words, one.items] = None
            if "left" in words and "right" not in words and (items := one.doubled(registry)):
                bags[tuple("both" if word == "left" else word for word in words), items] = None
        known.update(word for words in read_data("concepts.yaml")["concepts"].values() for word in words)
        known.update(str(word) for key in ("spelt_right", "numbers", "units", "nearly") for word in data[key])
        self._spelling = Spelling(known, data["shortest_mended"], read_data("noise.yaml")["neighbours"])
        nearest = Nearest(list(bags), plurals, read_data("concepts.yaml"))
        self._repair = Repair(self._plain, nearest, plurals, data)

    @staticmethod
    @functools.cache
    def load() -> Parser:
        """The parser of this package's wordings. Built once, then shared."""
        return Parser(Registry.load())

    def first_word(self, text: str) -> str:
        """The first word of a text that may carry a claim, in plain form; empty when there is none.

        >>> Parser.load().first_word("OK, can you please raise both arms?")
        'raise'
        """
        words = self._plain.words(text, self._spelling.mend)
        return next((word.plain for word in words if word.plain not in self._plain.fillers), "")

    def parse(self, text: str) -> Parse:
        """Read a text; see ``Parse``."""
        words = self._plain.words(text.replace("<", " "), self._spelling.mend)
        pieces = self._repair.mend(words, self._read(words), self._read)
        said = text.lower().strip(" .!")
        if said.startswith(self._views) or said.endswith(self._views):
            pieces = tuple(
                replace(piece, items=tuple(self._registry.mirrored(item) for item in piece.items)) for piece in pieces
            )
        return self._collect(words, pieces)

    def _read(self, words: Sequence[Word]) -> tuple[Piece, ...]:
        """Cover words with known wordings."""
        quantities = self._numbers.find(words)
        best: list[_Best] = [(0.0, 0, None)] * (len(words) + 1)
        # from the end: the least cost of covering words[i:], a wording costing little, an unread word a lot
        for i in range(len(words) - 1, -1, -1):
            skip = 0.0 if words[i].plain in self._plain.fillers else _UNREAD
            best[i] = (skip + best[i + 1][0], i + 1, None)
            for found in self._trie.walk(words, i, quantities, other=other_side(words, i)):
                cost = _WORDING + found.cost + best[found.end][0]
                if cost <= best[i][0]:
                    best[i] = (cost, found.end, found)
        return tuple(self._pieces(words, best, quantities))

    def _pieces(
        self, words: Sequence[Word], best: Sequence[_Best], quantities: Mapping[int, tuple[int, Quantity]]
    ) -> Iterable[Piece]:
        subject: Node | None = None  # the part last spoken of: in "left arm raised and bent" it is bent, too
        i = 0
        while i < len(words):
            _, j, found = best[i]
            filler = found is None and words[i].plain in self._plain.fillers
            if found is not None:
                subject = self._subject(words[i:j], found.node)
            elif not filler and subject is not None:
                more = self._trie.walk(words, i, quantities, subject)
                found = max(more, key=lambda one: one.end, default=None)
                j = found.end if found is not None else j
            if found is not None:
                yield Piece(i, j, self._claims(found), self._sureness(words[i:j], found))
            else:
                subject = subject if filler else None
                yield Piece(i, j, filler=filler)
            i = j

    def _claims(self, found: Found) -> tuple[Item, ...]:
        node, quantity = found.node, found.quantity
        return tuple(self._scaled(item, quantity) for item in node.numbers) if quantity else node.items

    def _scaled(self, item: Amount | Change, quantity: Quantity) -> Amount | Change:
        sigma = self._registry.measures[self._registry.measure_index[item.measure]].sigma
        reach = quantity.step / 2 + _TOLERANCE * sigma
        centre = item.lo * quantity.number
        return replace(item, lo=round(centre - reach, 6), hi=round(centre + reach, 6))

    def _sureness(self, words: Sequence[Word], found: Found) -> float:
        mended = any(word.mended for word in words)
        return (self._sure["unsided"] if found.unsided else 1.0) * (self._sure["mended"] if mended else 1.0)

    def _collect(self, words: Sequence[Word], pieces: Sequence[Piece]) -> Parse:
        spans: list[Clause] = []
        unparsed: list[str] = []
        unread: list[tuple[int, int]] = []
        sure: dict[Item, float] = {}
        denial = Denial(self._plain)
        for piece in pieces:
            here = words[piece.start : piece.end]
            reach = denial.over(here, read=bool(piece.items), filler=piece.filler)
            if piece.items and reach != "unclear":
                hedged = any(word.hedged for word in here)
                items = tuple(_said(item, reach == "denied", hedged) for item in piece.items)
                spans.append(Clause(here[0].start, here[-1].end, items))
                sure.update({item: max(piece.confidence, sure.get(item, 0.0)) for item in items})
            elif not piece.filler:
                unparsed.extend(word.plain for word in here)
                unread.append((here[0].start, here[-1].end))
        return Parse(tuple(sure), tuple(spans), tuple(unparsed), tuple(sure.values()), tuple(unread))

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
            found.setdefault(verb + ("d" if verb.endswith("e") else "ed"), verb)
        for said, meant in senses.items():
            plain = [word.plain for word in self._plain.words(meant)]
            if len(said.split()) == len(plain) == 1 and plain[0] != said:
                found[said] = plain[0]
        return found

    def _learn(self, one: Wording, words: Sequence[str], subject: int) -> None:
        if not words:
            raise ValueError(f"the wording {one.text!r} of {one.items} has no meaningful word")
        node = self._trie.learn(words)
        if one.numeric:  # the first claim that has numbers wins: how a part is before how far it moved
            node.numbers = node.numbers or tuple(item for item in one.items if isinstance(item, Amount | Change))
            return
        if node.items and set(node.items) != set(one.items):
            raise ValueError(
                f"the wording {one.text!r} of {one.items} is also {node.text!r} of {node.items}; change one of them"
            )
        node.items, node.text = one.items, one.text
        node.subject = subject or node.subject


def _unheard_mirrors(learnt: Sequence[Wording], registry: Registry) -> list[Wording]:
    """Wordings known of one side only, of the other."""
    known = {one.text for one in learnt}
    mirrors = (one.mirror(registry, known) for one in learnt)
    return [one for one in mirrors if one is not None]


def _said(item: Item, denied: bool, hedged: bool) -> Item:
    if hedged and isinstance(item, Statement):
        item = replace(item, hedged=True)
    return deny(item) if denied and not isinstance(item, Keep | Match) else item

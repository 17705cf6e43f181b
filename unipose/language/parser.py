"""Words to statements: the inverse of the wordings, plus what was not understood.

What is read are the writer's wordings and those that are only heard (``heard`` in ``cues.yaml``). Every wording is
brought to a plain form (no articles, possessives, people or copulas; verbs in their base form; known synonyms
replaced) and so is the text. The text is then covered by wordings so that as little as possible is left unread. What
is left is reported, never guessed; what is denied is never claimed.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from unipose.language.captions import Clause
from unipose.language.changes import ChangeBook
from unipose.language.grammar import WHOSE, Both, Template, Token
from unipose.language.items import Item, Statement, deny
from unipose.language.registry import Predicate, Registry, read_data
from unipose.language.writer import Writer, wording_id

_WORD = re.compile(r"[a-z0-9']+")
_STOP = re.compile(r"[.;:!?\n]")
_PAUSE = ","
_UNREAD = 1.0  # the cost of leaving a word unread
_NO = "no"  # an answer ("no, raise it") rather than a negation, when it opens a text
_ACROSS_A_PAUSE = 0.2  # of a wording that runs over a comma
_WORDING = 0.01  # of each wording: the fewer and longer, the better


@dataclass(frozen=True)
class Parse:
    """What was read in a text.

    ``items``: the claims, in order. ``spans``: the stretches of text they were read from. ``unparsed``: the words
    that were not understood.
    """

    items: tuple[Item, ...]
    spans: tuple[Clause, ...]
    unparsed: tuple[str, ...]

    @property
    def confidence(self) -> float:
        """The share of meaningful words that were read, 0 to 1; 0 for a text with none."""
        read = sum(max(1, span.end - span.start) for span in self.spans)
        lost = sum(len(word) + 1 for word in self.unparsed)
        return read / (read + lost) if read else 0.0


@dataclass(frozen=True)
class _Word:
    """A word in plain form, the stretch of text it comes from, whether a negation stands right before it, and the
    cost of joining it to the word before (infinite across the end of a sentence)."""

    plain: str
    start: int
    end: int
    negated: bool = False
    joining: float = 0.0


class _Node:
    """A place in the tree of wordings: where each next word leads, and what a wording ending here claims.

    ``subject`` is how many of its words name the body part ("left arm" in "left arm raised"), 0 for other wordings.
    """

    __slots__ = ("items", "next", "subject", "text")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.items: tuple[Item, ...] = ()
        self.subject = 0
        self.text = ""


_Best = tuple[float, int, "_Node | None"]  # cost of covering the rest, where the next piece starts, wording taken


class Plain:
    """Brings text to the plain form in which wordings are compared.

    Args:
        data: the parsed ``cues.yaml``.
        verbs: inflected verb to base form.
    """

    def __init__(self, data: Mapping[str, Any], verbs: Mapping[str, str]) -> None:
        self._dropped = frozenset(data["dropped"])
        self._negations = frozenset(data["negations"])
        self.fillers = frozenset(data["fillers"])
        self.conjunctions = frozenset(data["conjunctions"])
        self.alternatives = frozenset(data["alternatives"])
        self._verbs = verbs
        self._base_forms = frozenset(verbs.values())
        self._phrases = sorted((tuple(text.split()) for text in data["phrases"]), key=len, reverse=True)
        same = {tuple(_WORD.findall(str(a))): tuple(_WORD.findall(str(b))) for a, b in data["same"].items()}
        self._same = {key: value for key, value in same.items() if key != value}
        self._longest = max(map(len, self._same))

    def words(self, text: str) -> list[_Word]:
        """The meaningful words of a text in plain form."""
        text = text.lower().replace("\u2019", "'")
        raw = [_Word(match[0], match.start(), match.end()) for match in _WORD.finditer(text)]
        out: list[_Word] = []
        position, negated, end = self._answer(raw, text), False, 0
        while position < len(raw):
            phrase = next(
                (p for p in self._phrases if tuple(w.plain for w in raw[position : position + len(p)]) == p), ()
            )
            if phrase:
                position += len(phrase)
                continue
            here, taken = self._replaced(raw, position)
            position += taken
            if negated and (_STOP.search(gap := text[end : here[0].start]) or _PAUSE in gap):
                negated = False  # "his arm is not. Raise it."
            end = here[-1].end
            for word in here:
                base = self._verbs.get(word.plain, word.plain)
                if base in self._negations:
                    negated = True
                elif base.removesuffix("'s") not in self._dropped:
                    gap = text[out[-1].end : word.start] if out else ""
                    joining = math.inf if _STOP.search(gap) else _ACROSS_A_PAUSE if _PAUSE in gap else 0.0
                    out.append(replace(word, plain=base.removesuffix("'s"), negated=negated, joining=joining))
                    negated = False
        return out

    def _answer(self, raw: Sequence[_Word], text: str) -> int:
        """How many words open the text with a "no" that answers what was said before and negates nothing."""
        if not raw or raw[0].plain != _NO:
            return 0
        if len(raw) == 1 or text[raw[0].end : raw[1].start].strip():
            return 1
        following = raw[1].plain
        return int(following in self._base_forms | self._dropped | self._negations | self.fillers)

    def _replaced(self, raw: Sequence[_Word], position: int) -> tuple[list[_Word], int]:
        for size in range(min(self._longest, len(raw) - position), 0, -1):
            stretch = raw[position : position + size]
            # a verb is compared in its base form, so that one line of synonyms serves all its forms
            for form in ((w.plain for w in stretch), (self._verbs.get(w.plain, w.plain) for w in stretch)):
                same = self._same.get(tuple(form))
                if same is not None:
                    return [_Word(word, stretch[0].start, stretch[-1].end) for word in same], size
        return [raw[position]], 1


class _Denial:
    """How far a negation reaches: over fillers ("don't just raise it") and alternatives ("don't sit or kneel"), but not
    over a pause or a conjunction. What follows words that were not read ("don't clumsily raise it") is unclear."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._reach = ""

    def over(self, words: Sequence[_Word], read: bool, filler: bool) -> str:
        """Whether the next piece of text is "denied", "unclear" or neither (empty)."""
        first, here = words[0], any(word.negated for word in words)
        alternative = filler and first.plain in self._plain.alternatives
        if (first.joining or first.plain in self._plain.conjunctions) and not alternative:
            self._reach = ""
        if self._reach == "said":  # ... and done with, unless an alternative follows
            self._reach = "denied" if alternative else ""
        reach = self._reach = "denied" if here else self._reach
        if not filler and reach:
            self._reach = "said" if read and reach == "denied" else "unclear"
        return reach


class Parser:
    """Reads free text.

    Args:
        registry: the predicates.
        writer: whose wordings to read; a new one when left out.

    Raises:
        ValueError: when one wording belongs to two different claims; the message names the wording and both.
    """

    def __init__(self, registry: Registry, writer: Writer | None = None) -> None:
        writer = writer or Writer(registry)
        book = ChangeBook(registry, writer.grammar)
        wordings = list(_all_wordings(registry, writer, book))
        verbs: dict[str, str] = {}
        for template, _ in wordings:
            if template.kind == "act":
                verb = str(template.head[-1])
                verbs.update({writer.grammar.third(verb): verb, writer.grammar.gerund(verb): verb})
        self.verbs = frozenset(verbs.values())
        self._plain = Plain(read_data("cues.yaml"), verbs)
        self._root = _Node()
        for template, items in wordings:
            self._learn(template, items)

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
        words = self._plain.words(text)
        return next((word.plain for word in words if word.plain not in self._plain.fillers), "")

    def parse(self, text: str) -> Parse:
        """Read a text; see ``Parse``."""
        words = self._plain.words(text)
        best: list[_Best] = [(0.0, 0, None)] * (len(words) + 1)
        # from the end: the least cost of covering words[i:], a wording costing little, an unread word a lot
        for i in range(len(words) - 1, -1, -1):
            skip = 0.0 if words[i].plain in self._plain.fillers else _UNREAD
            best[i] = (skip + best[i + 1][0], i + 1, None)
            for j, node, joined in self._wordings_at(self._root, words, i):
                cost = _WORDING + joined + best[j][0]
                if cost <= best[i][0]:
                    best[i] = (cost, j, node)
        return self._collect(words, best)

    @staticmethod
    def _wordings_at(node: _Node, words: Sequence[_Word], start: int) -> Iterator[tuple[int, _Node, float]]:
        """Wordings continuing from ``node`` with words[start:]: where each ends, its node, the cost of its pauses."""
        joined = 0.0
        for j in range(start, len(words)):
            following = node.next.get(words[j].plain)
            joined += words[j].joining if j > start else 0.0
            if following is None or math.isinf(joined):
                return
            node = following
            if node.items:
                yield j + 1, node, joined

    def _collect(self, words: Sequence[_Word], best: Sequence[_Best]) -> Parse:
        spans: list[Clause] = []
        unread: list[str] = []
        subject: _Node | None = None  # the part last spoken of: in "left arm raised and bent" it is bent, too
        denial = _Denial(self._plain)
        i = 0
        while i < len(words):
            _, j, node = best[i]
            if node is not None:
                subject = self._subject(words[i:j], node)
            elif words[i].plain not in self._plain.fillers and subject is not None:
                j, node = max(((j, n) for j, n, _ in self._wordings_at(subject, words, i)), default=(j, None), key=_end)
            filler = node is None and words[i].plain in self._plain.fillers
            reach = denial.over(words[i:j], read=node is not None, filler=filler)
            if node is not None and reach != "unclear":
                spans.append(Clause(words[i].start, words[j - 1].end, _claims(node, reach == "denied")))
            elif not filler:
                unread.extend(word.plain for word in words[i:j])
                subject = None
            i = j
        said = dict.fromkeys(item for span in spans for item in span.items)
        return Parse(tuple(said), tuple(spans), tuple(unread))

    def _subject(self, words: Sequence[_Word], wording: _Node) -> _Node | None:
        node = self._root
        for word in words[: wording.subject]:
            node = node.next[word.plain]
        return node if wording.subject else None

    def _learn(self, template: Template, items: tuple[Item, ...]) -> None:
        node, text = self._root, _text((*template.head, *template.rest))
        for word in self._plain.words(text):
            node = node.next.setdefault(word.plain, _Node())
        if node.items and set(node.items) != set(items):
            raise ValueError(
                f"the wording {text!r} of {items} is also {node.text!r} of {node.items}; change one of them"
            )
        if node is self._root:
            raise ValueError(f"the wording {text!r} of {items} has no meaningful word")
        node.items, node.text = items, text
        if template.kind == "state":
            node.subject = len(self._plain.words(_text(template.head)))


def _end(found: tuple[int, _Node | None]) -> int:
    return found[0]


def _claims(node: _Node, denied: bool) -> tuple[Item, ...]:
    """What a wording claims, or denies."""
    return tuple(map(deny, node.items)) if denied else node.items


def _text(tokens: Sequence[Token]) -> str:
    words = (token.plural if isinstance(token, Both) else token for token in tokens)
    return " ".join(word for word in words if word != WHOSE)


def _spoken_of(name: str, registry: Registry) -> list[Predicate]:
    """The predicates a name in ``heard`` stands for: itself, or left, right and both of it."""
    found = [one for one in registry.table if name in (one.id, wording_id(one.id, one.side))]
    if not found:
        raise ValueError(f"heard: unknown predicate {name!r} in cues.yaml; registry.yaml lists the known ones")
    return found


def _all_wordings(registry: Registry, writer: Writer, book: ChangeBook) -> Iterable[tuple[Template, tuple[Item, ...]]]:
    for which, predicate in enumerate(registry.table):
        for groups in writer.templates(which).values():
            for template in (template for group in groups for template in group):
                yield template, (Statement(predicate.id),)
    for name, patterns in read_data("cues.yaml")["heard"].items():
        for predicate in _spoken_of(name, registry):
            for group in writer.grammar.compile({"read": patterns}, predicate.side):
                yield from ((template, (Statement(predicate.id),)) for template in group)
    for direction in book.directions:
        for name, degree in book.degrees.items():
            items = direction.changes(name, registry, degree.means)
            for template in (template for group in direction.templates[name] for template in group):
                yield template, items

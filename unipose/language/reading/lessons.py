"""What the parser learns from: all wordings in plain form, and the same without sides."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass
from typing import Any, Generic, TypeVar

from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading import remembered
from unipose.language.reading.heard import Wording, wordings
from unipose.language.reading.nearest import Claims
from unipose.language.reading.plain import Phrase, Plain
from unipose.language.reading.slots import SideSlots
from unipose.language.reading.trie import DEFAULT_SIDE
from unipose.language.writing.writer import Writer

T = TypeVar("T")


@dataclass(frozen=True)
class Lesson:
    """A wording, and its words in plain form."""

    wording: Wording
    words: Phrase


_ITEMS: Mapping[str, Callable[..., Item]] = {kind.__name__: kind for kind in (Statement, Amount, Change, Keep, Match)}


@dataclass(frozen=True)
class Learnt:
    """What there is to learn: the lessons, and those without sides, see :meth:`Lessons.bare`."""

    all: Sequence[Lesson]
    bare: Mapping[tuple[Phrase, Claims], str]

    def content(self) -> dict[str, Any]:
        """As JSON can say it; what occurs often is said once."""
        texts, claims = _Numbered[str](), _Numbered[Claims]()
        rows = [
            [
                one.text,
                claims.of(one.items),
                *map(texts.of, (one.pattern, one.kind, one.subject, one.verb)),
                _said(words),
            ]
            for one, words in ((lesson.wording, lesson.words) for lesson in self.all)
        ]
        bare = [[_said(words), claims.of(items), texts.of(pattern)] for (words, items), pattern in self.bare.items()]
        spelt = [[[type(item).__name__, *astuple(item)] for item in items] for items in claims.known]
        return {"texts": list(texts.known), "claims": spelt, "rows": rows, "bare": bare}

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Learnt:
        """What :meth:`content` said.

        Raises:
            AttributeError, IndexError, KeyError, TypeError, ValueError: when it is something else.
        """
        texts = content["texts"]
        claims = [tuple(_ITEMS[kind](*fields) for kind, *fields in items) for items in content["claims"]]
        return cls(
            [
                Lesson(Wording(text, claims[items], *(texts[i] for i in strings)), _words(said))
                for text, items, *strings, said in content["rows"]
            ],
            {(_words(said), claims[items]): texts[pattern] for said, items, pattern in content["bare"]},
        )


class _Numbered(Generic[T]):
    """Numbers things as they come."""

    def __init__(self) -> None:
        self.known: dict[T, int] = {}

    def of(self, one: T) -> int:
        return self.known.setdefault(one, len(self.known))


def _said(words: Phrase) -> str:
    return " ".join(words)


def _words(said: str) -> Phrase:
    # the same words come back many thousand times: each is one object
    return tuple(map(sys.intern, said.split()))


class Lessons:
    """All wordings, as the parser compares them.

    Args:
        registry: the predicates.
        writer: whose wordings to learn.
        without: wordings (``Wording.text``) that are left out.
        learnt: what would be made of all that, where it is at hand.

    Attributes:
        all: the lessons.
        plain: brings text to the plain form they are in.
        slots: takes the sides out.
        verbs: the base forms of the verbs of acts.
    """

    def __init__(
        self, registry: Registry, writer: Writer, without: Set[str] = frozenset(), learnt: Learnt | None = None
    ) -> None:
        grammar, styles, data = writer.grammar, writer.styles, read_data("cues.yaml")
        if learnt is None:
            said = [one for one in wordings(registry, writer, data) if one.text not in without]
            said += _unheard_mirrors(said, registry)
        else:
            said = [lesson.wording for lesson in learnt.all]
        self.plurals: Mapping[str, str] = read_data("wordings.yaml")["plurals"]
        verbs = {
            form(verb): verb
            for verb in sorted({one.verb for one in said})
            if verb
            for form in (grammar.third, grammar.gerund)
        }
        for part in self.plurals.values():  # "to elbow someone" must not make one elbow of "elbows"
            verbs.pop(part, None)
        self.verbs = frozenset(verbs.values())
        self._similes = frozenset(data["similes"])
        self.views = tuple(cue.strip(" ,:") for view in styles.viewpoint_cues.values() for cue in view)
        self.plain = Plain(data, verbs, (*styles.silences, *self.views))
        self.slots = SideSlots(registry, self.plurals, DEFAULT_SIDE, read_data("concepts.yaml")["leading"])
        self.all = [Lesson(one, self.plain.phrase(one.text)) for one in said] if learnt is None else learnt.all
        self._bare: Mapping[tuple[Phrase, Claims], str] | None = learnt.bare if learnt is not None else None

    @classmethod
    def load(cls, registry: Registry, writer: Writer) -> Lessons:
        """All lessons of this package's own registry and writer, as an earlier program left them if one did."""
        content = remembered.recall()
        if content is not None:
            with contextlib.suppress(AttributeError, IndexError, KeyError, TypeError, ValueError):
                return cls(registry, writer, learnt=Learnt.read(content))
        lessons = cls(registry, writer)
        remembered.keep(Learnt(lessons.all, lessons.bare()).content())
        return lessons

    def bare(self) -> Mapping[tuple[Phrase, Claims], str]:
        """Phrases without sides and what they claim, with the pattern each comes from. Numbers are left out, and heard
        similes: who is told that a dentist's chair is for leaning back takes a dentist for leaning back."""
        if self._bare is not None:
            return self._bare
        found: dict[tuple[Phrase, Claims], str] = {}
        for lesson in self.all:
            likened = lesson.wording.heard and not self._similes.isdisjoint(lesson.words)
            if not lesson.words or lesson.wording.numeric or likened:
                continue
            slots = self.slots.take(lesson.words)
            if slots.first != "right" or "left" in lesson.words:  # of mirror images, one is enough
                claims = self.slots.bare(lesson.wording.items, slots)
                found.setdefault((slots.words, claims), lesson.wording.pattern)
        self._bare = found
        return found


def _unheard_mirrors(learnt: Sequence[Wording], registry: Registry) -> list[Wording]:
    """Wordings known of one side only, of the other."""
    known = {one.text for one in learnt}
    mirrors = (one.mirror(registry, known) for one in learnt)
    return [one for one in mirrors if one is not None]

"""What the parser learns from: all wordings in plain form, and the same without sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.heard import Wording, wordings
from unipose.language.reading.nearest import Claims
from unipose.language.reading.plain import Phrase, Plain
from unipose.language.reading.slots import SideSlots
from unipose.language.reading.trie import DEFAULT_SIDE
from unipose.language.writing.writer import Writer


@dataclass(frozen=True)
class Lesson:
    """A wording, and its words in plain form."""

    wording: Wording
    words: Phrase


class Lessons:
    """All wordings, as the parser compares them.

    Args:
        registry: the predicates.
        writer: whose wordings to learn.
        without: wordings (``Wording.text``) that are left out.

    Attributes:
        all: the lessons.
        plain: brings text to the plain form they are in.
        slots: takes the sides out.
        verbs: the base forms of the verbs of acts.
    """

    def __init__(self, registry: Registry, writer: Writer, without: Set[str] = frozenset()) -> None:
        grammar, styles, data = writer.grammar, writer.styles, read_data("cues.yaml")
        learnt = [one for one in wordings(registry, writer, data) if one.text not in without]
        learnt += _unheard_mirrors(learnt, registry)
        self.plurals: Mapping[str, str] = read_data("wordings.yaml")["plurals"]
        verbs = {form(one.verb): one.verb for one in learnt if one.verb for form in (grammar.third, grammar.gerund)}
        for part in self.plurals.values():  # "to elbow someone" must not make one elbow of "elbows"
            verbs.pop(part, None)
        self.verbs = frozenset(verbs.values())
        self._similes = frozenset(data["similes"])
        self.views = tuple(cue.strip(" ,:") for view in styles.viewpoint_cues.values() for cue in view)
        self.plain = Plain(data, verbs, (*styles.silences, *self.views))
        self.slots = SideSlots(registry, self.plurals, DEFAULT_SIDE, read_data("concepts.yaml")["leading"])
        self.all = [Lesson(one, self.plain.phrase(one.text)) for one in learnt]

    def bare(self) -> dict[tuple[Phrase, Claims], str]:
        """Phrases without sides and what they claim, with the pattern each comes from. Numbers are left out, and heard
        similes: who is told that a dentist's chair is for leaning back takes a dentist for leaning back."""
        found: dict[tuple[Phrase, Claims], str] = {}
        for lesson in self.all:
            likened = lesson.wording.heard and not self._similes.isdisjoint(lesson.words)
            if not lesson.words or lesson.wording.numeric or likened:
                continue
            slots = self.slots.take(lesson.words)
            if slots.first != "right" or "left" in lesson.words:  # of mirror images, one is enough
                claims = self.slots.bare(lesson.wording.items, slots)
                found.setdefault((slots.words, claims), lesson.wording.pattern)
        return found


def _unheard_mirrors(learnt: Sequence[Wording], registry: Registry) -> list[Wording]:
    """Wordings known of one side only, of the other."""
    known = {one.text for one in learnt}
    mirrors = (one.mirror(registry, known) for one in learnt)
    return [one for one in mirrors if one is not None]

"""All that the parser learns to read: the writer's wordings, those only heard, numbers, keeping and matching."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.changing.changes import ChangeBook, Direction, graded
from unipose.language.items import Amount, Change, Item, Keep, Match, Statement
from unipose.language.measuring.registry import Registry, read_files, read_folder
from unipose.language.reading.numbers import SLOTS
from unipose.language.writing.amounts import Amounts
from unipose.language.writing.grammar import NUMBER
from unipose.language.writing.patterns import WHOSE, Both, Template, Token
from unipose.language.writing.writer import Writer, wording_id

_DEGREE, _WORD_OF_DEGREE = "bit", "slightly"  # where a wording says "slightly", it may say "by 20 degrees"
_PLUS, _HEARD = " + ", " heard "
_SIDE = re.compile(r"\b(?:left|right)\b(?! angle)")


@dataclass(frozen=True)
class Wording:
    """One thing that can be read.

    Attributes:
        text: what is said, ``<deg>`` or ``<m>`` for a number.
        items: what it claims; of unit size where the text has a number.
        pattern: the pattern it was expanded from, to hold whole patterns out.
        kind: as in ``Template``.
        subject: the words of the text that name the body part, of a state.
        verb: the verb of an act.
    """

    text: str
    items: tuple[Item, ...]
    pattern: str
    kind: str = ""
    subject: str = ""
    verb: str = ""

    def mirror(self, registry: Registry, known: Set[str]) -> Wording | None:
        """The wording with left and right exchanged; None where it is ``known`` or says the same."""
        text = _swapped(self.text)
        if text in known or (items := tuple(registry.mirrored(item) for item in self.items)) == self.items:
            return None
        return replace(self, text=text, items=items, subject=_swapped(self.subject))

    def doubled(self, registry: Registry) -> tuple[Item, ...]:
        """What it claims where it speaks of both sides instead of the left one; nothing where that is no claim."""
        found = [
            replace(item, predicate=item.predicate.replace("left", "both", 1))
            for item in self.items
            if isinstance(item, Statement) and item.predicate.startswith("left_")
        ]
        known = all(item.predicate in registry.index for item in found)
        return tuple(found) if known and len(found) == len(self.items) else ()

    @property
    def heard(self) -> bool:
        """Whether it is understood only: our own texts never have it."""
        return _HEARD in self.pattern

    @property
    def numeric(self) -> bool:
        """Whether the text has a number."""
        return any(slot in self.text for slot in SLOTS.values())


def wordings(registry: Registry, writer: Writer, data: Mapping[str, Any]) -> Iterator[Wording]:
    """Everything that can be read; ``data`` is the parsed ``cues.yaml``."""
    for which, predicate in enumerate(registry.table):
        for kind, groups in writer.templates(which).items():
            for number, group in enumerate(groups):
                pattern = f"{wording_id(predicate.id, predicate.side)} {kind} {number}"
                yield from (_wording(template, (Statement(predicate.id),), pattern) for template in group)
    for name, patterns in read_folder("heard").items():
        for side, claims in _spoken_of(name, registry):
            for number, group in enumerate(writer.grammar.compile({"read": patterns}, side)):
                pattern = f"{name}{_HEARD}{number}"
                yield from (_wording(template, claims, pattern) for template in group)
    book = ChangeBook(registry, writer.grammar)
    yield from changes_said(registry, writer, book)
    yield from _numbers(registry, writer, book, data)
    for name, entry in data["parts"].items():
        yield from _orders(name, entry, data)


def changes_said(registry: Registry, writer: Writer, book: ChangeBook) -> Iterator[Wording]:
    """All ways to say a change: those of the book, then those that are only heard."""
    for direction in book.directions:
        for name, degree in book.degrees.items():
            items = direction.changes(name, registry, degree.means)
            for number, ways in enumerate(direction.templates[name]):
                pattern = f"{direction.measures[0].removeprefix('left_')} {direction.sign} {number}"
                yield from (_wording(template, items, pattern) for template in ways)
    for file, entries in read_files("heard_changes").items():
        for place, entry in enumerate(entries):
            yield from _heard_changes(entry, f"{file} {place}", registry, writer, book)


def _wording(template: Template, items: tuple[Item, ...], pattern: str) -> Wording:
    state = template.kind == "state"
    return Wording(
        _text((*template.head, *template.rest)),
        items,
        pattern,
        template.kind,
        _text(template.head) if state else "",
        str(template.head[-1]) if template.kind == "act" else "",
    )


def _swapped(text: str) -> str:
    return _SIDE.sub(lambda side: OTHER_SIDE[side[0]], text) if "left" in text or "right" in text else text


def _text(tokens: Iterable[Token]) -> str:
    words = (token.plural if isinstance(token, Both) else token for token in tokens)
    return " ".join(word for word in words if word != WHOSE)


def _spoken_of(name: str, registry: Registry) -> list[tuple[str, tuple[Statement, ...]]]:
    """What a name in ``heard/*.yaml`` stands for, with its side: itself, or left, right and both of it. Names of
    several claims ("a + b") stand for themselves."""
    several = name.split(_PLUS)
    if len(several) > 1 and all(one in registry.index for one in several):
        return [("", tuple(map(Statement, several)))]
    found = [one for one in registry.table if name in (one.id, wording_id(one.id, one.side))]
    if not found:
        raise ValueError(f"heard: unknown predicate {name!r} in heard/; registry.yaml lists the known ones")
    return [(one.side, (Statement(one.id),)) for one in found]


def _heard_changes(
    entry: Mapping[str, Any], where: str, registry: Registry, writer: Writer, book: ChangeBook
) -> Iterator[Wording]:
    """Ways to say a change, in every degree and in numbers; ``where`` the entry stands names its patterns."""
    ways = (("increase", "", 1), ("decrease", "", -1), ("toward", "left", 1), ("toward", "right", -1))
    numbers = entry.get("numbers", True)
    for key, toward, sign in (way for way in ways if way[0] in entry):
        for side in entry.get("sides", (*OTHER_SIDE, "both")) if "{side}" in entry["measure"] else (toward,):
            measures = [entry["measure"].replace("{side}", one) for one in (OTHER_SIDE if side == "both" else (side,))]
            unit, scale = registry.measures[registry.measure_index[measures[0]]].unit, entry.get("scale", 1.0)
            single = tuple(Change(measure, sign, "", float(sign), float(sign)) for measure in measures)
            for name, degree in ((name, degree) for name, degree in book.degrees.items() if degree.words):
                near, far = sorted(round(sign * scale * bound, 6) for bound in degree.means[unit])
                items = tuple(Change(measure, sign, name, near, far) for measure in measures)
                words = {role: _last(said) for role, said in degree.words.items()}
                filled = ((pattern, graded(pattern, words)) for pattern in entry[key])
                # what has no place for a degree is plain
                patterns = [text for pattern, text in filled if text and (text != pattern or not words["by"])]
                for number, group in enumerate(writer.grammar.compile({"read": patterns}, side)):
                    for one in (_wording(each, items, f"{where} {sign}{_HEARD}{number}") for each in group):
                        yield one
                        for text in _by_number(one.text, SLOTS[unit]) if numbers and name == _DEGREE else ():
                            yield Wording(text, single, f"step {measures[0]}")


def _last(alternatives: str) -> str:
    """ "slightly" of "(a bit|slightly)": the words of a degree are the same in plain form, so one of them is enough."""
    return alternatives.strip("()").split("|")[-1]


def _numbers(registry: Registry, writer: Writer, book: ChangeBook, data: Mapping[str, Any]) -> Iterator[Wording]:
    nearly = re.compile(rf"\b(?:{'|'.join(data['nearly'])}) (?={re.escape(NUMBER)})")

    def slot(measure: str) -> str:
        return SLOTS[registry.measures[registry.measure_index[measure]].unit]

    for saying in Amounts(registry, writer.grammar).sayings:
        items = tuple(Amount(name, float(saying.sign), float(saying.sign)) for name in saying.measures)
        for template in (template for group in saying.templates for template in group):
            one = _wording(template, items, f"number {saying.measures[0]}")
            text = nearly.sub("", one.text).replace(NUMBER, slot(saying.measures[0]))
            yield replace(one, text=text)
    for entry in data["heard_numbers"]:
        yield from _heard_numbers(entry, writer, slot)
    for direction in book.directions:
        yield from _steps(direction, slot(direction.measures[0]))
        for template in itertools.chain.from_iterable(direction.numbers):
            text = nearly.sub("", _text((*template.head, *template.rest))).replace(NUMBER, slot(direction.measures[0]))
            yield Wording(text, _one(direction), f"step {direction.measures[0]}")


def _heard_numbers(entry: Mapping[str, Any], writer: Writer, slot: Callable[[str], str]) -> Iterator[Wording]:
    sided = "{side}" in entry["measure"]
    for side in (*OTHER_SIDE, "both") if sided else (entry.get("side", ""),):
        names = [entry["measure"].replace("{side}", one) for one in (OTHER_SIDE if side == "both" else (side,))]
        items = tuple(Amount(name, float(entry["sign"]), float(entry["sign"])) for name in names)
        for template in itertools.chain.from_iterable(writer.grammar.compile({"read": entry["say"]}, side)):
            text = _text(template.rest).replace(NUMBER, slot(names[0]))
            yield Wording(text, items, f"heard number {names[0]}")


def _one(direction: Direction) -> tuple[Change, ...]:
    """A change of one unit."""
    size = float(direction.sign)
    return tuple(Change(name, direction.sign, "", size, size) for name in direction.measures)


def _steps(direction: Direction, slot: str) -> Iterator[Wording]:
    """ "Raise your left arm by 20 degrees", "lean 10 degrees further forward"."""
    items = _one(direction)
    for template in (template for group in direction.templates[_DEGREE] for template in group):
        for said in _by_number(_text((*template.head, *template.rest)), slot):
            yield Wording(said, items, f"step {direction.measures[0]}")


def _by_number(text: str, slot: str) -> Sequence[str]:
    """A wording with a number where it says how much; none where it does not."""
    if _WORD_OF_DEGREE not in text.split():
        return ()
    bare = " ".join(word for word in text.split() if word != _WORD_OF_DEGREE)
    places = (text.replace(_WORD_OF_DEGREE, slot), text.replace(_WORD_OF_DEGREE, f"by {slot}"))
    return (*places, f"{bare} {slot}", f"{bare} by {slot}")


def _orders(name: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Wording]:
    """Keeping a part as it is, and taking one side for the model of the other."""
    for part in entry["words"]:
        for text in data["keep"]:
            yield Wording(text.replace("{part}", part), (Keep(name),), f"keep {name}")
        for text in data["mirror"] if entry.get("mirrors") else ():
            yield Wording(text.replace("{part}", part), (Match(name, of_before=True),), f"mirror {name}")
        if "model" in entry:
            for text in data["match"]:
                said = text.replace("{part}", part).replace("{model}", entry["model"])
                yield Wording(said, (Match(name),), f"match {name}")

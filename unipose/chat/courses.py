"""Where the last change was heading, and how to go on or back: "deeper", "a touch lower again", "as high as you can".

Such words name neither a part nor what it does. They are read as a step: along which axis, how far, on or back. What
was changed last says the rest: the words of the last order if they say it, else what moved most between the two poses.
The result is an order in full that the parser reads as just that change. The words are data (``phrases.yaml``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from unipose.body.pose import Pose
from unipose.chat.references import led, phrases
from unipose.chat.understanding import stated
from unipose.language.asking.answering import Answerer
from unipose.language.changing.changes import ChangeBook
from unipose.language.changing.differences import touches
from unipose.language.items import Amount, Change, Item, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.heard import changes_said
from unipose.language.writing.grammar import Grammar

_MOVED = 1.0  # sigmas: what changed less was not what was meant
_BOTH = 0.6  # of the clearer side's change, for both sides to have moved
_SIDED = re.compile(r"^(?:left|right)_")


@dataclass(frozen=True)
class Step:
    """A step that names no part.

    Attributes:
        axis: a key of ``axes`` in the data behind "+" or "-"; empty where the words only say on or back.
        degree: as in ``ChangeBook.degrees``.
        back: whether it goes back on what was done.
        loose: whether it may go on along another axis ("deeper", of a twist).
    """

    axis: str = ""
    degree: str = "plain"
    back: bool = False
    loose: bool = False


@dataclass(frozen=True)
class Move:
    """What was done last: the order in full, and the poses before (none for a new pose) and after it."""

    order: str
    before: Pose | None
    after: Pose


@dataclass(frozen=True)
class _Course:
    """Measures that change, two where both sides do, and the sign."""

    measures: tuple[str, ...]
    sign: int


def step(text: str) -> Step | None:
    """The step that a text asks for; ``None`` where it says more than that, or something else.

    >>> step("and a touch lower again, please")
    Step(axis='-up', degree='touch', back=False, loose=False)
    >>> step("as far as you can").degree, step("lower the arm")
    ('lot', None)
    """
    said, found, degree = led(text).lower().strip(" .,!?"), Step(), ""
    steps = False
    while said:
        kind, word, size = next(
            ((kind, word, match.end()) for kind, word, token in _tokens() if (match := token.match(said))), ("", "", 0)
        )
        if not kind:
            return None
        said = said[size:].lstrip(" ,")
        steps = steps or kind != "empty"
        if kind == "degrees":
            degree = word
        elif kind in ("axis", "loose") and not found.axis:
            found = replace(found, axis=word, loose=kind == "loose")
        elif kind == "back":
            found = replace(found, back=True)
    return replace(found, degree=degree or ("bit" if found.back else "plain")) if steps else None


def gist(text: str, back: bool) -> Step:
    """The step that is in a text which says more than that; on, or back on what was done.

    >>> gist("the thing there could be quite a bit higher", back=False)
    Step(axis='+up', degree='bit', back=False, loose=True)
    """
    said = led(text).lower()
    found = [(kind, word) for kind, word, token in _tokens() for match in [_within(token).search(said)] if match]
    axis = "" if back else next((word for kind, word in found if kind in ("axis", "loose")), "")
    degrees = [word for kind, word in found if kind == "degrees" and not (back and word == "lot")]  # "too much"
    return Step(axis=axis, degree=degrees[0] if degrees else "bit" if back else "plain", back=back, loose=True)


@functools.lru_cache(maxsize=256)
def _within(token: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w']){token.pattern}")


def clauses(text: str) -> list[str]:
    """The clauses of a text, one of which may be a step ("less, just a glance")."""
    return [clause.strip() for clause in re.split(r"[,;:.!]+", text) if clause.strip()]


def go_on(wanted: Step, last: Move) -> str | None:
    """The order in full for a step after the last change; ``None`` where it is not known what to go on with.

    >>> from unipose.body.postures import standing
    >>> go_on(step("deeper"), Move("bend your knees more", None, standing()))
    'bend knees more'
    """
    found = [way for course in _courses(last) if (way := _along(course, wanted.axis)) is not None]
    if not found and wanted.loose:
        found = list(_courses(last))
    turned = (replace(course, sign=-course.sign) if wanted.back else course for course in found)
    return next((order for course in turned if (order := _order(course, wanted.degree))), None)


def along(measures: Sequence[str], wanted: Step) -> str:
    """The order in full that some measures go up or down, by the step's axis; empty without words for it."""
    sign = -1 if wanted.axis.startswith("-") else 1
    return _order(_Course(tuple(sorted(measures)), sign), wanted.degree)


# -- what was heading where ------------------------------------------------------------------------------------


def _courses(last: Move) -> Iterator[_Course]:
    """Courses to go on with, the best first."""
    items = stated(last.order).items
    changes = [item for item in items if isinstance(item, Change) and not item.negated]
    if changes:
        first = changes[0]
        pair = [each.measure for each in changes if _of_both(each.measure) == _of_both(first.measure)]
        yield _Course(tuple(sorted(dict.fromkeys(pair))), first.direction)
    if last.before is not None:
        yield from _moved(items, last.before, last.after)


def _moved(items: Sequence[Item], before: Pose, after: Pose) -> list[_Course]:
    """What moved between two poses, the clearest first; of the parts that were spoken of, where some were."""
    registry = Registry.load()
    values = registry.measure_poses(torch.stack((before.rotations, after.rotations)))
    change = ((values[1] - values[0]) / registry.sigma).tolist()
    regions = {_region(item) for item in items}
    found: dict[_Course, float] = {}
    for course in dict.fromkeys(_Course(measures, sign) for measures, sign, _ in _said()):
        sizes = [change[registry.measure_index[measure]] * course.sign for measure in course.measures]
        if min(sizes) >= max(_MOVED, _BOTH * max(sizes)):
            found[course] = sum(sizes) / len(sizes) + len(sizes)  # both sides rather than one
    near = [each for each in found if any(touches(_area(each), {region}) for region in regions)]
    return sorted(near or found, key=lambda each: -found[each])


def _region(item: Item) -> str:
    registry = Registry.load()
    if isinstance(item, Statement):
        return registry[item.predicate].region
    return _measured(item.measure) if isinstance(item, Change | Amount) else item.region


def _area(course: _Course) -> str:
    region = _measured(course.measures[0])
    return _SIDED.sub("", region) + "s" if len(course.measures) > 1 else region


def _measured(measure: str) -> str:
    registry = Registry.load()
    return registry.measures[registry.measure_index[measure]].region


def _along(course: _Course, axis: str) -> _Course | None:
    """The course, turned to go along an axis; ``None`` where it does not lie on it."""
    if not axis:
        return course
    sense = phrases()["courses"]["axes"][axis[1:]].get(_of_both(course.measures[0]))
    return None if sense is None else replace(course, sign=sense if axis[0] == "+" else -sense)


def _of_both(measure: str) -> str:
    return _SIDED.sub("{side}_", measure)


# -- an order in full ------------------------------------------------------------------------------------------


def _order(course: _Course, degree: str) -> str:
    """Words for a change in a degree that are read as just this change; empty where there are none."""
    return next((text for text in _said().get((course.measures, course.sign, degree), ()) if _does(text, course)), "")


def _does(text: str, course: _Course) -> bool:
    read = stated(text)
    ways = {item.measure for item in read.sure(1.0) if isinstance(item, Change) and item.direction == course.sign}
    return not read.unparsed and ways == set(course.measures) and len(read.items) == len(ways)


@functools.lru_cache(maxsize=1)
def _said() -> Mapping[tuple[tuple[str, ...], int, str], Sequence[str]]:
    """Measures, sign and degree to the words that say so, orders first."""
    registry = Registry.load()
    found: dict[tuple[tuple[str, ...], int, str], list[str]] = {}
    book = ChangeBook(registry, Grammar(read_data("wordings.yaml")))
    for one in changes_said(registry, Answerer.load().writer, book):
        items = [item for item in one.items if isinstance(item, Change) and item.degree]
        if items and one.kind in ("act", "read"):
            key = tuple(sorted(item.measure for item in items)), items[0].direction, items[0].degree
            found.setdefault(key, []).append(one.text)
    return found


# -- the data --------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _tokens() -> Sequence[tuple[str, str, re.Pattern[str]]]:
    """Kind, what it says, and pattern of each word of a step, the longest first."""
    data: Mapping[str, Any] = phrases()["courses"]
    named = [(kind, "", word) for kind in ("empty", "onward", "back") for word in data[kind]]
    named += [
        (kind, key, word)
        for kind in ("degrees", "axis", "loose")
        for key, words in data[kind].items()
        for word in words
    ]
    named.sort(key=lambda one: -len(one[2]))
    return [(kind, key, re.compile(rf"(?:{word})(?![\w'])")) for kind, key, word in named]

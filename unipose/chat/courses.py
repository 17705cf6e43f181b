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
from unipose.body.postures import standing
from unipose.body.skeleton import OTHER_SIDE
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
_Token = tuple[str, str, re.Pattern[str]]
_SIDED = re.compile(r"^(?:left|right)_")


@dataclass(frozen=True)
class Step:
    """A step that names no part.

    Attributes:
        axis: a key of ``axes`` in the data behind "+" or "-", or "~" for either way; empty where the words only say on
            or back.
        degree: as in ``ChangeBook.degrees``.
        back: whether it goes back on what was done.
        loose: whether it may go on along another axis ("deeper", of a twist).
        deed: a key of ``deeds`` in the data, where the words name what is done ("twist more").
    """

    axis: str = ""
    degree: str = "plain"
    back: bool = False
    loose: bool = False
    deed: str = ""


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
    Step(axis='-up', degree='touch', back=False, loose=False, deed='')
    >>> step("as far as you can").degree, step("lower the arm")
    ('lot', None)
    """
    if re.fullmatch(phrases()["courses"]["again"], text.lower().strip(" .,!")):
        return Step()
    found = _step(text, _tokens())
    return found if found is not None or stated(text).items else _step(text, (*_tokens(), *_loosely()))


def _step(text: str, tokens: Sequence[_Token]) -> Step | None:
    said, found, degree = led(text).lower().strip(" .,!?"), Step(), ""
    steps = returns = over = False
    while said:
        fits = ((kind, word, token.match(said)) for kind, word, token in tokens if steps or kind != "behind")
        kind, word, size = next(((kind, word, match.end()) for kind, word, match in fits if match), ("", "", 0))
        if not kind:
            return None
        returns, over = returns or kind == "back", over or kind in ("excess", "overdone")
        said = said[size:].lstrip(" ,;.!")
        steps = steps or kind not in ("empty", "behind", "deed")
        if kind == "degrees":
            degree = word
        elif kind == "overdone":
            found = replace(found, axis=word, back=True, loose=True)
        elif kind in ("axis", "loose") and not found.axis:
            found = replace(found, axis=word, loose=kind == "loose")
        elif kind == "deed":
            found = replace(found, deed=word)
        elif kind in ("back", "excess"):
            found = replace(found, back=True)
    degree = degree or ("bit" if found.back else "plain")
    if returns and not over and found.axis[:1] in ("+", "-"):  # "back up": the way is said already
        found = replace(found, back=False)
    return replace(found, degree=degree) if steps else None


def gist(text: str, back: bool) -> Step:
    """The step that is in a text which says more than that; on, or back on what was done.

    >>> gist("the thing there could be quite a bit higher", back=False)
    Step(axis='+up', degree='bit', back=False, loose=True, deed='')
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


def go_on(wanted: Step, last: Move, among: Sequence[str] = ()) -> str | None:
    """The order in full for a step after the last change; ``None`` where it is not known what to go on with.

    Args:
        wanted: the step.
        last: the last change.
        among: the measures that may be gone on with; any when left out.

    >>> from unipose.body.postures import standing
    >>> go_on(step("deeper"), Move("bend your knees more", None, standing()))
    'bend knees more'
    """
    if wanted.deed:
        return _done(wanted, last)
    heading = [one for one in _courses(last, wanted) if not among or set(one.measures) <= set(among)]
    found = [way for course in heading if (way := _along(course, wanted.axis)) is not None]
    if last.before is None:  # "lower", of a squat: on rather than back
        found.sort(key=lambda way: way not in heading)
    if not found and wanted.loose:
        found = heading
    turned = (replace(course, sign=-course.sign) if wanted.back else course for course in found)
    return next((order for course in turned if (order := _order(course, wanted.degree))), None)


def _done(wanted: Step, last: Move) -> str | None:
    """The order in full for more or less of a deed: of what was done last, else of how the body is."""
    ways = [way.lstrip("+-") for way in phrases()["courses"]["deeds"][wanted.deed]]
    measures = [way.replace("{side}", side) for way in ways for side in OTHER_SIDE]
    full = go_on(replace(wanted, deed="", axis=""), last, among=measures)
    if full:
        return full
    registry = Registry.load()
    values = (registry.measure_poses(last.after.rotations[None])[0] / registry.sigma).tolist()
    size = {way: values[registry.measure_index[way]] for way in ways}
    most = max(ways, key=lambda way: abs(size[way]))
    named = next(way for way in phrases()["courses"]["deeds"][wanted.deed] if way.lstrip("+-") == most)
    sign = -1 if named[0] == "-" or (named[0] != "+" and size[most] < 0) else 1
    return _order(_Course((most,), -sign if wanted.back else sign), wanted.degree) or None


def went(order: str, last: Move) -> bool:
    """Whether all that an order changes went that way with the last change; true of a new pose."""
    if last.before is None:
        return True
    registry = Registry.load()
    values = registry.measure_poses(torch.stack((last.before.rotations, last.after.rotations)))
    change = ((values[1] - values[0]) / registry.sigma).tolist()
    items = [item for item in stated(order).items if isinstance(item, Change)]
    return all(change[registry.measure_index[item.measure]] * item.direction > 0 for item in items)


def along(measures: Sequence[str], wanted: Step) -> str:
    """The order in full that some measures go up or down, by the step's axis; empty without words for it."""
    sign = -1 if wanted.axis.startswith("-") else 1
    return _order(_Course(tuple(sorted(measures)), sign), wanted.degree)


# -- what was heading where ------------------------------------------------------------------------------------


def _courses(last: Move, wanted: Step) -> Iterator[_Course]:
    """Courses to go on with, the best first."""
    items = stated(last.order).items
    changes = [item for item in items if isinstance(item, Change) and not item.negated]
    for kind in dict.fromkeys((_of_both(each.measure), each.direction) for each in changes):
        alike = [each.measure for each in changes if (_of_both(each.measure), each.direction) == kind]
        yield _Course(tuple(sorted(dict.fromkeys(alike))), kind[1])
    if last.before is not None or wanted.axis or any(_of_a_part(item) for item in items):
        # a new pose has come about from standing as everybody does
        found = _moved(items, last.before or standing(), last.after)
        whole = stated(last.order).unparsed or not all(map(_of_a_part, items))
        if last.before is None and not wanted.axis and whole:
            # "less", of a bow with the hands on the thighs: a bow is more than its hands
            found = [one for one in _moved((), standing(), last.after) if not _SIDED.match(one.measures[0])]
        yield from found


def _of_a_part(item: Item) -> bool:
    return not isinstance(item, Statement) or not Registry.load()[item.predicate].whole


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
    if sense is None or axis[0] == "~":
        return None if sense is None else course
    return replace(course, sign=sense if axis[0] == "+" else -sense)


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
def _tokens() -> Sequence[_Token]:
    """Kind, what it says, and pattern of each word of a step, the longest first."""
    data: Mapping[str, Any] = phrases()["courses"]
    named = [(kind, "", word) for kind in ("empty", "onward", "back", "excess") for word in data[kind]]
    named += [
        (kind, key, word)
        for kind in ("degrees", "axis", "loose")
        for key, words in data[kind].items()
        for word in words
    ]
    overdone = ((key, word) for key, words in data["overdone"].items() for word in words)
    named += [("overdone", key, word.replace("{too}", data["too"])) for key, word in overdone]
    named.sort(key=lambda one: -len(one[2]))
    return [(kind, key, re.compile(rf"(?:{word})(?![\w'])")) for kind, key, word in named]


@functools.lru_cache(maxsize=1)
def _loosely() -> Sequence[_Token]:
    """Words that are taken for a step where nothing else is read in a text: "rounder", "not that big"."""
    data: Mapping[str, Sequence[str]] = phrases()["courses"]["loosely"]
    part = phrases()["ellipsis"]["part"]
    named = [(kind, "", word.replace("{part}", part)) for kind, words in data.items() for word in words]
    named += [("deed", word, word) for word in phrases()["courses"]["deeds"]]
    return [(kind, key, re.compile(rf"(?:{word})(?![\w'])")) for kind, key, word in named]

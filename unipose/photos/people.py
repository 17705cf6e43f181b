"""Which of several people is meant: by a click, a number, words, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from unipose.photos.detections import Detections, Person
from unipose.photos.layouts import SURE

ALIKE = 0.05
"""Two heights or sizes closer than this part of the larger are told apart by nobody."""


@dataclass(frozen=True)
class Choice:
    """Who is meant.

    Attributes:
        index: into ``detections.people``; None when nobody is chosen.
        remark: why nobody is, as a sentence or a question; empty when the words do not point at anybody.
    """

    index: int | None
    remark: str = ""


def main_person(detections: Detections) -> int | None:
    """The person whom a photo is most likely of: large, central and surely found. None when there is nobody."""
    width, height = detections.size

    def weight(person: Person) -> float:
        left, top, right, bottom = person.box
        away = np.hypot((left + right) / 2 / width - 0.5, ((top + bottom) / 2 / height - 0.5) / 2)
        seen = float((person.keypoints[:, 2] >= SURE).mean())
        return ((right - left) * (bottom - top)) ** 0.5 * (1 - 0.6 * float(away)) * (0.3 + seen) * person.score

    weights = [weight(person) for person in detections.people]
    return int(np.argmax(weights)) if weights else None


def choose_at(detections: Detections, x: float, y: float) -> Choice:
    """The person under a click at pixels ``x``, ``y``: of several boxes that hold it, the one whose body is nearest."""
    holding = [
        index
        for index, person in enumerate(detections.people)
        if person.box[0] <= x <= person.box[2] and person.box[1] <= y <= person.box[3]
    ]
    if not holding:
        return Choice(None, "There is nobody at that place; click inside a box." if detections.people else _NOBODY)
    return Choice(min(holding, key=lambda index: _distance(detections.people[index], x, y)))


def choose_number(detections: Detections, number: int) -> Choice:
    """The person of a number; they are counted from the left, from 1."""
    count = len(detections.people)
    if not count:
        return Choice(None, _NOBODY)
    if not 1 <= number <= count:
        return Choice(None, f"There is no person {number}: I see {_count(count)}.")
    return Choice(number - 1)


def choose_by_words(detections: Detections, words: str, current: int | None = None) -> Choice:
    """The person that words point at by place, size or number, as the picture shows left and right.

    What people are or wear is not known here, and is passed over: "the woman on the right" is whoever is on the right.

    Args:
        detections: what was found.
        words: such as "the second from the left"; may hold more than that.
        current: whom "the other one" is other than.

    Returns:
        A choice; where the words ask for what cannot be, or fit several people, a remark that says so.
    """
    text = " ".join(re.sub(r"[^\w#' -]", " ", words.lower()).split())
    rank, ways = _heard(text)
    other = bool(re.search(r"\b(the )?other (one|person|man|woman|guy|player|boy|girl)\b", text))
    if rank is None and not ways and not other:
        return _unpointed(detections, text)
    count = len(detections.people)
    if not count:
        return Choice(None, _NOBODY)
    if re.search(r"\b(left|right) of (?!the (photo|picture|image|frame)\b)", text) or "next to" in text:
        return Choice(None, f"I cannot find people by who is beside them. {_ask(count)}")
    if other:
        return _other(count, current)
    if rank is not None:
        return _ranked(detections, rank, ways)
    if len(ways) != len({_AXES[way] for way in ways}):  # left and right at once
        return Choice(None, f"That points two ways. {_ask(count)}")
    return _extreme(detections, ways)


def people_words() -> list[str]:
    """Patterns of nouns for somebody, in lower case."""
    return list(_words()["people"])


_NOBODY = "I see nobody in this picture."

# Which measure of a person a way looks at, and whether its largest or smallest value is meant.
_AXES = {
    "left": "x", "right": "x", "middle": "x", "top": "y", "bottom": "y", "near": "depth", "far": "depth",
    "tall": "size", "short": "size", "big": "size", "small": "size",
}  # fmt: skip
_BEFORE_ONLY = {"tall", "short", "big", "large", "small", "little", "tiny", "taller", "shorter", "bigger", "smaller"}
_LARGEST = {"right", "bottom", "near", "tall", "big"}


def _heard(text: str) -> tuple[int | None, list[str]]:
    """The rank or number named (-1: the last), and the ways pointed, in the order of ``choosing.yaml``."""
    lists = _words()
    body = "|".join(map(re.escape, lists["body"]))
    text = re.sub(rf"\b(left|right)( and (left|right))? ({body})\b", " ", text)
    text = re.sub(r"\b(his|her|their|its|your|my) (left|right)\b", " ", text)
    text = re.sub(r"\b(all right|right now|right away|in front of (him|her|them|it|the|a|his|their))\b", " ", text)
    people = "|".join(lists["people"])
    rank = None
    for word, value in lists["order"].items():
        if re.search(rf"\b{word}( ({people}))?( (from|on|counting)\b|$| ({people})\b)", text) and "the" in text.split():
            rank = value
    number = re.search(rf"(?:\b(?:person|people|number|no|box|nr)|#) ?(\d+|{'|'.join(lists['counted'])})\b", text)
    if number:
        rank = int(lists["counted"].get(number[1], 0) or number[1])
    elif re.search(rf"\bthe last( ({people}))?\b", text):
        rank = -1
    ways = []
    for way in _AXES:
        if any(re.search(_pointing(word, people), text) for word in lists[way]):
            ways.append(way)
    return rank, ways


def _pointing(word: str, people: str) -> str:
    """A pattern for a word where it points at a person: a superlative, or before or behind somebody named.

    "Lean to the left" and "arms in front" point at nobody.
    """
    escaped = re.escape(word)
    place = rf"(?:(?:on|at|in|to|towards?) (?:the )?(?:far |very |most )?)?{escaped}\b"
    before = rf"{escaped} (?:{people})\b"
    behind = rf"\b(?:{people})(?: (?!(?:and|his|her|their)\b)\w+){{0,3}}? {place}"
    alone = rf"^(?:(?:on|at|in) )?(?:the )?(?:far |very |most )?{escaped}(?: (?:of|in) the (?:photo|picture|image))?$"
    counted = rf"from (?:the )?(?:far )?{escaped}\b"
    if word.endswith(("most", "est")) or word == "main":
        return rf"(?:{escaped}\b)"
    return rf"(?:{before}|{counted}|{alone})" if word in _BEFORE_ONLY else rf"(?:{before}|{behind}|{counted}|{alone})"


def _unpointed(detections: Detections, text: str) -> Choice:
    """Words without a place: nothing to choose, unless they only name somebody."""
    count = len(detections.people)
    named = re.fullmatch(rf"(?:the |that |this )?(?:\w+ ){{0,2}}(?:{'|'.join(_words()['people'])})(?: in \w+)?", text)
    if not named:
        return Choice(None)
    if count == 1:
        return Choice(0)
    return Choice(None, f"I cannot tell who that is. {_ask(count)}" if count else _NOBODY)


def _other(count: int, current: int | None) -> Choice:
    if count == 1:
        return Choice(None, "There is only one person in this picture.")
    if count == 2 and current in (0, 1):
        return Choice(1 - current)
    return Choice(None, f"There are several others. {_ask(count)}")


def _ranked(detections: Detections, rank: int, ways: Sequence[str]) -> Choice:
    """The n-th, from the left unless a way says from where."""
    count = len(detections.people)
    if rank == -1:
        rank = count
    if not 1 <= rank <= count:
        return Choice(None, f"There is no person {rank}: I see {_count(count)}.")
    way = next((way for way in ways if way != "middle"), "left")
    return Choice(_sorted(detections, way)[rank - 1])


def _extreme(detections: Detections, ways: Sequence[str]) -> Choice:
    """The one who is most so; a second way chooses among those on the side that the first names."""
    people = list(range(len(detections.people)))
    if len(people) == 1:
        return Choice(0)
    for way in ways[:-1]:
        ranked = [index for index in _sorted(detections, way) if index in people]
        people = ranked[: max(1, (len(ranked) + 1) // 2)]
    way = ways[-1]
    if way == "middle" and len(people) % 2 == 0:
        return _between(detections, people)
    ranked = [index for index in _sorted(detections, way) if index in people]
    if way == "middle":
        return Choice(ranked[0])
    if len(ranked) > 1 and _AXES[way] in ("size", "depth"):
        first, second = (_measure(detections.people[index], _AXES[way]) for index in ranked[:2])
        if abs(first - second) < ALIKE * max(abs(first), abs(second)):
            return Choice(None, f"Two people are about alike in that. {_ask(len(detections.people))}")
    return Choice(ranked[0])


def _between(detections: Detections, people: list[int]) -> Choice:
    """Of an even number the one nearest to the middle of the photo, if one is clearly nearer."""
    away = [abs(_measure(detections.people[index], "x") - detections.size[0] / 2) for index in people]
    order = np.argsort(away)
    if away[order[0]] < 0.5 * away[order[1]]:
        return Choice(people[int(order[0])])
    return Choice(None, f"There are two in the middle. {_ask(len(detections.people))}")


def _sorted(detections: Detections, way: str) -> list[int]:
    """Indices of the people, the one most so first."""
    indices = range(len(detections.people))
    if way == "middle":
        middle = (len(detections.people) - 1) / 2
        return sorted(indices, key=lambda index: abs(index - middle))
    sign = -1 if way in _LARGEST else 1
    key: Callable[[int], float] = lambda index: sign * _measure(detections.people[index], _AXES[way])  # noqa: E731
    return sorted(indices, key=key)


def _measure(person: Person, axis: str) -> float:
    """Pixels: where the box is, how tall it is, or, for nearness, how tall and how low it stands."""
    left, top, right, bottom = person.box
    return {
        "x": (left + right) / 2,
        "y": (top + bottom) / 2,
        "size": max(bottom - top, right - left),
        "depth": (bottom - top) + bottom,
    }[axis]


def _distance(person: Person, x: float, y: float) -> float:
    points = person.keypoints[person.keypoints[:, 2] >= SURE, :2]
    if not len(points):
        points = np.array(person.box).reshape(2, 2).mean(axis=0, keepdims=True)
    return float(np.hypot(*(points - (x, y)).T).min())


def _ask(count: int) -> str:
    return "Which one?" if count < 2 else f"Which one? Say a place or a number, 1 (left) to {count} (right)."


def _count(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


@cache
def _words() -> dict:
    return yaml.safe_load(Path(__file__).with_name("choosing.yaml").read_text(encoding="utf-8"))

"""Turns, and parts of turns, that are not about a pose or that no pose can show; and turns that nobody understands.

What people say, and the answers, are data (``talk.yaml``, ``beyond.yaml``). The parser has the last word: what it
surely reads as a claim about the body is never taken for talk.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from unipose.chat.understanding import stated
from unipose.language.asking.questions import Reader
from unipose.language.items import Change, Item, Statement
from unipose.language.measuring.registry import Registry
from unipose.language.reading.parser import Parser

DATA = tuple(Path(__file__).with_name(name) for name in ("talk.yaml", "beyond.yaml"))

_QUOTED = 60  # characters of the person's words that are said back
_LONGEST = 160  # characters of a piece of talk; who says more tells of a pose
# A turn is looked at whole, then by sentences, then by what stands between commas, then by what "and" joins.
_JOINTS = (r"\s*[.!?;:]+(?:\s+|$)", r"\s*,+\s*|\s+-+\s+", r"\s+(?:and|but|while)\s+(?:then\s+)?|\s+then\s+")


@dataclass(frozen=True)
class Heard:
    """A turn without its talk.

    Attributes:
        rest: the words that ask something of a pose; empty when none do.
        remark: what is to be said to the others; empty when there is nothing to say.
    """

    rest: str
    remark: str = ""


@dataclass(frozen=True)
class _Family:
    name: str
    asks: tuple[re.Pattern[str], ...]
    says: tuple[str, ...]
    beyond: bool
    always: bool
    whole: bool

    def fits(self, ways: Sequence[str]) -> bool:
        return any(ask.fullmatch(way) for ask in self.asks for way in ways)


@dataclass(frozen=True)
class _Piece:
    joint: str
    text: str
    family: _Family | None


def hear(text: str, turn: int) -> Heard:
    """Tell talk from what is asked of a pose.

    Args:
        text: what the user wrote.
        turn: its number in the conversation; answers are worded by it.

    >>> hear("Raise the left arm and smile.", 0).rest
    'Raise the left arm'
    >>> hear("Raise the left arm.", 0)
    Heard(rest='Raise the left arm.', remark='')
    """
    pieces = [piece for piece in _pieces(text.strip(), "", 0) if piece.text]
    found = list(dict.fromkeys(piece.family for piece in pieces if piece.family is not None))
    beyond = [family for family in found if family.beyond]
    if not found or (not beyond and any(piece.family is None for piece in pieces)):
        return Heard(text)
    rest = "".join(piece.joint + piece.text for piece in pieces if not (piece.family and piece.family.beyond))
    rest = re.sub(r"^(?:\W|\b(?:and|but|then|while)\b)+", "", rest)
    doable = bool(stated(rest).items) if any(family.whole for family in beyond) else understood(rest)
    if any(piece.family is None for piece in pieces) and doable:
        return Heard(rest, " ".join(_said(family, turn) for family in beyond))
    light = _data()["light"]
    answering = beyond or [max(found, key=lambda family: family.name not in light)]
    return Heard("", " ".join(_said(family, turn) for family in answering))


def understood(text: str) -> bool:
    """Whether there is something in a text that could be about a body: a claim, a part, a movement, or somebody.

    >>> understood("blorf the snozzle"), understood("nod slowly")
    (False, True)
    """
    if stated(text).items:
        return True
    words, forms = _about()
    said = _plain(text)
    return not words.isdisjoint(re.findall(r"[^\W\d_]+", said)) or any(form.search(said) for form in forms)


def pictured(text: str) -> bool:
    """Whether a text has the form of somebody, or of something that is being done.

    >>> pictured("a lamplighter at dusk"), pictured("slow him down")
    (True, False)
    """
    return any(form.search(_plain(text)) for form in _about()[1])


def read(text: str) -> bool:
    """Whether anything that a pose could do is read in a text.

    >>> read("raise the left arm"), read("juggle three sonnets")
    (True, False)
    """
    return bool(stated(text).items)


def puzzled(text: str, has_pose: bool, turn: int) -> str:
    """What to say to a text in which nothing was read: that it was not, and what comes near to it."""
    answers = _data()["not_understood" if has_pose else "nothing_understood"]
    said = set(re.findall(r"[a-z]+", text.lower()))
    examples = next(one["say"] for one in _data()["examples"] if not one["words"] or said & set(one["words"]))
    quoted = text if len(text) <= _QUOTED else text[:_QUOTED].rstrip() + " ..."
    return answers[turn % len(answers)].format(text=quoted, examples=examples)


def strange(text: str) -> bool:
    """Whether a text is a question in which nothing is asked about a body or somebody.

    >>> strange("What is the price of gold?"), strange("What is she up to?")
    (True, False)
    """
    said = _plain(text)
    words, _ = _about()
    about = words | frozenset(_data()["about"]["asked"].split())
    return bool(re.match(_data()["about"]["asking"], said)) and about.isdisjoint(re.findall(r"[^\W\d_]+", said))


def unanswered(turn: int) -> str:
    """What to say to a :func:`strange` question."""
    answers = _data()["not_answered"]
    return answers[turn % len(answers)]


def said(name: str, turn: int) -> str:
    """What a family of talk (a name in the data) answers; empty where there is no such family."""
    return next((_said(family, turn) for family in _families() if family.name == name), "")


# -- families --------------------------------------------------------------------------------------------------


def _pieces(text: str, joint: str, level: int) -> Iterator[_Piece]:
    several = level == 0 and re.search(rf"{_JOINTS[0]}(?=\S)", text)  # each of several sentences for itself
    family = None if several else _family(text)
    if family is not None or level == len(_JOINTS):
        yield _Piece(joint, text, family)
        return
    parts = re.split(f"({_JOINTS[level]})", text)
    for place in range(0, len(parts), 2):
        yield from _pieces(parts[place], parts[place - 1] if place else joint, level + 1)


def _family(text: str) -> _Family | None:
    ways = _ways(text)
    family = next((family for family in _families() if family.fits(ways)), None)
    if family is None or family.always:
        return family
    return None if _asked(text) or _claims(text, family.beyond) else family


def _asked(text: str) -> bool:
    """Whether a text is a question that a pose answers, led up to as one ("may I ask which knee is bent")."""
    reader = Reader.of(Parser.load())
    asked = reader.read(text) if reader.patterns.led(text) else None
    return asked is not None and asked.kind != "unanswerable"


def _ways(text: str) -> list[str]:
    """A piece of a turn as it stands, and without the courtesies around it."""
    said = _plain(text)
    if len(said) > _LONGEST:
        return []
    before, after = _courtesies()
    led = before.sub("", said)
    ways = (said, led, after.sub("", said), after.sub("", led))
    return [way for way in dict.fromkeys(ways) if way]


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\u2019", "'").strip(" .,!?;:-\t\n").split())


def _claims(text: str, beyond: bool) -> bool:
    """Whether the parser is sure that a text speaks of the body.

    Where a thing cannot be shown the name of a pose counts as well ("thumbs up"), unless more is said than the name.
    """
    read = stated(text)
    if beyond:
        return bool(read.items) and not read.unparsed and read.confidence == 1.0
    return any(_of_limbs(item) for item in read.sure(1.0))


def _of_limbs(item: Item) -> bool:
    return isinstance(item, Change) or (
        isinstance(item, Statement) and Registry.load()[item.predicate].region != "name"
    )


def _said(family: _Family, turn: int) -> str:
    return family.says[turn % len(family.says)]


# -- the data --------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    return {key: entry for file in DATA for key, entry in yaml.safe_load(file.read_text(encoding="utf-8")).items()}


@functools.lru_cache(maxsize=1)
def _families() -> tuple[_Family, ...]:
    data = _data()
    # what cannot be shown goes first: its patterns say more
    return tuple(
        _Family(
            name,
            tuple(map(_compiled, entry["ask"])),
            tuple(entry["say"]),
            part == "beyond",
            entry.get("always", False),
            entry.get("whole", False),
        )
        for part in ("beyond", "talk")
        for name, entry in data[part].items()
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, words in _data()["words"].items():
        pattern = pattern.replace(f"{{{name}}}", words)
    return re.compile(pattern)


@functools.lru_cache(maxsize=1)
def _courtesies() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = _data()["courtesies"]
    return re.compile(rf"^(?:{words['before']}\b[\s,.!]*)+"), re.compile(rf"(?:[\s,.!]*\b{words['after']})+$")


@functools.lru_cache(maxsize=1)
def _about() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    about = _data()["about"]
    return frozenset(about["words"].split()), tuple(map(re.compile, about["forms"]))

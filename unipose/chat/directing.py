"""Orders composed of a verb, a part and a direction in any words: "get the bum up", "elbows ten centimetres lower".

The parser knows wordings of changes; here any part goes with any direction that it can take. What is made of it is an
order in full that the parser reads as just that change. The words are data (``directions`` in ``phrases.yaml``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unipose.body.pose import Pose
from unipose.body.skeleton import OTHER_SIDE
from unipose.chat import courses
from unipose.chat.courses import Step
from unipose.chat.references import led, phrases
from unipose.chat.understanding import stated
from unipose.chat.witness import Witness
from unipose.language.items import Statement

_WELL = 0.6  # confidence of a reading that needs no other


@dataclass(frozen=True)
class _Said:
    part: str = ""
    side: str = ""
    many: bool = False
    axis: str = ""
    degree: str = ""


def in_full(text: str, pose: Pose) -> str | None:
    """An order in full, clause by clause; ``None`` where nothing is to be made of a clause, or all is read already.

    Args:
        text: what the user wrote.
        pose: in view.

    >>> from unipose.body.postures import standing
    >>> in_full("get your bum down a bit", standing()), in_full("sing a song", standing())
    ('lower hips a bit', None)
    """
    parts = [part for part in re.split(r"\s*[,;.!]+\s*|\s+(?:and|then)\s+", text.strip()) if part.strip()]
    found = [None if _read(part, pose) else order(part) for part in parts]
    if not any(found) or not all(full or _read(part, pose) for part, full in zip(parts, found, strict=True)):
        return None
    return ", ".join(full or part for part, full in zip(parts, found, strict=True))


def _read(clause: str, pose: Pose) -> bool:
    """Whether a clause is read well, and is not a state in which the body is already, told to go on by a verb."""
    read = stated(clause)
    if not read.items:
        return courses.step(clause) is None and not _said(clause) and _polite(clause)
    if read.confidence < _WELL:
        return False
    told = led(clause).lower().split()
    return not (
        told
        and told[0] in phrases()["directions"]["turned"]
        and all(isinstance(item, Statement) for item in read.items)
        and Witness(pose).share(clause) == 1
    )


def _polite(clause: str) -> bool:
    return re.fullmatch(phrases()["directions"]["polite"], clause.strip().lower()) is not None


def order(clause: str) -> str | None:
    """The order in full that a clause of verb, part and direction gives; ``None`` for other clauses."""
    said = _said(clause)
    if said is None:
        return None
    way = phrases()["directions"]["parts"][said.part].get(said.axis[1:])
    if way is None:
        return None
    measure, sense = way
    sides = [said.side] if said.side in OTHER_SIDE else list(OTHER_SIDE) if said.many else ["right"]
    measures = [measure.replace("{side}", side) for side in sides] if "{side}" in measure else [measure]
    axis = said.axis if sense > 0 else f"{'-' if said.axis[0] == '+' else '+'}{said.axis[1:]}"
    return courses.along(list(dict.fromkeys(measures)), Step(axis, said.degree or "plain")) or None


@functools.lru_cache(maxsize=256)
def _said(clause: str) -> _Said | None:
    """What a clause says, word by word; ``None`` where a word is none of ours, or part or direction are missing."""
    data: Mapping[str, Any] = phrases()["directions"]
    rest = led(clause).lower().strip(" .,!?")
    found: dict[str, str] = {}
    turned = ""
    while rest:
        kind, word, size = next(
            ((kind, word, match.end()) for kind, word, token in _tokens() if (match := token.match(rest))), ("", "", 0)
        )
        if kind == "part" and "part" in found:  # "the back" after a part is a direction, if anything
            kind, word = ("axis", "-front") if rest.startswith("back") else ("", "")
        if word in ("+left", "-left") and "part" not in found:
            kind, word = "side", rest[:size]
        if not kind:
            return None
        said = rest[:size]
        rest = rest[size:].lstrip(" ,")
        if kind == "amount":
            found["degree"] = _size(said)
        elif kind == "turned":
            turned = word
        elif kind == "part":
            found["part"], found["many"] = word, said.strip().endswith(("s", "feet"))  # type: ignore[assignment]
        elif kind == "axis" and found.get("axis", word) != word:
            return None  # "up high behind" is no one direction
        elif kind != "empty":
            found.setdefault(kind, word)
    axis = found.get("axis") or turned
    if "part" not in found or not axis or found["part"] not in data["parts"]:
        return None
    many = bool(found["many"]) and found.get("side") not in OTHER_SIDE
    return _Said(found["part"], found.get("side", ""), many, axis, found.get("degree", ""))


def _size(said: str) -> str:
    """The degree that comes near to an amount in numbers."""
    data: Mapping[str, Any] = phrases()["directions"]
    first = said.split()[0]
    number = float(first) if first.replace(".", "", 1).isdigit() else float(data["numbers"].get(first, 1))
    unit = next(unit for unit, words in data["units"].items() if re.search(rf"\b(?:{words})", said))
    return next((degree for degree, most in data["amounts"][unit].items() if number <= most), "lot")


@functools.lru_cache(maxsize=1)
def _tokens() -> Sequence[tuple[str, str, re.Pattern[str]]]:
    """Kind, what it says, and pattern of each word, the longest first."""
    data, steps = phrases()["directions"], phrases()["courses"]
    named = [("empty", "", word) for word in (*steps["empty"], *data["empty"])]
    named += [("degree", key, word) for key, words in steps["degrees"].items() for word in words]
    named += [("axis", key, word) for key, words in (*steps["axis"].items(), *steps["loose"].items()) for word in words]
    named += [("axis", key, word) for key, words in data["axis"].items() for word in words]
    named += [("turned", key, word) for word, key in data["turned"].items()]
    named += [("part", key, word) for key, words in data["nouns"].items() for word in words]
    named += [("side", side, side) for side in (*OTHER_SIDE, "both")]
    units, numbers = "|".join(data["units"].values()), "|".join(data["numbers"])
    named.sort(key=lambda one: -len(one[2]))
    named.insert(0, ("amount", "", rf"(?:\d+(?:\.\d+)?|{numbers})(?: |-)?(?:{units})"))
    return [(kind, key, re.compile(rf"(?:{word})(?![\w'])")) for kind, key, word in named]

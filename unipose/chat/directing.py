"""Orders composed of a verb, a part and a direction in any words: "get the bum up", "elbows ten centimetres lower",
"the hands not so far apart", "knees more".

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
from unipose.chat.courses import Move, Step
from unipose.chat.references import led, phrases
from unipose.chat.understanding import stated
from unipose.chat.witness import Witness
from unipose.language.items import Change, Item, Statement
from unipose.language.measuring.registry import Registry

_WELL = 0.6  # confidence of a reading that needs no other
_VERB = 4  # words of an order, among the first of which is its verb
_MANNER = re.compile(r"[a-z]{3,}(?:ed|ly)(?![\w'])")
_HIP = re.compile(r"(?P<side>left|right)_hip_flexion")
_LIFTED, _ASIDE = 0.12, 60.0  # metres of a foot off the floor, and degrees of its leg from straight ahead


@dataclass(frozen=True)
class _Said:
    part: str = ""
    side: str = ""
    many: bool = False
    axis: str = ""
    degree: str = ""
    back: bool = False


def in_full(text: str, pose: Pose, last: Move | None = None) -> str | None:
    """An order in full, clause by clause; ``None`` where nothing is to be made of a clause, or all is read already.

    Args:
        text: what the user wrote.
        pose: in view.
        last: the last change, on which "the knees more" goes on.

    >>> from unipose.body.postures import standing
    >>> in_full("uncross the legs a bit", standing()), in_full("sing a song", standing())
    ('move feet a bit further apart', None)
    """
    parts = [part for part in re.split(r"\s*[,;.!]+\s*|\s+(?:and|then)\s+", text.strip()) if part.strip()]
    target = _target()
    parts = [part for part in parts if not target.fullmatch(part.lower())] or parts  # "hand higher, above the head"
    found = [None if _read(part, pose) else order(part, last) for part in parts]
    if not any(found) or not all(full or _read(part, pose) for part, full in zip(parts, found, strict=True)):
        return None
    return ", ".join(full or part for part, full in zip(parts, found, strict=True))


def by_pose(order: str, pose: Pose) -> str:
    """An order in the words that do in a pose what they say: a leg that is lifted behind or aside goes up with its
    foot, where "higher" would bring it to the front.

    Args:
        order: in full.
        pose: that it is for.
    """
    read = stated(order)
    changes = [item for item in read.items if isinstance(item, Change) and not item.negated]
    found = [_HIP.fullmatch(item.measure) for item in changes]
    if read.unparsed or len(changes) < len(read.items) or len({item.direction for item in changes}) != 1:
        return order
    sides = [match["side"] for match in found if match is not None]
    registry = Registry.load()
    values = dict(zip(registry.measure_index, registry.measure_poses(pose.rotations[None])[0].tolist(), strict=True))
    lifted = (
        values[f"{side}_foot_clearance"] > _LIFTED and values[f"{side}_leg_from_front"] > _ASIDE for side in sides
    )
    if len(sides) < len(changes) or not all(lifted):
        return order
    axis = "+up" if changes[0].direction > 0 else "-up"
    feet = [f"{side}_foot_clearance" for side in sides]
    return courses.along(feet, Step(axis, changes[0].degree or "plain")) or order


def _read(clause: str, pose: Pose) -> bool:
    """Whether a clause is read well, and is not a state in which the body is already, told to go on by a verb."""
    read = stated(clause)
    if not read.items:
        return courses.step(clause) is None and not _said(clause) and _polite(clause)
    if read.confidence < _WELL or (_backward().search(clause.lower()) and all(map(_denied, read.items))):
        return False
    told = led(clause).lower().split()
    return not (
        any(word in phrases()["directions"]["turned"] for word in told[:_VERB])
        and all(isinstance(item, Statement) for item in read.items)
        and Witness(pose).share(clause) == 1
    )


def _polite(clause: str) -> bool:
    return re.fullmatch(phrases()["directions"]["polite"], clause.strip().lower()) is not None


def order(clause: str, last: Move | None = None) -> str | None:
    """The order in full that a clause of verb, part and direction gives; ``None`` for other clauses."""
    said = _said(clause)
    if said is None:
        return None
    parts: Mapping[str, Mapping[str, Any]] = phrases()["directions"]["parts"]
    degree = said.degree or ("bit" if said.back else "plain")
    if not said.axis and last is not None:
        measures = _measures(said, [measure for measure, _ in parts[said.part].values()])
        if going := courses.go_on(Step(degree=degree, back=said.back), last, among=measures):
            return going
    heading = said.axis or phrases()["directions"]["going_on"].get(said.part, "")
    way = parts[said.part].get(heading[1:])
    if way is None:
        return None
    measure, sense = way
    ahead = (heading[0] == "+") == (sense > 0)
    axis = f"{'+' if ahead != said.back else '-'}{heading[1:]}"
    return courses.along(_measures(said, [measure]), Step(axis, degree)) or None


def _measures(said: _Said, measures: Sequence[str]) -> list[str]:
    """Measures of the sides that are spoken of."""
    sides = [said.side] if said.side in OTHER_SIDE else list(OTHER_SIDE) if said.many else ["right"]
    return list(dict.fromkeys(measure.replace("{side}", side) for measure in measures for side in sides))


def _denied(item: Item) -> bool:
    return isinstance(item, Statement | Change) and item.negated


@functools.lru_cache(maxsize=256)
def _said(clause: str) -> _Said | None:
    """What a clause says, word by word; ``None`` where a word is none of ours, or part or direction are missing."""
    data: Mapping[str, Any] = phrases()["directions"]
    rest = led(clause).lower().strip(" .,!?")
    found: dict[str, str] = {}
    turned, hint, going, back = "", "", False, False
    while rest:
        if match := _backward().match(rest):
            back, hint, rest = True, data["hows"].get(match["how"] or "", ""), rest[match.end() :].lstrip(" ,")
            continue
        if "part" in found and (found.get("axis") or turned) and (match := _target().match(rest)):
            rest = rest[match.end() :].lstrip(" ,")
            continue
        kind, word, size = next(
            ((kind, word, match.end()) for kind, word, token in _tokens() if (match := token.match(rest))), ("", "", 0)
        )
        if kind == "part" and "part" in found:  # "the back" after a part is a direction, if anything
            kind, word = ("axis", "-front") if rest.startswith("back") else ("", "")
        if word in ("+left", "-left") and "part" not in found:
            kind, word = "side", rest[:size]
        if not kind and (match := _MANNER.match(rest)) and "part" in found:  # "the head flopped to the side"
            kind, size = "empty", match.end()
        if not kind:
            return None
        said = rest[:size]
        rest = rest[size:].lstrip(" ,")
        if kind == "amount":
            found["degree"] = _size(said)
        elif kind == "turned":
            turned = word
        elif kind == "onward":
            going = True
        elif kind == "part":
            found["part"], found["many"] = word, said.strip().endswith(("s", "feet"))  # type: ignore[assignment]
        elif kind == "axis" and found.get("axis", word) != word:
            return None  # "up high behind" is no one direction
        elif kind != "empty":
            found.setdefault(kind, word)
    axis = found.get("axis") or hint or turned
    if "part" not in found or not (axis or going or back) or found["part"] not in data["parts"]:
        return None
    many = bool(found["many"]) and found.get("side") not in OTHER_SIDE
    return _Said(found["part"], found.get("side", ""), many, axis, found.get("degree", ""), back)


def _size(said: str) -> str:
    """The degree that comes near to an amount in numbers."""
    data: Mapping[str, Any] = phrases()["directions"]
    first = said.split()[0]
    number = float(first) if first.replace(".", "", 1).isdigit() else float(data["numbers"].get(first, 1))
    unit = next(unit for unit, words in data["units"].items() if re.search(rf"\b(?:{words})", said))
    return next((degree for degree, most in data["amounts"][unit].items() if number <= most), "lot")


@functools.lru_cache(maxsize=1)
def _backward() -> re.Pattern[str]:
    return re.compile(phrases()["directions"]["backward"])


@functools.lru_cache(maxsize=1)
def _target() -> re.Pattern[str]:
    nouns = "|".join(word for words in phrases()["directions"]["nouns"].values() for word in words)
    return re.compile(rf"(?:{phrases()['directions']['target'].replace('{nouns}', nouns)})(?![\w'])")


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
    named += [("side", side, side) for side in (*OTHER_SIDE, "both", "one")]
    named += [("onward", "", word) for word in ("more", "further", "farther", "even more", "still more")]
    units, numbers = "|".join(data["units"].values()), "|".join(data["numbers"])
    named.sort(key=lambda one: -len(one[2]))
    named.insert(0, ("amount", "", rf"(?:\d+(?:\.\d+)?|{numbers})(?: |-)?(?:{units})"))
    return [(kind, key, re.compile(rf"(?:{word})(?![\w'])")) for kind, key, word in named]

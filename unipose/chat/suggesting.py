"""What might be said next: a few lines that fit the last turn and the pose in view.

Lines are data (``suggestions.yaml``); the same conversation always gets the same ones.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.body.pose import Pose
from unipose.chat.ranking import Judge
from unipose.chat.turns import Turn

COUNT = 4

DATA = Path(__file__).with_name("suggestions.yaml")
_SURE = 0.5  # of a keypoint, from which on it counts as seen
_LIMBS = {"arm": ("elbow", "wrist"), "leg": ("knee", "ankle")}


@functools.lru_cache(maxsize=1)
def lines() -> dict[str, Any]:
    """The data file."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def suggest(turns: Sequence[Turn], count: int = COUNT) -> tuple[str, ...]:
    """At most ``count`` lines for what might be said after these turns, oldest first."""
    last = turns[-1] if turns else None
    if last is None or last.pose is None:
        return tuple(lines()["begin"][:count])
    fitting = list(dict.fromkeys(_fitting(last)))[: count - 1]
    said = {turn.user.casefold().rstrip(".!") for turn in turns[-3:]}
    return tuple([*fitting, *_orders(last.pose, len(turns), count - len(fitting), said)])


def _fitting(turn: Turn) -> Iterable[str]:
    """Lines that take up the last turn, the aptest first."""
    data = lines()
    if turn.kind in ("generate", "edit") and any(verdict.mark == "no" for verdict in turn.verdicts):
        yield data["missed"]
    sides = set(re.findall(r"\b(left|right)\b", turn.asked.lower()))
    if turn.kind == "edit" and len(sides) == 1:
        yield data["one_sided"]
    if turn.kind == "estimate":
        yield from _of_photo(turn)
    yield from data["after"].get(turn.kind, data["after"]["talk"])


def _of_photo(turn: Turn) -> Iterable[str]:
    """Who else is in the photo, and what could be told of limbs that are not seen well."""
    data, look = lines(), turn.look
    person = None if look is None else look.person
    if look is None or look.detections is None or person is None:
        return
    for side in ("left", "right"):
        for limb, ends in _LIMBS.items():
            sure = [person.keypoints[KEYPOINT_NAMES.index(f"{side}_{end}")][2] for end in ends]
            if min(sure) < _SURE:
                yield data["unsure"][f"{side}_{limb}"]
    others = [number for number in range(len(look.detections.people)) if number != look.chosen]
    if others:
        yield data["other_person"].format(number=others[0] + 1)


def _orders(pose: Pose, start: int, count: int, said: set[str]) -> list[str]:
    """Changes that the pose does not show yet, others from turn to turn."""
    orders = lines()["orders"]
    found: list[str] = []
    for step in range(len(orders)):
        order = orders[(start + step) % len(orders)]
        if len(found) < count and order.casefold() not in said and Judge(order).shares([pose])[0] < 1:
            found.append(order)
    return found

"""Joints turned by hand: the message for the panel of dials, and what is said about a turn."""

from __future__ import annotations

import itertools
import json
import math
import random
import re
from typing import Any

import torch

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES, MIRROR
from unipose.body.turning import dials, readings, reset, spoken, turn
from unipose.language import Answerer, EditWriter

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Body", ("pelvis", "spine1", "spine2", "spine3", "neck", "head")),
    *(
        (f"{side.capitalize()} {limb}", tuple(f"{side}_{part}" for part in parts))
        for limb, parts in (
            ("arm", ("collar", "shoulder", "elbow", "wrist")),
            ("leg", ("hip", "knee", "ankle", "foot")),
        )
        for side in ("left", "right")
    ),
)
"""The joints as they are listed to pick from."""

_CHANGES = 3  # that are told
_WORDINGS = 8  # of them, of which the plainest is said
_JOINTS = 3  # that are named one by one
_NOTICED = 0.5  # degrees
# Who it is, and which pose, goes without saying.
_PADDING = re.compile(r"\b(he|his|she|her|its?|they|their|a person|someone|(second|new) pose)\b", re.IGNORECASE)


def panel_of_dials() -> str:
    """JSON of what the panel never changes: the joints in groups, and the dials of each."""
    table = [
        {
            "group": group,
            "joints": [
                {
                    "id": joint,
                    "name": spoken(joint),
                    "paired": MIRROR[JOINT_NAMES.index(joint)] != JOINT_NAMES.index(joint),
                    "dials": [
                        {
                            "name": dial.name,
                            "less": dial.less,
                            "more": dial.more,
                            "low": round(dial.low),
                            "high": round(dial.high),
                        }
                        for dial in dials()[joint]
                    ],
                }
                for joint in joints
            ],
        }
        for group, joints in GROUPS
    ]
    return json.dumps(table)


def pack_readings(pose: Pose | None, number: int) -> str:
    """What the dials show of a pose, or of somebody at ease where there is none.

    Args:
        number: of the update; the browser hears only of values that differ.
    """
    shown = {joint: [round(each) for each in found] for joint, found in readings(pose or standing()).items()}
    return json.dumps({"number": number, "angles": shown})


def heard(number: int, told: Any) -> str:
    """The answer to a dial that is still being moved: that its request, of which ``told`` is the number, arrived."""
    return json.dumps({"number": number, "heard": told if isinstance(told, int) else 0})


def turned_by(pose: Pose, joint: Any, number: Any, degrees: Any, both: Any) -> Pose:
    """A pose after what a browser asked for, which may ask for anything; without a dial the joint is at ease again.

    Raises:
        ValueError: for no joint, dial or number.
    """
    if not isinstance(joint, str):
        raise ValueError(f"a joint has a name, found a {type(joint).__name__}")
    if number is None:
        return reset(pose, joint, bool(both))
    try:
        dial, angle = int(number), float(degrees)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("a joint is turned by a number of degrees") from None
    return turn(pose, joint, dial, angle, bool(both))


def by_hand(before: Pose, after: Pose) -> str:
    """What a person did by hand, in their place: "By hand: left knee, bend 90°"."""
    moved = [_settings(joint, old, new) for joint, old, new in _moved(before, after)]
    if not moved:
        return "By hand: everything as it was"
    named = "; ".join(moved[:_JOINTS])
    more = len(moved) - _JOINTS
    return f"By hand: {named}" + (f"; and {more} more" if more > 0 else "")


def _moved(before: Pose, after: Pose) -> list[tuple[str, tuple[float, ...], tuple[float, ...]]]:
    old, new = readings(before), readings(after)
    order = itertools.chain.from_iterable(joints for _, joints in GROUPS)
    return [
        (joint, old[joint], new[joint])
        for joint in order
        if any(_noticed(*each) for each in zip(old[joint], new[joint], strict=True))
    ]


def _settings(joint: str, old: tuple[float, ...], new: tuple[float, ...]) -> str:
    changed = [each for each in zip(dials()[joint], old, new, strict=True) if _noticed(*each[1:])]
    single = [each for each in changed if not each[0].compound]
    # A dial that moves the others tells it all, where more than one of them moved.
    told = single if len(single) == 1 else [each for each in changed if each[0].compound] or changed
    return ", ".join((spoken(joint), *(f"{dial.name.lower()} {round(now)}°" for dial, _, now in told)))


def _noticed(old: float, new: float) -> bool:
    return abs(math.remainder(new - old, 360.0)) > _NOTICED


def told(before: Pose, after: Pose) -> str:
    """What is different in ``after``, by the pose language alone; empty where it has no words for it."""
    writer = EditWriter(Answerer.load().writer)
    registry = Answerer.load().registry
    values = registry.measure_poses(torch.stack((before.rotations, after.rotations)))
    truth = registry.truth(values).numpy()
    (old, new), (was, now) = values.numpy(), truth
    texts = [
        writer.difference(old, was, new, now, random.Random(wording), _CHANGES).text for wording in range(_WORDINGS)
    ]
    return min(texts, key=lambda text: (len(_PADDING.findall(text)), len(text)))

"""Which limb is meant where its side is not said: "that arm", "the knee", "the opposite arm", "both a little lower".

It is the one last spoken of; "the free hand" is the one that touches nothing. The words are data (``siding`` in
``phrases.yaml``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

import torch

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import OTHER_SIDE
from unipose.chat.references import phrases
from unipose.language.measuring.registry import Registry

_OFF = 0.1  # metres of a foot that does not stand
_ON_OTHER = re.compile(r"\bon (?:the|his|her|their) other (?P<part>leg|foot)\b", re.IGNORECASE)
_SIDE = re.compile(r"\b(left|right|both)\b", re.IGNORECASE)


def sided(text: str, spoken: Sequence[str], pose: Pose | None = None) -> str:
    """A text with the side of the limb that it speaks of.

    Args:
        text: an order.
        spoken: what was said of poses before, the latest first.
        pose: in view, which tells what "on the other leg" and "the free hand" are.

    >>> sided("that knee up to the chest", ["lift the left leg", "raise the right arm"])
    'left knee up to the chest'
    >>> sided("opposite arm forward", ["stretch the right leg out"])
    'left arm forward'
    >>> sided("Both a bit lower", ["raise the left arm"])
    'both arms a bit lower'
    """
    if match := _both().match(text):
        noun = next((found for told in spoken if (found := _noun(told))), "")
        return f"both {noun} {text[match.end() :]}" if noun else text
    if _SIDE.search(text):
        return text
    if pose is not None and (match := _ON_OTHER.search(text)) and (side := _free(pose)):
        return f"{text[: match.start()]}on the {side} {match['part']}{text[match.end() :]}"
    if pose is not None and (match := _of_free().search(text)) and (side := _idle(pose)):
        return f"{text[: match.start()]}{side} {match['part']}{text[match.end() :]}"
    match = _limb().search(text)
    if match is None:
        return text
    limb = _kind(match["part"])
    side = next((found for told in spoken if (found := _side_of(limb, told))), "")
    if match["other"] or match["opposite"]:
        any_side = next((found.lower() for told in spoken for found in _SIDE.findall(told)[-1:]), "")
        side = OTHER_SIDE.get(side or any_side, "")
        if not side and limb == "arm" and pose is not None:  # of "salute", which says no side: that does nothing yet
            side = _idle(pose)
    if side not in OTHER_SIDE:
        return text
    return f"{text[: match.start()]}{side} {match['part']}{text[match.end() :]}"


def moved(told: str, pose: Pose) -> list[str]:
    """Of the limbs of a side that a text speaks of, the one that is furthest from where it hangs or stands, which "it"
    stands for; empty where it speaks of no two.

    Args:
        told: what a new pose was asked for by.
        pose: that came of it.

    >>> moved("raise the left arm", standing())
    []
    """
    found = _of_a_side().findall(told.lower())
    if len({(side, _kind(part)) for side, part in found}) < 2:
        return []
    registry = Registry.load()
    values = registry.measure_poses(torch.stack((standing().rotations, pose.rotations)))
    change = ((values[1] - values[0]).abs() / registry.sigma).tolist()
    size = {
        (side, part): max(
            change[place] for place, one in enumerate(registry.measures) if one.region == f"{side}_{_kind(part)}"
        )
        for side, part in found
    }
    side, part = max(size, key=lambda one: size[one])
    return [f"the {side} {part}"]


def _free(pose: Pose) -> str:
    """The side of the foot that is off the floor; empty where neither is, or both are."""
    registry = Registry.load()
    values = registry.measure_poses(pose.rotations[None])[0]
    high = [side for side in OTHER_SIDE if float(values[registry.measure_index[f"{side}_foot_clearance"]]) > _OFF]
    return high[0] if len(high) == 1 else ""


def _idle(pose: Pose) -> str:
    """The side of the hand that touches less, of the body or the floor; empty where they do alike."""
    registry, free = Registry.load(), phrases()["siding"]["free"]
    values = dict(zip(registry.measure_index, registry.measure_poses(pose.rotations[None])[0].tolist(), strict=True))
    gaps = {}
    for side in OTHER_SIDE:
        beside = [f"{side}_hand_gap_{place}" for place in free["beside"]]
        hangs = values[f"{side}_elbow_flexion"] < free["bent"]
        places = [name for name in values if name.startswith(f"{side}_hand_gap_") and not (hangs and name in beside)]
        gaps[side] = min(values[name] for name in (*places, f"{side}_hand_clearance"))
    idle, busy = sorted(gaps, key=lambda side: -gaps[side])
    return idle if gaps[idle] - gaps[busy] > free["least"] else ""


def _side_of(limb: str, told: str) -> str:
    """The side of a kind of limb in a text: left, right, "both" where it is both or either, empty where it is none."""
    words = phrases()["siding"]["limbs"][limb]
    found = set(re.findall(rf"\b(left|right|both) (?:\w+ )?(?:{words})\b", told.lower()))
    if not found:
        # "both hands", "the legs": of no one side
        return "both" if re.search(rf"\b(?:{words})\b", told.lower()) and _plural(words, told) else ""
    return found.pop() if len(found) == 1 else "both"


def _plural(words: str, told: str) -> bool:
    return any(word.endswith("s") or word == "feet" for word in re.findall(rf"\b(?:{words})\b", told.lower()))


def _noun(told: str) -> str:
    """The paired part last spoken of in a text, in the plural."""
    found = re.findall(rf"\b(?:{'|'.join(phrases()['siding']['limbs'].values())})\b", told.lower())
    if not found:
        return ""
    return "feet" if found[-1] in ("foot", "feet") else f"{found[-1].removesuffix('s')}s"


def _kind(part: str) -> str:
    limbs = phrases()["siding"]["limbs"]
    return next(limb for limb, words in limbs.items() if re.fullmatch(words, part.lower()))


@functools.lru_cache(maxsize=1)
def _of_a_side() -> re.Pattern[str]:
    return re.compile(rf"\b(left|right) ({'|'.join(phrases()['siding']['limbs'].values())})\b")


@functools.lru_cache(maxsize=1)
def _of_free() -> re.Pattern[str]:
    return re.compile(phrases()["siding"]["free"]["words"], re.IGNORECASE)


@functools.lru_cache(maxsize=1)
def _limb() -> re.Pattern[str]:
    return re.compile(phrases()["siding"]["limb"], re.IGNORECASE)


@functools.lru_cache(maxsize=1)
def _both() -> re.Pattern[str]:
    part = "|".join(phrases()["siding"]["limbs"].values())
    return re.compile(phrases()["siding"]["both"].replace("{part}", part), re.IGNORECASE)

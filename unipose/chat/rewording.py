"""Turns that are said otherwise than as one plain order, said as one: "the arm that's up, lower it", "one leg out, the
left", "raise them? no wait, lower them", "might the arms go out a bit".

What is kept are the person's own words in another order. The patterns are data (``rewording`` in ``phrases.yaml``).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from unipose.body.pose import Pose
from unipose.body.skeleton import OTHER_SIDE
from unipose.chat import ellipsis
from unipose.chat.references import phrases
from unipose.language.measuring.registry import Registry

_SIDE = re.compile(r"\b(?:left|right)\b")
_LYING = ("lying_face_up", "lying_face_down", "lying_down", "left_lying_on_side", "right_lying_on_side")
_SITTING = ("sitting", "sitting_on_floor", "cross_legged")
_LIFTED, _RESTING = 0.12, 0.06  # metres off the floor of a foot that is lifted, and of one that is not


def reworded(text: str) -> str:
    """A text about the pose in view as a plain order or question.

    >>> reworded("one leg out to the side, the left"), reworded("the arm that's hanging, bring it forward")
    ('the left leg out to the side', 'bring the hanging arm forward')
    >>> reworded("And might the arms go out to the sides?"), reworded("higher hand?")
    ('the arms out to the sides', 'which hand is higher?')
    """
    text = _thought_better(text)
    for pattern, instead in _rules():
        text = pattern.sub(instead, text)
    return text


def grounded(text: str, pose: Pose | None) -> str:
    """A text in which a lifted foot is put down, by the leg that it comes to stand beside: what is asked for is not
    that the foot goes lower, nor that the body sinks until it is on the floor.

    Args:
        text: an order.
        pose: in view, which tells whether one foot is lifted and which.

    >>> from unipose.body.postures import standing
    >>> grounded("put the leg down again", standing())
    'put the leg down again'
    """
    match = _put_down().search(text) if pose is not None else None
    if match is None or pose is None:
        return text
    registry = Registry.load()
    values = registry.measure_poses(pose.rotations[None])[0]
    high = {side: float(values[registry.measure_index[f"{side}_foot_clearance"]]) for side in OTHER_SIDE}
    lifted = max(high, key=lambda side: high[side])
    named = (match["side"] or match["side_first"] or lifted).lower()
    if high[lifted] < _LIFTED or high[OTHER_SIDE[lifted]] > _RESTING or named not in (lifted, "both"):
        return text
    order = f"make the {lifted} leg match the {OTHER_SIDE[lifted]} leg"
    return f"{text[: match.start()]}{order}{text[match.end() :]}"


def let_down(text: str, spoken: Sequence[str]) -> str:
    """An order to put "it" down, about the limb that it stands for, which goes down all the way.

    Args:
        text: an order.
        spoken: what was said of poses before, the latest first.

    >>> let_down("now put them back down", ["hands up"]), let_down("put it down a bit", ["raise the left arm"])
    ('put both arms down', 'put it down a bit')
    """
    match = _let_down().match(text)
    told = None if match is None else ellipsis.of_part(f"put {match['it']} down", spoken)
    if match is None or told is None or ellipsis.of_pronoun(told):
        return text
    side = _SIDE.search(told)
    limb = "arm" if re.search(r"\b(?:arm|hand|elbow|forearm|fist|palm)s?\b", told) else "leg"
    if limb == "leg" and not re.search(r"\b(?:leg|knee|foot|thigh)s?\b|\bfeet\b", told):
        return text
    return f"put the {side[0]} {limb} down" if side else f"put both {limb}s down"


def sat_up(text: str, pose: Pose | None) -> str:
    """A text in which somebody who lies or sits is to sit up, with what that is for them.

    Args:
        text: an order.
        pose: in view.

    >>> from unipose.body.postures import standing
    >>> sat_up("sit up", standing())
    'sit up'
    """
    match = _sit_up().match(text) if pose is not None else None
    if match is None or pose is None:
        return text
    registry = Registry.load()
    values = registry.measure_poses(pose.rotations[None])
    for postures, order in zip((_LYING, _SITTING), phrases()["rewording"]["sat_up"], strict=True):
        if registry.holds(values, postures).any():
            return f"{order}{text[match.end() :]}"
    return text


def anew(text: str) -> bool:
    """Whether a text wants a posture as it usually is, whatever the pose in view.

    >>> anew("now just stand normal with hands on hips"), anew("now stand with hands on hips")
    (True, False)
    """
    return _anew().match(text) is not None


def _thought_better(text: str) -> str:
    """What is said after "no wait", about the part that was named before it."""
    match = _second_thought().match(text)
    if match is None:
        return text
    return ellipsis.of_part(match["rest"], [match["before"]])


@functools.lru_cache(maxsize=1)
def _rules() -> Sequence[tuple[re.Pattern[str], str]]:
    return [(_filled(rule["say"]), rule["as"]) for rule in phrases()["rewording"]["rules"]]


@functools.lru_cache(maxsize=1)
def _second_thought() -> re.Pattern[str]:
    return _filled(phrases()["rewording"]["second_thought"])


@functools.lru_cache(maxsize=1)
def _anew() -> re.Pattern[str]:
    return _filled(phrases()["rewording"]["anew"])


@functools.lru_cache(maxsize=1)
def _let_down() -> re.Pattern[str]:
    return _filled(phrases()["rewording"]["let_down"])


@functools.lru_cache(maxsize=1)
def _sit_up() -> re.Pattern[str]:
    return _filled(phrases()["rewording"]["sit_up"])


@functools.lru_cache(maxsize=1)
def _put_down() -> re.Pattern[str]:
    return _filled(phrases()["rewording"]["put_down"])


def _filled(pattern: str) -> re.Pattern[str]:
    data = phrases()
    for name, words in {**data["rewording"]["words"], "part": data["ellipsis"]["part"]}.items():
        pattern = pattern.replace(f"{{{name}}}", words)
    return re.compile(pattern, re.IGNORECASE)

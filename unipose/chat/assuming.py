"""What everybody takes for granted. Of a new pose: who only "looks up" stands upright, arms down, on both feet. Of a
changed one: who kneels and raises an arm goes on kneeling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from torch import Tensor

from unipose.body.skeleton import OTHER_SIDE
from unipose.language import Amount, Change, Item, Registry, Statement
from unipose.language.solving.conflicts import contradictions

_ARMS_AND_HEAD = frozenset({"left_arm", "right_arm", "arms", "head"})
_LIMBS = _ARMS_AND_HEAD | {"left_leg", "right_leg", "legs"}
_UPPER_BODY = _ARMS_AND_HEAD | {"trunk"}
_HELD_UPRIGHT = {
    *("standing", "kneeling", "kneeling_on_heels", "on_one_knee"),
    *("sitting", "sitting_on_floor", "cross_legged"),
}
_STRETCHED_OUT = {"lying_face_up", "lying_face_down", "lying_down"}
_RESTS_ON = {  # postures that go on while a limb is moved, and the limbs that may not be
    **dict.fromkeys(("sitting_on_floor", "lying_face_up", "lying_face_down"), ()),
    **dict.fromkeys(("left_lying_on_side", "right_lying_on_side", "standing"), ()),
    **dict.fromkeys(("sitting", "kneeling", "kneeling_on_heels", "left_kneeling_on", "right_kneeling_on"), ("leg",)),
    **dict.fromkeys(("all_fours", "plank"), ("leg", "arm")),
}
_SEATED = ("sitting", "sitting_on_floor", "cross_legged", "kneeling", "kneeling_on_heels")  # go on under any trunk
_STRAIGHT = ("spine_unturned", "spine_unbent")  # who leans does not twist
_TWIST = "spine_twist"
_SUPPORTS = {"foot_down": "leg", "knee_on_floor": "leg", "hand_on_floor": "arm"}  # and the limb each is of
_DOWN = re.compile(r"foot|feet|shin|ankle|calf|heel|toe|floor")
_STANDING_DOWN = re.compile(_DOWN.pattern + "|knee|thigh")


def assumed(claims: Sequence[Item], registry: Registry) -> tuple[Statement, ...]:
    """What is taken for granted where only this is said of a new pose.

    Nothing is where a claim is a name, a number or a denial: that is for the claim to say.

    >>> [item.predicate for item in assumed([Statement("both_arm_raised")], Registry.load())]
    ['standing', 'both_foot_down', 'trunk_upright', 'both_knee_fairly_straight']
    >>> [item.predicate for item in assumed([Statement("kneeling"), Statement("left_arm_raised")], Registry.load())]
    ['trunk_upright', 'right_upper_arm_low']
    >>> assumed([Statement("downward_dog")], Registry.load())
    ()
    """
    said = [claim for claim in claims if isinstance(claim, Statement) and not claim.negated]
    if not said or len(said) < len(claims):
        return ()
    return tuple(map(Statement, _assumed({claim.predicate for claim in said}, registry)))


def spoken_of(claims: Sequence[Item], registry: Registry) -> set[str]:
    """The regions of the body that statements, amounts and changes are about."""
    regions = {registry[item.predicate].region for item in claims if isinstance(item, Statement)}
    measured = (item.measure for item in claims if isinstance(item, Amount | Change))
    return regions | {registry.measures[registry.measure_index[name]].region for name in measured}


def staying(claims: Sequence[Item], before: Tensor, registry: Registry) -> tuple[Statement, ...]:
    """What stays as it was where only this is asked of a pose: its posture, and what it rests on.

    Args:
        claims: what is asked.
        before: [M] measures of the pose that is to change.
    """
    regions = spoken_of(claims, registry)
    if not claims or regions & {"posture", "name"}:
        return ()
    supports = {f"{side}_{name}": f"{side}_{limb}" for name, limb in _SUPPORTS.items() for side in OTHER_SIDE}
    lasting = [name for name, limb in supports.items() if limb not in regions]
    limbs = {region.removeprefix("left_").removeprefix("right_") for region in regions}
    if regions <= _LIMBS - {"legs"}:
        lasting += [name for name, limbs_used in _RESTS_ON.items() if limbs.isdisjoint(limbs_used)]
    else:
        lasting += _SEATED if regions <= _LIMBS | {"trunk"} and limbs.isdisjoint({"leg", "legs"}) else ()
        lasting += ("standing", *_STRAIGHT)
        if all(_turns(item, registry) for item in claims):
            lasting.append("trunk_upright")
    wanted = [Statement(name) for name in lasting]
    holds = registry.holds(before[None], lasting)[0].tolist()
    kept = [item for item, held in zip(wanted, holds, strict=True) if held]
    opposed = {place for pair in contradictions(registry, [*claims, *kept], before) for place in pair}
    return tuple(item for place, item in enumerate(kept, len(claims)) if place not in opposed)


def _turns(item: Item, registry: Registry) -> bool:
    """Whether a claim is about the twist of the trunk and nothing else."""
    if isinstance(item, Statement):
        entry = registry[item.predicate]
        measures = {registry.measures[interval.measure].id for interval in entry.intervals}
        return measures == {_TWIST} and not entry.all and not entry.any
    return isinstance(item, Amount | Change) and item.measure == _TWIST


def _assumed(said: set[str], registry: Registry) -> Iterator[str]:
    postures = {name for name in said if registry[name].region == "posture"}
    regions = {registry[name].region for name in said - postures}
    reaching = [name for name in said if registry[name].region in _ARMS_AND_HEAD]
    if postures:
        straight = regions - ({"trunk"} if "back_straight" in said else set())
        if postures <= _HELD_UPRIGHT and straight <= _LIMBS and not any(map(_DOWN.search, reaching)):
            yield "trunk_upright"
            yield from _arms_down(regions)
        if postures <= _STRETCHED_OUT and regions <= _ARMS_AND_HEAD:
            yield "legs_along_floor"
        return
    if any("floor" in name for name in reaching):
        yield "both_foot_down"
        return
    low = any(map(_STANDING_DOWN.search, reaching))
    if regions <= _LIMBS:
        yield "standing"
    if regions <= _UPPER_BODY:
        yield "both_foot_down"
    if regions <= _LIMBS and not low:
        yield "trunk_upright"
        yield from _arms_down(regions)
    if regions <= _UPPER_BODY:
        yield "both_knee_fairly_straight"


def _arms_down(regions: set[str]) -> Iterator[str]:
    """Arms of which nothing is said."""
    if "arms" not in regions:
        yield from (f"{side}_upper_arm_low" for side in OTHER_SIDE if f"{side}_arm" not in regions)

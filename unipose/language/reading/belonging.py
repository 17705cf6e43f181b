"""Whose a part is, said behind it: "the knee of the right leg", "the foot left", "his two hands"."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from unipose.body.skeleton import OTHER_SIDE
from unipose.language.reading.plain import Word

_OF, _TWO, _FEET = ("of", "on"), "two", "feet"  # "two feet" may be a distance
_OWNERS = {"arm": ("arm", "hand"), "leg": ("leg", "foot")}  # that have the parts of a limb; a hand on a leg is none


def named_before(words: Sequence[Word], limbs: Mapping[str, Collection[str]], plurals: Collection[str]) -> list[Word]:
    """Words with the side before its part ("right knee"), and both of two parts without their number.

    Args:
        words: a text in plain words.
        limbs: limb to its parts in the singular.
        plurals: parts in the plural.
    """
    sided = {part for parts in limbs.values() for part in parts}
    limb_of = {part: limb for limb, parts in limbs.items() for part in parts if part not in _OWNERS[limb]}
    out: list[Word] = []
    at = 0
    while at < len(words):
        word, behind = words[at], words[at + 1 : at + 4]
        owned = limb_of.get(word.plain)
        if owned and len(behind) == 3 and behind[0].plain in _OF:
            _, side, owner = behind
            if side.plain in OTHER_SIDE and owner.plain in _OWNERS[owned] and not any(one.joining for one in behind):
                out += [side._replace(joining=word.joining, negated=word.negated), word._replace(joining=0.0)]
                at += 4
                continue
        if word.plain == _TWO and behind and behind[0].plain in plurals and behind[0].plain != _FEET:
            out.append(behind[0]._replace(joining=word.joining))
            at += 2
            continue
        if word.plain in sided and _side_behind(behind, out, sided):
            out += [behind[0]._replace(joining=word.joining), word._replace(joining=0.0)]
            at += 2
            continue
        out.append(word)
        at += 1
    return out


def _side_behind(behind: Sequence[Word], before: Sequence[Word], sided: Collection[str]) -> bool:
    """Whether the side of a part comes behind it, and is neither another part's nor a place ("left of the knee")."""
    if not behind or behind[0].plain not in OTHER_SIDE or behind[0].joining:
        return False
    if before and before[-1].plain in (*OTHER_SIDE, "other"):
        return False
    return len(behind) == 1 or bool(behind[1].joining) or behind[1].plain not in (*sided, *_OF)

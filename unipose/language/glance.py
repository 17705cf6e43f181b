"""A pose at a glance, for captions of pictures: what kind of pose it is, how far its joints are bent, and which parts a
text names. A few measures and a table of words; the writer of full descriptions costs ten times as much.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch

from unipose.body.pose import Pose
from unipose.body.skeleton import JOINT_NAMES
from unipose.language.measuring.posture import postures
from unipose.language.measuring.registry import Registry

_BENT = 25
"""Degrees from which a caption says that a joint is bent."""

# Joint: its measure, in degrees; what that says is bent, and how.
_ANGLES = {
    "elbow": ("{side}_elbow_flexion", "{side} elbow", "bent"),
    "knee": ("{side}_knee_flexion", "{side} knee", "bent"),
    "hip": ("{side}_hip_flexion", "{side} thigh", "raised"),
    "shoulder": ("{side}_upper_arm_rise", "{side} upper arm", "raised"),
    "spine1": ("spine_bend", "back", "bent"),
    "head": ("head_turn", "head", "turned"),
}
_SAID = {"spine1": "lower back", "spine2": "middle of the back", "spine3": "upper back", "foot": "ball of the foot"}

_ARM, _LEG = ("shoulder", "elbow", "wrist", "hand"), ("hip", "knee", "ankle", "foot")
_SKIN = {  # word: the parts of the skin it covers; a part is named after the joint it hangs from
    "arm": _ARM, "forearm": _ARM[1:2], "upper arm": _ARM[:1], "hand": _ARM[2:], "fist": _ARM[2:], "palm": _ARM[2:],
    "leg": _LEG, "thigh": _LEG[:1], "shin": _LEG[1:2], "calf": _LEG[1:2], "lower leg": _LEG[1:2],
    "foot": _LEG[2:], "heel": _LEG[2:3], "toe": _LEG[3:],
}  # fmt: skip
_AROUND = {  # word: the joint it lies around
    "elbow": "elbow", "wrist": "wrist", "shoulder": "shoulder", "hip": "hip", "knee": "knee", "ankle": "ankle",
}  # fmt: skip
_MIDDLE = {
    "head": ("head",), "face": ("head",), "chin": ("head",), "neck": ("neck",),
    "chest": ("spine3", "left_collar", "right_collar"), "belly": ("spine1",), "waist": ("spine1",),
    "back": ("spine1", "spine2", "spine3"), "spine": ("spine1", "spine2", "spine3"),
    "trunk": ("pelvis", "spine1", "spine2", "spine3", "left_collar", "right_collar"),
    "torso": ("pelvis", "spine1", "spine2", "spine3", "left_collar", "right_collar"),
}  # fmt: skip
_MANY = {"feet": "foot", "calves": "calf", "hips": "hip"} | {f"{word}s": word for word in (*_SKIN, *_AROUND)}
_WORDS = sorted((*_SKIN, *_AROUND, *_MIDDLE, *_MANY), key=len, reverse=True)
_NAMED = re.compile(rf"\b(?:(left|right|both)\s+)?({'|'.join(_WORDS)})\b", re.IGNORECASE)
# Words that are also directions or turns of speech: "lean back", "face the window", "on the other hand".
_ONLY_AFTER = re.compile(r"\b(the|his|her|their|its|your|my|this|that|arch|round|straight|flat)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A part that a text names.

    Attributes:
        said: such as "the left knee" or "both arms".
        parts: names of skin parts, as in ``FreeBody.part_names``; all of them for limbs, those beside ``joints`` else.
        joints: it lies around these; empty where it is all of its parts.
    """

    said: str
    parts: tuple[str, ...]
    joints: tuple[str, ...] = ()


def named_parts(text: str) -> tuple[Named, ...]:
    """The parts of the body that a text names, in its order, each once.

    A limb without a side is both limbs in the plural and in the singular nobody's: which one is meant is not told.
    """
    found: dict[str, Named] = {}
    for match in _NAMED.finditer(text):
        side, word = (match[1] or "").lower(), match[2].lower()
        if word in ("back", "face") and not _ONLY_AFTER.search(text[: match.start(2)]):
            continue
        if word in _MIDDLE:
            found.setdefault(word, Named(f"the {word}", _MIDDLE[word]))
            continue
        many = word in _MANY
        if many and side in ("", "both"):
            sides: tuple[str, ...] = ("left", "right")
            said = f"both {word}"
        elif side in ("left", "right"):
            sides, said = (side,), f"the {side} {word}"
        else:
            continue
        word = _MANY.get(word, word)
        if word in _AROUND:
            joints = tuple(f"{each}_{_AROUND[word]}" for each in sides)
            found.setdefault(said, Named(said, joints + tuple(_above(joint) for joint in joints), joints))
        else:
            found.setdefault(said, Named(said, tuple(f"{each}_{part}" for each in sides for part in _SKIN[word])))
    return tuple(found.values())


def _above(joint: str) -> str:
    """The part on the other side of a joint."""
    side, _, name = joint.partition("_")
    above = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee", "shoulder": "collar"}
    return f"{side}_{above[name]}" if name in above else "pelvis"


@dataclass(frozen=True)
class Glance:
    """What is seen of a pose at once.

    Attributes:
        posture: such as "standing on one leg"; empty where none is clear.
        joints: for each of the 22 joints its name and, where it has one, its angle: "left elbow, bent 95 degrees".
        caption: posture and the clearly bent joints as a sentence.
    """

    posture: str
    joints: tuple[str, ...]
    caption: str


def glance(pose: Pose) -> Glance:
    """Look at a pose; a few milliseconds."""
    registry = Registry.load()
    with torch.no_grad():
        values = registry.measure_poses(pose.rotations)
        known = postures(registry)
        holds = registry.holds(values, known)
    posture = next((name for name, true in zip(known, holds.tolist(), strict=True) if true), "")
    said, bent = [], []
    for joint in JOINT_NAMES:
        side, name = joint.split("_") if "_" in joint else ("", joint)
        title = f"{side} {_SAID.get(name, name)}".strip()
        if name not in _ANGLES:
            said.append(title)
            continue
        measure, part, how = (words.format(side=side) for words in _ANGLES[name])
        angle = round(abs(float(values[registry.measure_index[measure]])))
        said.append(f"{title}, {'' if part == title else part + ' '}{how} {angle} degrees")
        if angle >= _BENT:
            bent.append(f"{part} {how} {angle} degrees")
    first = _spoken(posture) or "a pose"
    caption = f"{first[:1].upper()}{first[1:]}{': ' + ', '.join(bent) if bent else ''}."
    return Glance(_spoken(posture), tuple(said), caption)


def _spoken(posture: str) -> str:
    """The id of a posture as words: "left_on_one_leg" is "on one leg, left side"."""
    side, _, rest = posture.partition("_")
    if side in ("left", "right"):
        return f"{rest.replace('_', ' ')}, {side} side"
    return posture.replace("_", " ")

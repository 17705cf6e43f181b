"""What was found in a photo, told in plain sentences."""

from __future__ import annotations

import numpy as np

from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.photos.detections import Detections, Person
from unipose.photos.layouts import SURE

_LIMBS = {
    "head": ("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
    "left arm": ("left_elbow", "left_wrist"),
    "right arm": ("right_elbow", "right_wrist"),
    "left leg": ("left_knee", "left_ankle"),
    "right leg": ("right_knee", "right_ankle"),
}

_MANY = ("no", "one person", "two people", "three people", "four people", "five people", "six people")


def nobody(detections: Detections) -> str:
    """What to say when nobody is found, empty when somebody is."""
    if detections.people:
        return ""
    return (
        "I found no person in this picture. Animals, drawings and people who are very small, blurred or mostly hidden "
        "are not found; a photo that shows somebody from head to foot works best."
    )


def how_many(detections: Detections) -> str:
    """How many people there are and how they are numbered, empty unless there are several."""
    count = len(detections.people)
    if count < 2:
        return ""
    many = _MANY[count] if count < len(_MANY) else f"{count} people"
    return f"I see {many}, numbered 1 to {count} from left to right."


def unseen(person: Person, size: tuple[int, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of head, arms and legs cannot be seen.

    Args:
        person: in the photo.
        size: width and height of the photo in pixels.

    Returns:
        Parts outside the picture, and parts in it that are hidden or unsure.
    """
    outside: list[str] = []
    unsure: list[str] = []
    for part, names in _LIMBS.items():
        points = person.keypoints[[KEYPOINT_NAMES.index(name) for name in names]]
        seen = points[:, 2] >= SURE
        if seen.any() if part == "head" else seen.all():
            continue
        missed = points[~seen]
        beyond = (missed[:, 2] > 0) & ((missed[:, :2] <= 0) | (missed[:, :2] >= np.array(size) - 1)).any(axis=1)
        (outside if beyond.any() else unsure).append(part)
    return tuple(outside), tuple(unsure)


def half_a_person(person: Person, size: tuple[int, int]) -> str:
    """What cannot be seen of a person and is therefore guessed; empty when all of them shows."""
    outside, unsure = unseen(person, size)
    told = []
    if outside:
        told.append(f"the {_listed(outside)} {_is(outside)} outside the picture")
    if unsure:
        told.append(f"the {_listed(unsure)} {_is(unsure)} hidden or hard to see")
    if not told:
        return ""
    sentence = " and ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}, so I guess {'them' if len(outside + unsure) > 1 else 'it'}."


def _listed(parts: tuple[str, ...]) -> str:
    """``left arm and left leg``; both of a kind in one word."""
    names = list(parts)
    for one in ("arm", "leg"):
        if f"left {one}" in names and f"right {one}" in names:
            names[names.index(f"left {one}")] = f"{one}s"
            names.remove(f"right {one}")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _is(parts: tuple[str, ...]) -> str:
    return "is" if len(parts) == 1 else "are"

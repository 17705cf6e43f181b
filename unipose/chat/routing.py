"""What a turn is about before it is routed: its sentence that asks, limbs pointed at, and what it is most like.

The patterns of the data have the first say. Where the parser has read nothing, or little, the likeness of meaning
(``intents.py``) tells what may be wanted.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from unipose.body.pose import Pose
from unipose.body.skeleton import OTHER_SIDE
from unipose.chat import leaning
from unipose.chat.ellipsis import names_part
from unipose.chat.intents import BODY, LIKELY, LIKELY_AGAINST, intended
from unipose.chat.references import phrases
from unipose.chat.talk import hear, understood
from unipose.chat.understanding import hinted, stated
from unipose.language.asking.questions import Reader
from unipose.language.items import Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.parser import Parser
from unipose.language.reading.routes import classify

_READ = 0.6  # confidence of a reading that is not doubted
_LITTLE = 0.25  # and of one that counts for nothing
_SHORT = 2  # words of a sentence that may be an exclamation
_WITH_POSE = ("undo", "first", "describe", "compare", "ask", "more", "less", "other_side")
_ASKING = ("describe", "compare", "ask")
_SIDE = re.compile(r"\b(left|right|both)\b", re.IGNORECASE)


def likely(text: str, kind: str, has_pose: bool) -> str:
    """The intent (``intents.yaml``) that a text is most likely to have, against the route of the patterns.

    Args:
        text: what the user wrote.
        kind: its route by the patterns.
        has_pose: whether a pose is in view.

    Returns:
        Empty where the text is read well, likely for a body, or of no likely intent.
    """
    read = stated(text)
    if read.confidence > _READ or (not has_pose and hinted(text)):
        return ""
    intent = intended(text)
    asks = intent is not None and intent.name in _ASKING and text.rstrip().endswith("?")
    of_a_part = names_part(text) and intent is not None and intent.name not in _WITH_POSE
    little = read.confidence < _LITTLE and not of_a_part  # a movement that has no words is no talk yet
    least = LIKELY if little or asks else LIKELY_AGAINST
    if intent is None or intent.name == BODY or intent.likely < least:
        return ""
    return "" if intent.name in _WITH_POSE and not has_pose else intent.name


def well(text: str) -> bool:
    """Whether a text is read to the last word as what limbs, trunk or head should do; no posture, no name.

    >>> well("raise the left arm"), well("raise the left arm to bless them"), well("kneel")
    (True, False, False)
    """
    read = stated(text)
    registry = Registry.load()
    postures = (isinstance(item, Statement) and registry[item.predicate].whole for item in read.items)
    return bool(read.items) and not read.unparsed and read.confidence > _READ and not any(postures)


def described(text: str) -> bool:
    """Whether a text asks for a description in so many words, not only by being some question.

    >>> described("put it in words"), described("which way does the wind blow?")
    (True, False)
    """
    return any(cue.search(text.lower().strip()) for cue in _described())


@functools.lru_cache(maxsize=1)
def _described() -> tuple[re.Pattern[str], ...]:
    data = read_data("cues.yaml")
    cues = next(entry["any"] for entry in data["routes"] if entry["route"] == "describe")
    return tuple(re.compile(cue) for cue in cues if cue != data["wonders"])


def answerable(text: str) -> bool:
    """Whether a text is a question that a pose answers.

    >>> answerable("how bent is the left knee?"), answerable("how merry is the cobbler?")
    (True, False)
    """
    asked = Reader.of(Parser.load()).read(text)
    return asked is not None and asked.kind != "unanswerable"


def question(text: str) -> str:
    """A question as it can be answered: in fuller or fewer words, or else about the part that it names.

    >>> question("left knee bent?"), question("is he still kind of resting his left hand somewhere?")
    ('is the left knee bent?', 'describe the left hand')
    """
    text = re.sub(r"\br\b", "are", text)
    if found := _about().match(text.strip()):
        text = f"{found['verb']} the {found['part']} {found['rest']}"
    said = re.sub(phrases()["asking"]["empty"], "", text.strip(), flags=re.IGNORECASE)
    said = " ".join(re.split(r"[.!;]\s+", said)[-1].split()).rstrip(" ?.!")
    first = re.split(r"\s+or\s+", said)[0]
    reader = Reader.of(Parser.load())
    bare = () if wonders(said) else (said, first)
    for way in (text, said, first, *(f"{verb} the {one}" for one in bare for verb in ("is", "are"))):
        asked = reader.read(f"{way.rstrip(' ?')}?")
        if asked is not None and not (asked.kind == "unanswerable" and asked.topic == "unread"):
            return text if way == text else f"{way}?"
    found = re.search(rf"\b(?:(?P<side>left|right) )?(?P<part>{phrases()['ellipsis']['part']})\b", said.lower())
    return text if found is None else " ".join(filter(None, ("describe the", found["side"], found["part"])))


def asks(text: str) -> bool:
    """Whether a text has the form of a question, to be answered or not.

    >>> asks("is her back straight now?"), asks("higher?")
    (True, False)
    """
    verbs = r"(?:and |so |but |wait,? |ok,? )*(?:is|are|was|were|does|do|did|has|have)\b"
    return wonders(text) or bool(re.match(verbs, text.strip(), re.IGNORECASE))


def wonders(text: str) -> bool:
    """Whether a text is a question by its first word.

    >>> wonders("how bent r his knees"), wonders("what about the other arm")
    (True, False)
    """
    return bool(re.match(phrases()["wondering"], text.strip(), re.IGNORECASE) or _about().match(text.strip()))


@functools.lru_cache(maxsize=1)
def _about() -> re.Pattern[str]:
    return re.compile(phrases()["about"].replace("{part}", phrases()["ellipsis"]["part"]), re.IGNORECASE)


def focus(text: str) -> str:
    """A text without exclamations around it: short sentences that say nothing of a pose, and longer ones that have
    nothing to do with a body, beside one that is read.

    >>> focus("Cut! He kneels down."), focus("Lower. Kneel down.")
    ('He kneels down.', 'Lower. Kneel down.')
    >>> focus("Oh what a marvel that is! Could he raise the left arm?")
    'Could he raise the left arm?'
    """
    text = re.sub(rf"[\s,]+{phrases()['interjections']}(?=[\s.!?]*$)", "", text, flags=re.IGNORECASE)
    parts = [part.strip() for part in re.split(r"(?<=[.!?;])\s+", text) if part.strip()]
    beside = any(stated(part).confidence > _READ for part in parts)
    kept = [part for part in parts if not _exclaims(part, beside)]
    return " ".join(kept) if kept and len(kept) < len(parts) else text


def _exclaims(part: str, beside: bool) -> bool:
    """Whether a sentence says nothing of a pose; a longer one only where what is ``beside`` it is read."""
    if not hear(part, 0).rest:  # "Wonderful, thank you."
        return not leaning.leans(part)
    if len(part.split()) > _SHORT and (not beside or "?" in part or understood(part)):
        return False
    return not _says(part)


def _says(part: str) -> bool:
    silent = classify(part, True) in ("generate", "edit") and not stated(part).items
    return not silent or leaning.leans(part)


def proposed(text: str) -> str:
    """A text in which a part could or should be otherwise, as an order.

    >>> proposed("The left leg could go a bit higher."), proposed("can she lean back a bit")
    ('The left leg a bit higher.', 'lean back a bit')
    """
    if wish := re.match(phrases()["wished"], text.strip(), re.IGNORECASE):
        return str(wish["order"])
    found = _proposal().match(text.strip())
    return text if found is None else f"{found['part']} {found['rest']}"


@functools.lru_cache(maxsize=1)
def _proposal() -> re.Pattern[str]:
    return re.compile(phrases()["proposed"].replace("{part}", phrases()["ellipsis"]["part"]), re.IGNORECASE)


def pointed(text: str, pose: Pose | None) -> str:
    """A text with the side of a limb that is pointed at by how it is: "the back leg", "the upper hand".

    Two alike limbs, and a side that is named, leave it as it is.
    """
    found = _pointing().search(text) if pose is not None and not _SIDE.search(text) else None
    if found is None or pose is None:
        return text
    limb = "foot" if re.match("leg|foot|knee|thigh|heel", found["part"], re.IGNORECASE) else "hand"
    place = _place(found["how"].lower(), limb)
    if place is None:  # "the standing arm"
        return text
    measure, sign = place
    registry = Registry.load()
    values = registry.measure_poses(pose.rotations[None])[0]
    left, right = (float(values[registry.measure_index[measure.format(side=side)]]) * sign for side in OTHER_SIDE)
    if abs(left - right) < phrases()["pointed"]["least"]:
        return text
    side = "left" if (left > right) == (next(iter(OTHER_SIDE)) == "left") else "right"
    return f"{text[: found.start('how')]}{side}{text[found.end('how') :]}"


def _place(how: str, limb: str) -> tuple[str, int] | None:
    """The measure in which the limb that is so differs from the other, and whether it has more of it, if any is."""
    for measure, signs in phrases()["pointed"][limb].items():
        for sign, words in signs.items():
            if how in words:
                return measure, int(sign)
    return None


@functools.lru_cache(maxsize=1)
def _pointing() -> re.Pattern[str]:
    words: Sequence[str] = sorted(
        {
            word
            for limb in ("hand", "foot")
            for signs in phrases()["pointed"][limb].values()
            for one in signs.values()
            for word in one
        }
    )
    return re.compile(
        rf"\b(?:the|his|her|your|their|that) (?P<how>{'|'.join(words)}) (?P<part>leg|foot|knee|arm|hand|elbow)\b",
        re.IGNORECASE,
    )

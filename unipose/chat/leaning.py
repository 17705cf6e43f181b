"""Orders that lean on the conversation, in full: steps ("deeper"), ellipses ("the other arm too"), and what is done
with a thing that was spoken of or by a deed ("lift the tray higher", "kick higher")."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from unipose.body.pose import Pose
from unipose.body.skeleton import OTHER_SIDE
from unipose.chat import courses, ellipsis
from unipose.chat.courses import Move, Step
from unipose.chat.references import phrases
from unipose.chat.talk import read
from unipose.chat.turns import UserError
from unipose.chat.witness import Witness
from unipose.language.measuring.registry import Registry

_SIDE = re.compile(r"\b(left|right|both|two)\b")
_WHITHER = re.compile(r"\b(?:back|forward|out|in|aside|down)(?:wards?)?\b", re.IGNORECASE)
_ENDS = {"arm": "hand", "leg": "foot"}


def in_full(text: str, order: str | None, spoken: Sequence[str], last: Move | None) -> str | None:
    """An order that leans on the conversation, in full.

    Args:
        text: what the user wrote.
        order: the last order in full; ``None`` when there was none.
        spoken: what was said of poses before, the latest first.
        last: the last change; ``None`` when no pose was made from words.

    Returns:
        The full order, or ``None`` when the text stands for itself.

    Raises:
        UserError: the text leans on something that is not there.
    """
    first, rest = _parted(text)
    if rest and ellipsis.leans(first) and courses.step(first) is None and not read(rest):
        rest = ""  # "the other way round, to the left"
    if rest and read(rest) and (ellipsis.moving(rest) or last is None or Witness(last.after).share(rest) < 1):
        return in_full(rest, order, spoken, last) or rest
    text = first
    wanted = courses.step(text)
    if wanted is None:
        return ellipsis.resolve(text, order, spoken) or _carried(text, spoken, last) or _pointed(text, spoken, last)
    if wanted.deed and last is not None and spoken[:1] != [last.order]:  # "bend it", of what was asked about since
        asked = ellipsis.of_part(text, spoken)
        if asked != text and read(asked):
            return asked
    going = courses.go_on(wanted, last) if last is not None else None
    if going is not None and wanted.axis and not ellipsis.of_pronoun(text):
        return going
    try:
        full = ellipsis.resolve(text, order, spoken)
    except UserError:
        if going is None:
            raise
        return going
    if full is None or not ellipsis.moving(full):
        return going or full
    if going is None or last is None or wanted.back or ellipsis.moves(full) == ellipsis.moves(going):
        return full
    # the words of an order that says whither it goes may be read with "higher", which is not that
    return going if _WHITHER.search(last.order) and not courses.went(full, last) else full


def by_intent(name: str, text: str, order: str | None, spoken: Sequence[str], last: Move) -> str | None:
    """An order in full for words that are only like "more", "less" or "the other side".

    Args:
        name: ``more``, ``less`` or ``other_side``.
        text: what the user wrote.
        order: the last order in full; ``None`` when there was none.
        spoken: what was said of poses before, the latest first.
        last: the last change.

    Returns:
        The full order; ``None`` where it is not known what to go on with, or only the whole body can be mirrored.
    """
    if name != "other_side":
        wanted = courses.gist(text, back=name == "less")
        return courses.go_on(wanted, last) or courses.go_on(replace(wanted, axis=""), last)
    if order is None or re.search(phrases()["exchanging"], text, re.IGNORECASE):
        return None
    try:
        return ellipsis.resolve("the other side too", order, spoken)
    except UserError:
        return None


def leans(text: str) -> bool:
    """Whether a text may be an order that leans on the last one.

    >>> leans("even lower"), leans("go on"), leans("thanks")
    (True, True, False)
    """
    return _leaning(text) or bool(_parted(text)[1])


def _leaning(text: str) -> bool:
    return courses.step(text) is not None or ellipsis.leans(text)


def _parted(text: str) -> tuple[str, str]:
    """A step and what is said behind it ("not that far, pull the fist back"); the second is empty without both."""
    parts = courses.clauses(text)
    size = next((size for size, part in enumerate(parts) if not _leaning(part)), len(parts))
    return (", ".join(parts[:size]), ", ".join(parts[size:])) if 0 < size < len(parts) else (text, "")


def _pointed(text: str, spoken: Sequence[str], last: Move | None) -> str | None:
    """An order about "the waving hand", with the side such a limb was spoken of with, or that of the higher one;
    ``None`` for other orders."""
    match = _pointing().search(text)
    if match is None or _SIDE.search(text.lower()):
        return None
    limb = next(
        limb for limb, words in phrases()["ellipsis"]["limbs"].items() if re.fullmatch(words, match["part"].lower())
    )
    named = re.compile(rf"\b(left|right) (?:\w+ )?(?:{phrases()['ellipsis']['limbs'][limb]})")
    side = next((found[1] for told in spoken if (found := named.search(told.lower()))), None)
    if side is None and last is not None and limb in _ENDS and len(sides := _sides(_ENDS[limb], last.after)) == 1:
        side = sides[0]
    return None if side is None else f"{text[: match.start('how')]}{side}{text[match.end('how') :]}"


# -- things and deeds ------------------------------------------------------------------------------------------


def _carried(text: str, spoken: Sequence[str], last: Move | None) -> str | None:
    """What a hand or a foot does to carry an order out; ``None`` where it is not about a thing or a deed."""
    if last is None:
        return None
    data: Mapping[str, Any] = phrases()["carriers"]
    core = ellipsis.core(text).lower()
    if (match := _order().fullmatch(core)) and not ellipsis.names_part(match["thing"]):
        told = next(
            (said.lower() for said in spoken if re.search(rf"\b{match['thing'].split()[-1]}\b", said.lower())), ""
        )
        said = match["rest"] or "more"
        wanted = courses.step(said) or courses.step(f"{said} more")
        unheld = not told and match["thing"] not in data["held"]
        if unheld or wanted is None or (not wanted.axis and match["verb"] not in (*data["up"], *data["down"])):
            return None
        if not wanted.axis:
            wanted = replace(wanted, axis="-up" if match["verb"] in data["down"] else "+up")
        return _by("hand", wanted, told, last.after)
    if (match := _deed().fullmatch(core)) and (wanted := courses.step(match["rest"])) and wanted.axis.endswith("up"):
        limb = next((limb for limb in ("hand", "foot") if match["deed"] in data[limb]["deeds"]), "")
        told = next((said.lower() for said in spoken if _SIDE.search(said.lower())), "")
        return _by(limb, wanted, told, last.after) if limb else None
    return None


def _by(limb: str, wanted: Step, told: str, pose: Pose) -> str | None:
    """The order for the hands or feet of the side that was told of; of the one that is higher where none was."""
    side = next(iter(_SIDE.findall(told)), "")
    sides = [side] if side in OTHER_SIDE else _sides(limb, pose)
    if side in ("both", "two"):
        sides = list(OTHER_SIDE)
    return courses.along([phrases()["carriers"][limb]["of"].replace("{side}", one) for one in sides], wanted) or None


def _sides(limb: str, pose: Pose) -> list[str]:
    registry = Registry.load()
    values = dict(zip(registry.measure_index, registry.measure_poses(pose.rotations[None])[0].tolist(), strict=True))
    if limb == "hand" and values["hands_distance"] < phrases()["carriers"]["close"]:
        return list(OTHER_SIDE)
    return [max(OTHER_SIDE, key=lambda side: values[f"{side}_{limb}_clearance"])]


@functools.lru_cache(maxsize=1)
def _pointing() -> re.Pattern[str]:
    return re.compile(phrases()["carriers"]["pointing"].replace("{part}", phrases()["ellipsis"]["part"]), re.IGNORECASE)


@functools.lru_cache(maxsize=1)
def _order() -> re.Pattern[str]:
    return re.compile(phrases()["carriers"]["order"].replace("{steps}", phrases()["carriers"]["steps"]))


@functools.lru_cache(maxsize=1)
def _deed() -> re.Pattern[str]:
    return re.compile(phrases()["carriers"]["deed"].replace("{steps}", phrases()["carriers"]["steps"]))

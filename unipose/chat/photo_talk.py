"""What words say of a photo that was sent before them: who in it is meant, or what is known of that person.

The patterns are data (``photo_talk.yaml``). Statements ("her left arm is behind her back") tell how the person is; an
order ("raise her left arm") asks for another pose, and is none of this.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from unipose.chat.looking import Look
from unipose.chat.references import phrases, says
from unipose.chat.understanding import stated
from unipose.language import Registry, Verdict
from unipose.language.items import Change
from unipose.language.solving.conflicts import contradictions
from unipose.photos import Detections
from unipose.photos.people import Choice, choose_by_words, choose_number, people_words


@dataclass(frozen=True)
class Meant:
    """What words about a photo want.

    Attributes:
        who: another person is to be read, the one of this number; None for the one read before.
        hint: what is known of that person; empty where nothing is said.
        answer: nothing is to be read, this is to be said instead; else empty.
    """

    who: int | None = None
    hint: str = ""
    answer: str = ""


def meant(text: str, look: Look, in_view: bool) -> Meant | None:
    """What words want of a photo.

    Args:
        text: what was said.
        look: at the photo, before.
        in_view: whether the pose in view is the one read from it, unchanged; only then words may tell of the person.

    Returns:
        None where they want nothing of it: an order, a question about the pose, or anything else.
    """
    said, found = _plain(text), look.detections
    if found is None:
        return Meant(hint=text) if in_view and tells(text) else None
    if (answer := _answer(said, look, found)) is not None:
        return Meant(answer=answer)
    who, hint = _told_of(said, look, found)
    if who is not None and (who != look.chosen or in_view):
        return Meant(who + 1, hint) if who != look.chosen else Meant(hint=text)
    if (choice := _picked(said, look, found, in_view)) is not None:
        return Meant(answer=choice.remark) if choice.index is None else Meant(choice.index + 1)
    if in_view and look.person is not None and tells(text):
        return Meant(hint=text)
    return None


def tells(text: str) -> bool:
    """Whether a text tells how somebody is, and something of it is understood.

    >>> tells("Actually, his left arm is behind his back."), tells("Raise his left arm."), tells("His arm is too low.")
    (True, False, False)
    """
    said = _plain(text)
    if text.rstrip().endswith("?") or _compiled(_patterns()["fault"]).search(said) or _leads(text.lower(), "change"):
        return False
    return _compiled(rf"{_patterns()['subject']}{_patterns()['verb']}").fullmatch(said) is not None and _claims(said)


def all_known(hint: str, before: str, verdicts: Iterable[Verdict]) -> str:
    """A hint with the sentences that were said before it and still hold, the newest first.

    Args:
        hint: said now.
        before: sentences said before.
        verdicts: on these. What the photo contradicted is not said again, nor what the new words say or contradict.
    """
    refused = [verdict.span for verdict in verdicts if verdict.mark == "no"]
    registry, kept = Registry.load(), [hint.strip()]
    for sentence in re.finditer(r"\S.*?(?:[.!;\n]+(?=\s|$)|$)", before):
        fresh, old = stated(hint).items, stated(sentence[0]).items
        clash = any((*fresh, *old)[i] != (*fresh, *old)[j] for i, j in contradictions(registry, (*fresh, *old), None))
        if (
            not clash
            and not set(old) <= set(fresh)
            and not any(start < sentence.end() and sentence.start() < end for start, end in refused)
        ):
            kept.append(sentence[0].strip())
    return " ".join(said if said.endswith((".", "!", ";")) else f"{said}." for said in dict.fromkeys(kept))


def _told_of(said: str, look: Look, found: Detections) -> tuple[int | None, str]:
    """Of whom among several a statement tells ("the man on the left is kneeling"), and what, if it does."""
    split = re.match(rf"(?P<whom>{_patterns()['named']})(?={_patterns()['verb']})", said)
    if split is None or len(found.people) == 1 or not _claims(said[split.end() :]):
        return None, ""
    return choose_by_words(found, split["whom"], look.chosen).index, f"{_patterns()['they']}{said[split.end() :]}"


def _picked(said: str, look: Look, found: Detections, in_view: bool) -> Choice | None:
    """Who is picked, if a text does nothing else."""
    patterns = _patterns()
    rest = _compiled(rf"^(?:{patterns['pick']}[\s,]+)+").sub("", said)
    rest = _compiled(rf"(?:[\s,]+{patterns['tail']})+$").sub("", rest)
    asked = in_view or look.chosen is None  # or it was asked who is meant
    if re.search(rf"\b{phrases()['ellipsis']['part']}\b", rest):
        return None
    if not any(_compiled(patterns[way]).fullmatch(rest) for way in (("named", "pointed") if asked else ("named",))):
        return None
    if re.search(r"\bone\b", rest) and (not asked or said.startswith("show")):  # of the poses, or of the limbs
        return None
    if rest.isdigit():
        return choose_number(found, int(rest))
    choice = choose_by_words(found, rest, look.chosen)
    if choice.index == look.chosen and in_view and _compiled(patterns["telling"]).match(said):
        return None
    return choice if choice.index is not None or choice.remark else None


def _answer(said: str, look: Look, found: Detections) -> str | None:
    """The answer to a question about who is there."""
    count = len(found.people)
    if _compiled(_patterns()["how_many"]).fullmatch(said):
        return says("one_person") if count == 1 else says("people", count=count)
    asked = _compiled(_patterns()["who"]).fullmatch(said)
    if asked is None:
        return None
    whom = asked["whom"].strip()
    if _compiled(_patterns()["this"]).fullmatch(whom):
        return None if look.chosen is None else says("person", number=look.chosen + 1, count=count)
    choice = choose_by_words(found, whom, look.chosen)
    if choice.index is None:
        return choice.remark or None
    name = "person" if choice.index == look.chosen else "other_person"
    return says(name, number=choice.index + 1, count=count)


def _claims(said: str) -> bool:
    items = stated(said).items
    return bool(items) and not any(isinstance(item, Change) for item in items)


def _plain(text: str) -> str:
    """Lower case, one space between words, without the words that say nothing at its start."""
    said = " ".join(text.lower().replace("\u2019", "'").strip(" .,!?;:-\t\n").split())
    return _compiled(rf"^(?:{_patterns()['lead']}\b[\s,:]*)+(?=.)").sub("", said)


def _leads(said: str, name: str) -> bool:
    return _compiled(rf"{_patterns()[name]}[\s,]").match(said) is not None


@functools.lru_cache(maxsize=1)
def _patterns() -> dict[str, Any]:
    data = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    filled = {"{people}": f"(?:{'|'.join(people_words())})", "{part}": f"(?:{phrases()['ellipsis']['part']})"}
    for name, pattern in data.items():
        for mark, words in filled.items():
            pattern = pattern.replace(mark, words)
        data[name] = pattern
    return data


@functools.lru_cache(maxsize=32)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)

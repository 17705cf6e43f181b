"""Which pose a sentence speaks of: "it", "the first one", "the previous pose", "before".

The phrases are data (``phrases.yaml``). A reference is one of the names in :data:`REFERENCES`; which pose that
is, only the session knows.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

Reference = Literal["first", "second", "third", "fourth", "fifth", "sixth", "previous", "current"]
REFERENCES: tuple[Reference, ...] = get_args(Reference)

DATA = Path(__file__).with_name("phrases.yaml")


@functools.lru_cache(maxsize=1)
def phrases() -> dict[str, Any]:
    """The data file."""
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return _filled(data, data["hesitations"])


def _filled(data: Any, hesitations: str) -> Any:
    if isinstance(data, dict):
        return {key: _filled(value, hesitations) for key, value in data.items()}
    if isinstance(data, list):
        return [_filled(value, hesitations) for value in data]
    return data.replace("{hesitations}", hesitations) if isinstance(data, str) else data


def says(name: str, **values: object) -> str:
    """A sentence of the conversation itself."""
    return phrases()["says"][name].format(**values)


def complaint(name: str, **values: object) -> str:
    """A sentence for a :class:`~unipose.chat.turns.UserError`."""
    return phrases()["errors"][name].format(**values)


def place_of(which: Reference) -> int:
    """How many other poses came before the first, second, ... one."""
    return REFERENCES.index(which)


def mentions(question: str) -> list[Reference]:
    """The poses a question names, each once, in reading order.

    >>> mentions("How does it differ from the first one?")
    ['current', 'first']
    """
    return _named(question, _patterns().asked)


def split_base(order: str) -> tuple[Reference | None, str]:
    """An order without the pose it starts from, and that pose.

    >>> split_base("Take the first one and raise both arms.")
    ('first', 'raise both arms.')
    >>> split_base("Raise both arms.")
    (None, 'Raise both arms.')
    """
    patterns = _patterns()
    for pattern in (patterns.leading_base, patterns.like, patterns.trailing_base):
        match = pattern.search(order)
        if match and (rest := (order[: match.start()] + order[match.end() :]).strip()):
            return _kind(match), rest
    return None, order


def shown(order: str) -> Reference | None:
    """The pose that an order wants back in view, when that is all it wants.

    >>> shown("Go back to the first one.")
    'first'
    """
    for pattern in _patterns().show:
        match = pattern.fullmatch(order.strip())
        if match:
            return _kind(match) or "first"  # "undo everything"
    return None


def picked(text: str) -> Reference | None:
    """As :func:`shown`, of words that may be shorter while poses are offered to choose from.

    >>> picked("The second!"), picked("I prefer the second one.")
    ('second', 'second')
    """
    match = _patterns().picked.fullmatch(text.strip())
    return shown(text) if match is None else _kind(match)


def amends(order: str) -> bool:
    """Whether an order can only be meant for the pose in view, since it is about one part of the body.

    >>> amends("Straighten the standing leg."), amends("Stand on the left leg.")
    (True, False)
    """
    return _patterns().amends.match(led(order)) is not None


def led(order: str) -> str:
    """An order without the words it may open with ("oh no, undo")."""
    return _patterns().lead.sub("", order)


def fresh(order: str) -> bool:
    """Whether an order wants to begin anew.

    >>> fresh("OK, let's start over.")
    True
    """
    return _patterns().fresh.fullmatch(order.strip()) is not None


def taken_back(order: str) -> int:
    """How many changes an order wants taken back, when it tells their number; else 0.

    >>> taken_back("Go back two steps."), taken_back("Undo.")
    (2, 0)
    """
    match = _patterns().take_back.fullmatch(order.strip())
    return int(phrases()["take_back"]["counts"][match["count"].lower()]) if match else 0


def rather(text: str) -> str:
    """What is to be done in the place of the last change; empty where a text does not take that back first.

    >>> rather("No, undo that and lift the other arm"), rather("Undo it please")
    ('lift the other arm', '')
    """
    match = _patterns().rather.fullmatch(text.strip())
    return "" if match is None else str(match["rest"])


def state(text: str) -> str:
    """How the pose was that a text wants back; empty where it wants none by how it was.

    >>> state("Back to folded arms."), state("back to when only one knee was bent"), state("fold the arms")
    ('folded arms', 'only one knee was bent', '')
    """
    match = _patterns().state.fullmatch(text.strip().rstrip(" .!"))
    return "" if match is None else str(match["state"] or match["state_again"])


def recalled(question: str) -> Literal["first", "last"] | None:
    """Which of the person's own words a question wants to hear again."""
    match = _patterns().recall.fullmatch(question.strip())
    return ("first" if match["first"] else "last") if match else None


def counts_offers(text: str) -> bool:
    """Whether what a text counts is meant of the poses offered to choose from, while there are some.

    >>> counts_offers("Take the second one"), counts_offers("Go back to the first pose")
    (True, False)
    """
    patterns = _patterns()
    return patterns.picking.search(text) is not None and patterns.picking_not.search(text) is None


def more(order: str) -> int:
    """How many poses to choose from an order wants, when that is all it wants; else 0.

    >>> more("Show me four."), more("Other versions, please"), more("Four steps")
    (4, 4, 0)
    """
    match = _patterns().more.fullmatch(order.strip())
    data = phrases()["more"]
    return 0 if match is None else data["counts"].get((match["count"] or "").lower(), data["usual"])


def both(text: str) -> bool:
    """Whether a text speaks of two poses as both of them.

    >>> both("Compare both."), both("Raise both arms.")
    (True, False)
    """
    return re.search(r"\bboth(?=\W*$| of them\b| poses\b| versions\b)", text, re.IGNORECASE) is not None


def mirrored(order: str) -> Reference | None:
    """The pose that an order wants seen in a mirror, when that is all it wants.

    >>> mirrored("Now mirror it, please.")
    'current'
    """
    match = _patterns().mirror.fullmatch(order.strip())
    return (_kind(match) or "current") if match else None


def exchanged(order: str) -> Reference | None:
    """As :func:`mirrored`, of an order that goes on to tell what that comes to.

    >>> exchanged("Swap sides: the left hand does that, the right one comes down.")
    'current'
    """
    first, *rest = re.split(r"\s*[:;.,]\s+", order.strip(), maxsplit=1)
    told = rest and re.search(r"\b(?:left|right|other|one)\b", rest[0])
    return mirrored(first) if told and re.search(phrases()["exchanging"], first, re.IGNORECASE) else None


@dataclass(frozen=True)
class _Patterns:
    asked: re.Pattern[str]
    leading_base: re.Pattern[str]
    trailing_base: re.Pattern[str]
    amends: re.Pattern[str]
    lead: re.Pattern[str]
    like: re.Pattern[str]
    show: tuple[re.Pattern[str], ...]
    mirror: re.Pattern[str]
    fresh: re.Pattern[str]
    take_back: re.Pattern[str]
    rather: re.Pattern[str]
    state: re.Pattern[str]
    recall: re.Pattern[str]
    picking: re.Pattern[str]
    picked: re.Pattern[str]
    picking_not: re.Pattern[str]
    more: re.Pattern[str]


@functools.lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    data = phrases()
    words = {kind: list(data["references"][kind]) for kind in REFERENCES}
    named = _alternatives(words)
    asked = _alternatives({kind: words[kind] + data["in_questions"].get(kind, []) for kind in REFERENCES})
    # "raise it" is no base: only a phrase that names another pose may be cut out of an order's end
    elsewhere = _alternatives({kind: words[kind] for kind in REFERENCES if kind != "current"})
    as_before = _alternatives({kind: words[kind] + data["base"]["as"].get(kind, []) for kind in REFERENCES})
    base, counts = data["base"], "|".join(data["take_back"]["counts"])
    lead, tail = rf"(?:(?:{data['lead']})\b[\s,]*)*", r"(?:\s*,?\s*(?:please|now|again|instead))*[\s.!?]*"
    return _Patterns(
        asked=_compiled(asked),
        leading_base=_compiled(rf"^\s*{base['before']}\s+{named}{base['joiner']}"),
        trailing_base=_compiled(rf"\s+{base['after']}\s+{elsewhere}(?=[\s.!?]*$)"),
        amends=_compiled(data["amends"].replace("{part}", data["ellipsis"]["part"])),
        lead=_compiled(rf"^\s*{lead}"),
        like=_compiled(rf"^\s*{base['like']}\s+{as_before}{base['but']}"),
        show=(
            _compiled(rf"{lead}{data['show']}\s+{asked}{tail}"),
            _compiled(rf"{lead}{data['prefer']['before']}{elsewhere}{data['prefer']['after']}{tail}"),
            _compiled(rf"{lead}{data['to_previous']}{tail}"),
            _compiled(rf"{lead}{data['to_first']}{tail}"),
        ),
        mirror=_compiled(rf"{lead}(?:{data['mirror']}(?:\s+{named})?|{data['other_way']}){tail}"),
        fresh=_compiled(rf"{lead}{data['fresh']}{tail}"),
        take_back=_compiled(rf"{lead}{data['take_back']['say'].replace('{count}', counts)}{tail}"),
        rather=_compiled(rf"{lead}{data['instead']}"),
        state=_compiled(rf"{lead}(?:{data['state']})"),
        recall=_compiled(rf"{lead}{data['recall']}{tail}"),
        picking=_compiled(data["picking"]),
        picked=_compiled(rf"{lead}{data['prefer']['before']}{asked}{data['prefer']['after']}{tail}"),
        picking_not=_compiled(data["picking_not"]),
        more=_compiled(rf"{lead}{_more(data['more'])}{tail}"),
    )


def _more(data: dict[str, Any]) -> str:
    what = data["what"].replace("{things}", data["things"]).replace("{count}", "|".join(data["counts"]))
    return data["say"].replace("{what}", what)


def _alternatives(words: dict[Any, list[str]]) -> str:
    groups = (rf"(?P<{kind}>\b(?:{'|'.join(options)})\b)" for kind, options in words.items())
    return f"(?:{'|'.join(groups)})"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _named(text: str, pattern: re.Pattern[str]) -> list[Reference]:
    kinds = (_kind(match) for match in pattern.finditer(text))
    return list(dict.fromkeys(kind for kind in kinds if kind is not None))


def _kind(match: re.Match[str]) -> Reference | None:
    return next((kind for kind in REFERENCES if match.groupdict().get(kind)), None)

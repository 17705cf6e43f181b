"""Which pose a sentence speaks of: "it", "the first one", "the previous pose", "before".

The phrases are data (``phrases.yaml``). A reference is one of the names in :data:`REFERENCES`; which pose that
is, only the session knows.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

Reference = Literal["first", "previous", "current"]
REFERENCES: tuple[Reference, ...] = ("first", "previous", "current")

DATA = Path(__file__).with_name("phrases.yaml")


@functools.lru_cache(maxsize=1)
def phrases() -> dict[str, Any]:
    """The data file."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


def says(name: str, **values: object) -> str:
    """A sentence of the conversation itself."""
    return phrases()["says"][name].format(**values)


def complaint(name: str, **values: object) -> str:
    """A sentence for a :class:`~unipose.chat.turns.UserError`."""
    return phrases()["errors"][name].format(**values)


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
    for pattern in (_patterns().leading_base, _patterns().trailing_base):
        match = pattern.search(order)
        if match and (rest := (order[: match.start()] + order[match.end() :]).strip()):
            return _kind(match), rest
    return None, order


def shown(order: str) -> Reference | None:
    """The pose that an order wants back in view, when that is all it wants.

    >>> shown("Go back to the first one.")
    'first'
    """
    match = _patterns().show.fullmatch(order.strip())
    return _kind(match) if match else None


def mirrored(order: str) -> Reference | None:
    """The pose that an order wants seen in a mirror, when that is all it wants.

    >>> mirrored("Now mirror it, please.")
    'current'
    """
    match = _patterns().mirror.fullmatch(order.strip())
    return (_kind(match) or "current") if match else None


@dataclass(frozen=True)
class _Patterns:
    asked: re.Pattern[str]
    leading_base: re.Pattern[str]
    trailing_base: re.Pattern[str]
    show: re.Pattern[str]
    mirror: re.Pattern[str]


@functools.lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    data = phrases()
    words = {kind: list(data["references"][kind]) for kind in REFERENCES}
    named = _alternatives(words)
    asked = _alternatives({**words, "previous": words["previous"] + list(data["previous_in_questions"])})
    # "raise it" is no base: only a phrase that names another pose may be cut out of an order's end
    elsewhere = _alternatives({kind: words[kind] for kind in ("first", "previous")})
    base = data["base"]
    lead, tail = r"(?:(?:now|then|please)\s+)*", r"(?:\s*,?\s*please)?[\s.!?]*"
    return _Patterns(
        asked=_compiled(asked),
        leading_base=_compiled(rf"^\s*{base['before']}\s+{named}{base['joiner']}"),
        trailing_base=_compiled(rf"\s+{base['after']}\s+{elsewhere}(?=[\s.!?]*$)"),
        show=_compiled(rf"{lead}{data['show']}\s+{named}(?:\s+again)?{tail}"),
        mirror=_compiled(rf"{lead}{data['mirror']}(?:\s+{named})?{tail}"),
    )


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

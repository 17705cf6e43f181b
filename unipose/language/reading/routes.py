"""What a message asks for: a pose, a change, words about poses, an answer, the last step back or again, or help."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from unipose.language.asking.questions import Reader
from unipose.language.items import Change, Keep, Match, Statement
from unipose.language.measuring.registry import Registry, read_data
from unipose.language.reading.parser import Parser

ROUTES = ("generate", "edit", "describe", "compare", "ask", "undo", "retry", "help")

_OF_THE_FIGURE = re.compile(
    r"(?:and |now |so |then )*(?:he|she|they|(?:his|her|their) \w+(?: \w+)?)"
    r"(?: (?:should|must|can|could|may|might|needs? to|has to|have to|ought to|also|now))*\b"
)
_SPEECH = ("undo", "retry", "help", "compare", "describe")  # no order to the body; tried in this order


@functools.cache
def _cues() -> Mapping[str, Sequence[re.Pattern[str]]]:
    data = read_data("cues.yaml")
    compiled = {entry["route"]: tuple(map(re.compile, entry["any"])) for entry in data["routes"]}
    for name in ("proposals", "edit_cues", "new_cues"):
        compiled[name] = tuple(map(re.compile, data[name]))
    compiled["courtesies"] = (re.compile(data["courtesies"]),)
    compiled["reactions"] = (re.compile(rf"(?:(?:{'|'.join(data['reactions'])})(?:[\s,.!?]+|$))+"),)
    return compiled


def classify(text: str, has_pose: bool, parser: Parser | None = None) -> str:
    """The route a message takes.

    Args:
        text: what the user wrote.
        has_pose: whether there is a current pose that could be changed.
        parser: reads the claims in the text; the package's own when left out.

    Returns:
        One of ``ROUTES``. Without a pose an instruction asks for a new pose, never for an edit.
    """
    parser = parser or Parser.load()
    cues = _cues()
    said = text.lower().replace("\u2019", "'").strip()
    lower = cues["courtesies"][0].sub("", said) or said

    def hit(name: str) -> bool:
        return any(pattern.search(lower) for pattern in cues[name])

    if cues["reactions"][0].fullmatch(said):
        return "help"
    proposed = hit("proposals")
    if not proposed:
        for route in _SPEECH:
            if hit(route):
                return "ask" if route == "describe" and _asked(said, has_pose, parser) else route
        if _asked(said, has_pose, parser):
            return "ask"
    if not has_pose:
        return "generate"
    items = parser.parse(text).items
    if proposed or any(isinstance(item, Change | Keep | Match) for item in items):
        return "edit"
    registry = Registry.load()
    postures = [isinstance(item, Statement) and _of_all_the_body(item.predicate, registry) for item in items]
    if _OF_THE_FIGURE.match(lower) and items and not any(postures):
        return "edit"  # "she turns her head": who is in view
    if hit("new_cues"):
        return "generate"
    if hit("edit_cues"):
        return "edit"
    if any(postures):
        return "generate"
    # limbs alone ("arms up") are moved on the pose in view, which they leave open
    return "edit" if items or parser.first_word(text) in parser.verbs else "generate"


def _asked(text: str, has_pose: bool, parser: Parser) -> bool:
    """Whether it is a question about the pose in view that can be answered or refused."""
    return has_pose and Reader.of(parser).read(text) is not None


def _of_all_the_body(predicate: str, registry: Registry) -> bool:
    """Whether a predicate says what kind of pose it is: a posture, or a named pose that includes one."""
    said = {registry.position(predicate), *registry.implied[registry.position(predicate)]}
    return any(registry.table[which].region == "posture" and not registry.table[which].silent for which in said)

"""What a message asks for: a pose, a change, a description, a comparison, the last step back, or help."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from unipose.language.parser import Parser
from unipose.language.registry import Change, Registry, Statement, read_data

ROUTES = ("generate", "edit", "describe", "compare", "undo", "help")


@functools.cache
def _cues() -> Mapping[str, Sequence[re.Pattern[str]]]:
    data = read_data("cues.yaml")
    compiled = {entry["route"]: tuple(map(re.compile, entry["any"])) for entry in data["routes"]}
    compiled["edit_cues"] = tuple(map(re.compile, data["edit_cues"]))
    compiled["new_cues"] = tuple(map(re.compile, data["new_cues"]))
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
    lower = text.lower().strip()
    cues = _cues()

    def hit(name: str) -> bool:
        return any(pattern.search(lower) for pattern in cues[name])

    for route in ("undo", "help", "compare", "describe"):
        if hit(route):
            return route
    if not has_pose:
        return "generate"
    parse = parser.parse(text)
    if hit("new_cues"):
        # "he raises his arm more" still speaks of the pose at hand
        return "edit" if any(isinstance(item, Change) for item in parse.items) else "generate"
    if hit("edit_cues") or any(isinstance(item, Change) for item in parse.items):
        return "edit"
    registry = Registry.load()
    postures = [i for i in parse.items if isinstance(i, Statement) and registry[i.predicate].region == "posture"]
    first = re.match(r"\s*(?:please\s+)?(\w+)", lower)
    if postures or first is None or first[1] not in parser.verbs:
        return "generate"
    return "edit"

"""What names ask of arms and head alone: "sitting cross-legged, reading a book" reads as who stands reads, from the
waist up.

The rule of a name says how its legs usually are. Where a text says how they are, only the rest of the rule is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SUFFIX = "_above_waist"
_ARMS = frozenset({"left_arm", "right_arm", "arms"})
_ABOVE = _ARMS | {"head"}


def above_the_waist(
    entries: Sequence[Mapping[str, Any]], measures: Mapping[str, str], where: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """A predicate for each name of what is done standing by the way: the part of its rule that is about arms and head.

    They are only understood, never said.

    Args:
        entries: predicates, each for one side.
        measures: the region of each measure.
        where: ``above_waist`` of ``registry.yaml``.
    """
    regions = {entry["id"]: entry["region"] for entry in entries}
    stands = frozenset(where["stands"])
    named = [entry for entry in entries if entry.get("field") in where["fields"]]
    standing = [entry for entry in named if not stands.isdisjoint(entry.get("all", ()))]
    found = [above for entry in standing for above in _above(entry, regions, measures)]
    known = {above["id"] for above in found}
    for entry in named:  # of either side
        forms = [form + SUFFIX for form in entry.get("any", ())]
        if forms and known.issuperset(forms):
            found.append({**entry, "id": entry["id"] + SUFFIX, "region": "arms", "any": forms, "silent": True})
    return found


def _above(
    entry: Mapping[str, Any], regions: Mapping[str, str], measures: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    parts = {part: regions[part.removeprefix("not ")] for part in entry.get("all", ())}
    within = {measure: measures[measure] for measure in entry.get("within", {})}
    either = [regions[part.removeprefix("not ")] for part in entry.get("any", ())]
    spoken = {*parts.values(), *within.values()}
    if not spoken & _ARMS or spoken | set(either) <= _ABOVE:
        return
    yield {
        "id": entry["id"] + SUFFIX,
        "side": entry["side"],
        "region": "arms",
        "all": [part for part, region in parts.items() if region in _ABOVE],
        "any": entry["any"] if either and _ABOVE.issuperset(either) else [],
        "within": {measure: edges for measure, edges in entry.get("within", {}).items() if within[measure] in _ABOVE},
        "silent": True,
    }

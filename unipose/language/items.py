"""What a text can claim: the value types that writers, the parser, the checker and the solver pass around.

Sides are the subject's own. Lengths are metres of the reference body and angles degrees, as ``measures.yaml`` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Statement:
    """A predicate said to be true (or, negated, false) of a pose; hedged ("roughly"), it may miss by one sigma."""

    predicate: str
    negated: bool = False
    hedged: bool = False


@dataclass(frozen=True)
class Amount:
    """A measure said to lie within ``lo`` to ``hi``: a number with the tolerance its rounding and wording leave."""

    measure: str
    lo: float
    hi: float
    negated: bool = False


@dataclass(frozen=True)
class Change:
    """A measure said to differ between two poses by ``lo`` to ``hi`` (B minus A, in the measure's unit).

    Negated, it is said not to go that far that way; where else it goes is left open.
    """

    measure: str
    direction: int
    degree: str
    lo: float
    hi: float
    negated: bool = False


@dataclass(frozen=True)
class Keep:
    """A part of the body said to stay as it was: none of its own measures changes by more than one sigma.

    ``region`` is a region of the registry ("left_arm", "legs", "head", "trunk") or "body".
    """

    region: str


@dataclass(frozen=True)
class Match:
    """A part said to be like the other side of the same pose ("same as the right arm").

    ``region`` is the part that follows, such as "left_arm". With ``of_before``, the region (or "body") is said to be
    the mirror image of what it was in the pose before ("mirror it", "swap the legs").
    """

    region: str
    of_before: bool = False


Item = Statement | Amount | Change | Keep | Match


def deny(item: Item) -> Item:
    """The opposite claim; what has no opposite in this language ("keep it still") is left as it is."""
    return item if isinstance(item, Keep | Match) else replace(item, negated=not item.negated)


def spell(item: Item) -> str:
    """An item as records and side-cars spell it; :func:`unspell` reads it back."""
    if isinstance(item, Statement):
        return f"{'not ' if item.negated else ''}{'roughly ' if item.hedged else ''}{item.predicate}"
    if isinstance(item, Amount):
        return f"{'not ' if item.negated else ''}{item.measure} = {item.lo:g} {item.hi:g}"
    if isinstance(item, Change):
        sign = "+" if item.direction > 0 else "-"
        degree = f" {item.degree}" if item.degree else ""
        return f"{'not ' if item.negated else ''}{item.measure} {sign} {item.lo:g} {item.hi:g}{degree}"
    if isinstance(item, Keep):
        return f"keep {item.region}"
    return f"{'mirror' if item.of_before else 'match'} {item.region}"


def noted(text: str, items: Iterable[Item]) -> str:
    """A text with what was read in it after it, in one spelling for all its wordings; the text alone without items.

    >>> noted("Arms up!", [Statement("both_arm_overhead", hedged=True), Keep("legs")])
    'Arms up! (both arm overhead; keep legs)'
    """
    plain = (spell(item).replace("roughly ", "").replace("_", " ") for item in items)
    return f"{text} ({note})" if (note := "; ".join(plain)) else text


def unspell(text: str) -> Item:
    """Read what :func:`spell` wrote.

    Raises:
        ValueError: when it is no item; the message shows the text.
    """
    words = text.split()
    negated = bool(words) and words[0] == "not"
    words = words[negated:]
    if len(words) == 1:
        return Statement(words[0], negated)
    if len(words) == 2 and words[0] == "roughly":
        return Statement(words[1], negated, hedged=True)
    if len(words) == 2 and words[0] == "keep" and not negated:
        return Keep(words[1])
    if len(words) == 2 and words[0] in ("match", "mirror") and not negated:
        return Match(words[1], words[0] == "mirror")
    try:
        if len(words) == 4 and words[1] == "=":
            return Amount(words[0], float(words[2]), float(words[3]), negated)
        if len(words) in (4, 5) and words[1] in "+-":
            direction = 1 if words[1] == "+" else -1
            return Change(words[0], direction, "".join(words[4:]), float(words[2]), float(words[3]), negated)
    except ValueError:
        pass
    raise ValueError(f"{text!r} is no statement of the pose language")

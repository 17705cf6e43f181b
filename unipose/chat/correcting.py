"""What was asked for last, as it was meant: "wrong leg, I want the other one", "switch to the left leg", "I meant up".

Which words of the request those that were meant stand for is left to the parser: of all places where they can be put
that one is taken where they are read best, as something else about the same part of the body. The phrases are data
(``ellipsis`` in ``phrases.yaml``).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from unipose.body.pose import Pose
from unipose.chat import courses, ellipsis, references
from unipose.chat.references import complaint
from unipose.chat.turns import UserError
from unipose.chat.understanding import stated
from unipose.chat.witness import Witness
from unipose.language.changing.differences import touches
from unipose.language.items import Item

_LONGEST = 5  # words of a request that others are put in the place of, if not all of a clause


def corrected(text: str, asked: str) -> str | None:
    """What was asked for last as it was meant: "I meant the left arm", "not the right, the left", "wrong leg".

    Args:
        text: what the user wrote.
        asked: what was asked for last, in full.

    Returns:
        The request with its other side, the part that was named, or the words that were meant; ``None`` when the text
        corrects nothing in it.

    Raises:
        UserError: a side is put right, and the last request has none.

    >>> corrected("No, I meant the left one.", "Raise your right arm.")
    'raise your left arm'
    >>> corrected("backwards, I mean", "lean forward and bend the knees")
    'lean backwards and bend the knees'
    """
    bare = _alone(ellipsis.core(text))
    if (side := _side(bare)) is not None and (order := ellipsis.elsewhere(asked, *side)) is not None:
        return order
    if match := ellipsis.matched("meant", bare):
        words = ellipsis.of_part((match["meant"] or match["meant_first"]).strip(" ,"), [asked])
        wanted = courses.step(words)
        if (wanted is None or wanted.axis) and (order := _put(words, ellipsis.tidy(asked))) is not None:
            return order
    if side is not None and not ellipsis.matched("at_most", bare):
        raise UserError(complaint("no_side"))
    return None


def rather(text: str, asked: str) -> str:
    """What is to be done in the place of the last change; empty where a text does not take that back first.

    >>> rather("Skip the knee thing, just look up", "bend the knees"), rather("Undo that and kneel", "bend the knees")
    ('just look up', 'kneel')
    >>> rather("skip the head thing, just kneel", "bend the knees")
    ''
    """
    first, *rest = courses.clauses(text) or [""]
    return references.rather(text) or (", ".join(rest) if ellipsis.takes_back(first, asked) else "")


def held(rest: str, pose: Pose) -> bool:
    """Whether all that is wanted in the place of a change is a pose that was so before it ("just the pull-up")."""
    return re.match(r"(?:just|only)\b", rest, re.IGNORECASE) is not None and Witness(pose).share(rest) == 1


def _alone(bare: str) -> str:
    """A correction of the side without the clauses that only say that what was taken for it goes back."""
    first, *rest = courses.clauses(bare) or [""]
    back = (ellipsis.matched("returned", ellipsis.core(clause)) for clause in rest)
    return ellipsis.core(first) if rest and ellipsis.matched("correction", ellipsis.core(first)) and all(back) else bare


def _side(bare: str) -> tuple[str, str | None] | None:
    """The side, and the part if it is named, that a text puts in the place of another; ``None`` where it does not."""
    match = ellipsis.matched("correction", bare) or ellipsis.matched("change_over", bare)
    if match is None:  # "wrong leg, I want the other one"
        first, *rest = courses.clauses(bare) or [""]
        match = ellipsis.matched("correction", first)
        others = [ellipsis.matched("the_other", ellipsis.core(clause)) for clause in rest]
        if match is None or not all(others):
            return None
    said = match.groupdict()
    side, part = said.get("side") or said.get("instead") or "other", said.get("part") or said.get("instead_part")
    return side.lower(), part


def _put(words: str, order: str) -> str | None:
    """The order with these words where they say something else of the same part; ``None`` where that is nowhere."""
    before = stated(order)
    found: dict[str, tuple[int, int, float, int, int]] = {}
    for candidate in _placed(words, order):
        after = stated(candidate)
        unread = sum(end - start for start, end in after.unread)
        lost, gained = set(before.items) - set(after.items), set(after.items) - set(before.items)
        if unread <= sum(end - start for start, end in before.unread) and _of_same_part(lost, gained):
            # what else was asked for stays, also what was not read, but no "in" of "in front"
            leftover = _words(after.unparsed) - _words(before.unparsed)
            found[candidate] = (-len(lost), -len(leftover), min(after.confidences), unread, -len(candidate))
    return max(found, key=lambda candidate: found[candidate]) if found else None


def _placed(words: str, order: str) -> Iterator[str]:
    """The order with the words in the place of any few of its own, or of a clause of it."""
    pieces = ellipsis.pieces(order)
    for place, piece in enumerate(pieces[::2]):
        said = piece.split()
        for start, end in itertools.combinations(range(len(said) + 1), 2):
            if end - start <= _LONGEST or end - start == len(said):
                clause = " ".join((*said[:start], words, *said[end:]))
                space = " " if pieces[2 * place + 1 :] and piece.endswith(" ") else ""
                yield "".join((*pieces[: 2 * place], clause, space, *pieces[2 * place + 1 :]))


def _words(phrases: Iterable[str]) -> set[str]:
    return {word for phrase in phrases for word in phrase.lower().split()}


def _of_same_part(lost: set[Item], gained: set[Item]) -> bool:
    """Whether something is lost, and what is gained for it is about the same parts of the body."""
    regions = [ellipsis.region(item) for item in lost]
    return bool(lost and gained) and all(
        any(touches(ellipsis.region(item), {region}) for region in regions) for item in gained
    )

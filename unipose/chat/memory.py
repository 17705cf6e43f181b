"""What a conversation remembers: the poses that were in view, what was asked of them, and which one is meant.

All of it is read off the turns, those since the last fresh start.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unipose.body.pose import Pose
from unipose.chat.courses import Move
from unipose.chat.looking import Look
from unipose.chat.references import Reference, complaint, place_of
from unipose.chat.turns import Turn, UserError
from unipose.language import Checker, Item, Registry
from unipose.language.reading.routes import classify

_TALK = "talk"
_MADE = ("generate", "edit", "more")
_CHOSEN = ("pick", "show")
_SIDED = re.compile(r"\b(?:left|right)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sighting:
    """The photo that a conversation is about.

    Attributes:
        photo: as it was sent.
        turn: that last read it.
        look: what was seen in it then.
        in_view: whether the pose in view is the one that was read.
    """

    photo: Any
    turn: Turn
    look: Look
    in_view: bool


class Memory:
    """A look back at a conversation.

    Args:
        turns: the finished turns, oldest first.
    """

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._all = turns
        started = max((i + 1 for i, turn in enumerate(turns) if turn.kind == "reset"), default=0)
        self._turns = turns[started:]

    @property
    def count(self) -> int:
        """How many turns there were, those before a fresh start too."""
        return len(self._all)

    @property
    def pose(self) -> Pose | None:
        """The pose in view."""
        return self._all[-1].pose if self._all else None

    def turn(self, number: int) -> Turn:
        """A turn by its place, as :meth:`last_change` gives it."""
        return self._all[number]

    def orders(self) -> tuple[str | None, list[str]]:
        """The last order in full, if the pose was last asked for by one, and all that was asked for, latest first;
        among it the questions about one side."""
        order: str | None = None
        asked: list[str] = []
        for turn in self._turns:
            if turn.kind in ("generate", "edit"):
                order = turn.asked if turn.kind == "edit" or classify(turn.asked, True) == "edit" else None
                asked.insert(0, turn.asked)
            elif turn.kind == "ask" and _SIDED.search(turn.asked):  # "is the left knee bent?" "bend it then"
                asked.insert(0, turn.asked)
            elif turn.kind == "estimate":
                order = None
            elif turn.kind in _CHOSEN and turn.asked:
                order = None if turn.base is None and classify(turn.asked, True) != "edit" else turn.asked
        return order, asked

    def made(self) -> Turn | None:
        """The turn that last made a pose from words, or chose one of those made."""
        return next((turn for turn in reversed(self._turns) if _of_words(turn)), None)

    def source(self, pose: Pose | None = None) -> Turn | None:
        """The latest turn that made a pose from words; of the pose in view when left out."""
        wanted = self.pose if pose is None else pose
        return next((turn for turn in reversed(self._turns) if turn.kind in _MADE and wanted in turn.poses), None)

    def offered(self) -> tuple[Pose, ...]:
        """The poses to choose from, the one in view among them; none where there is only that."""
        source = self.source()
        return source.poses if source is not None and len(source.poses) > 1 else ()

    def last_move(self) -> Move | None:
        """What was done last to the pose in view by an order, if anything was."""
        turn = self.made()
        return None if turn is None or turn.pose is None else Move(turn.asked, turn.base, turn.pose)

    def said(self) -> list[str]:
        """The person's words, oldest first, without small talk."""
        return [turn.user for turn in self._turns if turn.kind != _TALK and turn.user]

    def question(self) -> str | None:
        """The question that was answered last, if nothing else was done since."""
        return self._turns[-1].asked if self._turns and self._turns[-1].kind == "ask" else None

    def again(self) -> int | None:
        """Which turn "try again" is about: the last that did anything."""
        done = (turn.kind != _TALK and (turn.user or turn.photo is not None) for turn in reversed(self._all))
        back = next((steps for steps, worded in enumerate(done, 1) if worded), None)
        return None if back is None else len(self._all) - back

    def last_change(self, times: int = 1) -> int | None:
        """Which turn brought the pose in view; with ``times``, so many changes before."""
        poses = [None, *(turn.pose for turn in self._all)]
        changes = [i for i in range(len(self._all)) if poses[i + 1] != poses[i]]
        return changes[max(0, len(changes) - times)] if changes else None

    def seen(self) -> list[Pose]:
        """The poses that were in view, in order; one that stayed counts once."""
        seen: list[Pose] = []
        for turn in self._turns:
            if turn.pose is not None and (not seen or seen[-1] != turn.pose):
                seen.append(turn.pose)
        return seen

    def once(self, claims: Sequence[Item], only: bool = False) -> Pose | None:
        """The last pose before the one in view of which claims held; with ``only``, not of the other side as well."""
        checker, registry = Checker(Registry.load()), Registry.load()
        for pose in reversed([pose for pose in self.seen() if pose != self.pose]):
            values = registry.measure_poses(pose.rotations[None])[0]
            others = [other for item in claims if (other := registry.mirrored(item)) != item] if only else []
            if all(checker.holds(claims, values)) and not any(checker.holds(others, values) if others else ()):
                return pose
        return None

    def sighting(self) -> Sighting | None:
        """The photo that the pose in view was read from, else the latest with somebody in it; None without one."""
        places = [place for place, turn in enumerate(self._turns) if _shows_somebody(turn)]
        if not places:
            return None
        read = [place for place in places if self.pose in self._turns[place].poses]
        place = read[-1] if read and self._turns[places[-1]].poses else places[-1]  # else it was asked who is meant
        turn = self._turns[place]
        photo = next(other.photo for other in reversed(self._turns[: place + 1]) if other.photo is not None)
        return None if turn.look is None else Sighting(photo, turn, turn.look, place in read)

    def find(self, which: Reference, numbered: bool = False) -> Pose:
        """The pose that is meant.

        Args:
            which: reference.
            numbered: whether it counts poses like "the second one"; while some are offered to choose from, it is one
                of these, otherwise of all that were seen.

        Raises:
            UserError: there is none.
        """
        seen = self.seen()
        if not seen:
            raise UserError(complaint("no_pose"))
        if which == "current":
            return seen[-1]
        if which == "previous":
            return self._before(seen)
        different = list(self.offered() if numbered else ()) or list(dict.fromkeys(seen))
        place = place_of(which)
        if place >= len(different):
            raise UserError(complaint("too_few_poses", found=len(different)))
        return different[place]

    def pair(self, named: list[Reference], numbered: bool = False) -> tuple[Pose, Pose]:
        """The two poses of a comparison, older first where only one or none was named; see :meth:`find`.

        Raises:
            UserError: there are no two.
        """
        current = self.find("current")
        others = [self.find(which, numbered) for which in named if which != "current"]
        if len(others) >= 2:
            before, after = others[:2]
        else:
            before, after = (others[0] if others else self.find("previous")), current
        if before == after:
            raise UserError(complaint("one_pose"))
        return before, after

    def _before(self, seen: list[Pose]) -> Pose:
        """The last pose in view that differs from the one in view now; else the one it was made from."""
        earlier = [pose for pose in seen if pose != seen[-1]]
        if earlier:
            return earlier[-1]
        bases = [turn.base for turn in self._turns if turn.base is not None and turn.base != seen[-1]]
        if not bases:
            raise UserError(complaint("one_pose"))
        return bases[-1]


def _of_words(turn: Turn) -> bool:
    return turn.kind in _MADE or (turn.kind in _CHOSEN and bool(turn.asked))


def _shows_somebody(turn: Turn) -> bool:
    if turn.kind != "estimate" or turn.look is None:
        return False
    found = turn.look.detections
    return bool(turn.poses) if found is None else bool(found.people)

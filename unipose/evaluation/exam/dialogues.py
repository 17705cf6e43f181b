"""Conversations written by hand, held with the app's session, and their marking by the parser and the checker.

``dialogues.yaml`` says what must hold after each turn. A turn is judged by what the person then has: the pose in view
and the words. A turn that the session refuses with an error counts as its words, and leaves the pose in view.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from unipose.body.pose import Pose
from unipose.chat import Session, TurnDone, UniPose, UserError
from unipose.language import Answerer, Checker, Item, Parser, Registry
from unipose.language.items import unspell

_FOLDER = Path(str(resources.files("unipose.evaluation.exam")))
DATA, UNSEEN = _FOLDER / "dialogues.yaml", _FOLDER / "unseen_dialogues.yaml"
"""The dialogues that the session was improved on, and others that nobody looked at meanwhile."""
KINDS = ("generate", "edit", "more", "less", "other_side", "undo", "compare", "describe", "ask", "refuse", "talk")
_DEMANDS = ("facts", "same_as", "says_true", "declines", "talks")


@dataclass(frozen=True)
class Demand:
    """A turn of the person, and what must hold after it; see the header of ``dialogues.yaml``."""

    say: str
    kind: str
    facts: tuple[tuple[Item, ...], ...] = ()
    same_as: int = 0
    says_true: bool = False
    declines: bool = False
    talks: bool = False
    like: str = ""
    since: int = 0


@dataclass(frozen=True)
class Exam:
    """Dialogues, and the expressions by which a request is declined."""

    dialogues: tuple[tuple[Demand, ...], ...]
    declining: re.Pattern[str]


@dataclass(frozen=True)
class Mark:
    """How one turn went: ``reason`` is why it is wrong, empty where it is right; ``words`` what was answered."""

    dialogue: int
    turn: int
    say: str
    kind: str
    words: str
    reason: str

    @property
    def right(self) -> bool:
        """Whether all held that had to."""
        return not self.reason


@dataclass(frozen=True)
class Marks:
    """The marks of all turns."""

    turns: tuple[Mark, ...] = field(default_factory=tuple)

    @property
    def share(self) -> float:
        """Share of turns that are right."""
        return _share(self.turns)

    def by_kind(self) -> dict[str, tuple[float, int]]:
        """The share right of each kind of turn, and how many there are."""
        found = {kind: [mark for mark in self.turns if mark.kind == kind] for kind in KINDS}
        return {kind: (_share(marks), len(marks)) for kind, marks in found.items() if marks}

    def whole(self) -> float:
        """Share of dialogues all of whose turns are right."""
        numbers = {mark.dialogue for mark in self.turns}
        wrong = {mark.dialogue for mark in self.turns if not mark.right}
        return 1 - len(wrong) / max(1, len(numbers))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with the turns that went wrong."""
        wrong = [vars(mark) for mark in self.turns if not mark.right]
        kinds = {kind: {"share": share, "turns": count} for kind, (share, count) in self.by_kind().items()}
        return {"turns_right": self.share, "dialogues_right": self.whole(), "by_kind": kinds, "wrong": wrong}


def read_exam(path: Path = DATA) -> Exam:
    """The dialogues of a file.

    Raises:
        ValueError: a turn without exactly one demand, an unknown kind or key, a turn number that is not earlier, or an
            item that is none of the pose language.
    """
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    dialogues = tuple(
        tuple(_demand(turn, number, path) for number, turn in enumerate(turns, start=1)) for turns in data["dialogues"]
    )
    return Exam(dialogues, re.compile("|".join(data["declining"]), re.IGNORECASE))


def hold(model: UniPose, exam: Exam | None = None) -> Marks:
    """Hold every dialogue with a model, each in a session of its own, and mark the turns."""
    exam = exam or read_exam()
    examiner = _Examiner(exam.declining)
    return Marks(
        tuple(
            mark
            for number, demands in enumerate(exam.dialogues, start=1)
            for mark in examiner.dialogue(Session(model), number, demands)
        )
    )


class _Examiner:
    """Holds dialogues and judges their turns."""

    def __init__(self, declining: re.Pattern[str]) -> None:
        self._declining = declining
        self._registry, self._parser, self._answerer = Registry.load(), Parser.load(), Answerer.load()
        self._checker = Checker(self._registry)

    def dialogue(self, session: Session, number: int, demands: Sequence[Demand]) -> Iterable[Mark]:
        """The marks of one dialogue, turn by turn."""
        views: list[Pose | None] = [None]  # in view before the first turn, and after each
        for place, demand in enumerate(demands, start=1):
            words, made = _said(session, demand.say)
            views.append(session.pose)
            reason = self._wrong(demand, words, made, views)
            yield Mark(number, place, demand.say, demand.kind, words, reason)

    def _wrong(self, demand: Demand, words: str, made: bool, views: Sequence[Pose | None]) -> str:
        """Why a turn is wrong; empty where it is right. ``made`` is whether it brought a pose."""
        now = views[-1]
        if demand.facts:
            return "no pose in view" if now is None else self._missing(demand.facts, now, views[-2])
        if demand.same_as:
            return "" if now is not None and now == views[demand.same_as] else "another pose is in view"
        if made or now != views[-2]:
            return "a pose was made"
        if not words:
            return "no words"
        if demand.declines:
            return "" if self._declining.search(words) else "not declined"
        if demand.like and not re.search(demand.like, words):
            return f"does not say {demand.like}"
        if demand.talks:
            return ""
        if now is None:
            return "no pose in view"
        return self._untrue(demand, words, now, _before(demand, views))

    def _missing(self, facts: Sequence[Sequence[Item]], now: Pose, before: Pose | None) -> str:
        values = self._measured(now)
        earlier = None if before is None else self._measured(before)
        missing = [fact for fact in facts if not any(self._holds(item, values, earlier) for item in fact)]
        return f"not so: {missing[0]}" if missing else ""

    def _untrue(self, demand: Demand, words: str, now: Pose, before: Pose | None) -> str:
        values = self._measured(now)
        earlier = None if before is None else self._measured(before)
        items = self._parser.parse(words).items
        false = [item for item in items if not self._holds(item, values, earlier)]
        if false:
            return f"not true: {false[0]}"
        if items:
            return ""
        known = self._answerer.answer(demand.say, values, earlier)
        return "nothing is said" if self._parser.parse(known.text).items else ""

    def _holds(self, item: Item, values: Tensor, before: Tensor | None) -> bool:
        if before is None and self._checker.needs_before(item):
            return False
        return self._checker.holds([item], values, before)[0]

    def _measured(self, pose: Pose) -> Tensor:
        return self._registry.measure_poses(pose.rotations[None])[0]


def _said(session: Session, text: str) -> tuple[str, bool]:
    """The words of the session's turn, and whether it brought a pose."""
    try:
        done = [event for event in session.send(text) if isinstance(event, TurnDone)]
    except UserError as refusal:
        return str(refusal), False
    return done[0].turn.text, bool(done[0].turn.poses)


def _before(demand: Demand, views: Sequence[Pose | None]) -> Pose | None:
    """The pose that a comparison starts from."""
    if demand.since:
        return views[demand.since]
    return next((pose for pose in reversed(views) if pose != views[-1]), None)


def _demand(turn: Any, number: int, path: Path) -> Demand:
    where = f"'{path}', {turn.get('say', turn)!r}"
    unknown = set(turn) - {"say", "kind", "like", "since", *_DEMANDS}
    if unknown or turn.get("kind") not in KINDS or not turn.get("say"):
        raise ValueError(f"{where}: a turn has say, one kind of {', '.join(KINDS)}, and a demand; unknown: {unknown}")
    if len(set(turn) & set(_DEMANDS)) != 1:
        raise ValueError(f"{where}: exactly one of {', '.join(_DEMANDS)} is needed")
    if not 0 <= turn.get("same_as", 0) < number or not 0 <= turn.get("since", 0) < number:
        raise ValueError(f"{where}: same_as and since are numbers of earlier turns, this is turn {number}")
    facts = tuple(tuple(map(unspell, fact)) for fact in turn.get("facts", ()))
    registry = Registry.load()
    measures = registry.sigma
    try:
        Checker(registry).margins([item for fact in facts for item in fact], measures, measures)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return Demand(**{**turn, "facts": facts})


def _share(marks: Sequence[Mark]) -> float:
    return sum(mark.right for mark in marks) / max(1, len(marks))

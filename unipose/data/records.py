"""The one record schema of the language stages, and its text form (JSON lines)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from unipose import tasks


@dataclass(frozen=True)
class Record:
    """One thing to learn: a task with its words and its poses, and what was said before it.

    Attributes:
        task: a name of the task table.
        text: the caption, instruction or description, whichever side of the task it stands on; of a task with words
            on both sides the question.
        poses: codes of the task's poses in order, the question's before the answer's.
        statements: what the text claims, if known: a predicate, "not " and a predicate, or for a change a measure, "+"
            or "-", and by how much at least and at most. Where there is an ``answer``, what that claims.
        template: which of the task's ways of asking.
        answer: the answer's words where the question has words of its own (``ask``, ``chat``); empty otherwise.
        history: earlier turns of the same conversation, oldest first, themselves without history.
    """

    task: str
    text: str
    poses: tuple[tuple[int, ...], ...]
    statements: tuple[str, ...] = ()
    template: int = 0
    answer: str = ""
    history: tuple[Record, ...] = ()

    def __post_init__(self) -> None:
        task = tasks.task(self.task)
        expected = task.pose_inputs + (task.output == "pose")
        if len(self.poses) != expected:
            raise ValueError(f"a record of task {self.task} needs {expected} poses, found {len(self.poses)}")
        if any(turn.history for turn in self.history):
            raise ValueError("turns of a history have no history; list all earlier turns in one")
        spoken_of = [codes for turn in (*self.history, self) for codes in turn.poses]
        if len({len(codes) for codes in spoken_of}) > 1 or min(map(min, spoken_of), default=0) < 0:
            raise ValueError("the poses of a record need equally many codes, none negative")
        if not self.text.strip():
            raise ValueError("a record needs a text")
        if bool(self.answer.strip()) != _worded_twice(task):
            wanted = "needs an answer" if _worded_twice(task) else "has no words besides its text"
            raise ValueError(f"a record of task {self.task} {wanted}, found {self.answer!r}")
        if not 0 <= self.template < len(task.asks):
            raise ValueError(f"task {self.task} has templates 0..{len(task.asks) - 1}, found {self.template}")

    @property
    def question_poses(self) -> tuple[tuple[int, ...], ...]:
        """The poses of the question."""
        return self.poses[: tasks.task(self.task).pose_inputs]

    @property
    def answers_with_pose(self) -> bool:
        """Whether the answer is a pose, the last of ``poses``."""
        return tasks.task(self.task).output == "pose"

    def messages(self) -> list[dict[str, Any]]:
        """The whole conversation for the processor: questions and answers by turns, this record's own last."""
        earlier = [message for turn in self.history for message in turn.messages()]
        task = tasks.task(self.task)
        given = self.question_poses
        answer = self.poses[len(given) :]
        ask = task.ask(text=self.text if "text" in task.inputs else None, poses=given, template=self.template)
        reply = task.answer(text=(self.answer or self.text) if task.output == "text" else None, poses=answer)
        return [*earlier, {"role": "user", "content": ask}, {"role": "assistant", "content": reply}]


def write_records(path: str | Path, records: Iterable[Record]) -> int:
    """Write records as JSON lines; returns how many."""
    count = 0
    with Path(path).open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(_plain(record), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_records(path: str | Path) -> Iterator[Record]:
    """Read records from JSON lines.

    Raises:
        ValueError: naming the line that is not a record, and why.
    """
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            yield read_record(line, f"{path}, line {number}")


def read_record(line: str, where: str) -> Record:
    """The record of one JSON line; ``where`` is told when it is none.

    Raises:
        ValueError: it is no record, and why.
    """
    try:
        return _record(json.loads(line))
    except (AttributeError, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where}: not a record: {error}") from None


def _worded_twice(task: tasks.Task) -> bool:
    return "text" in task.inputs and task.output == "text"


def _plain(record: Record) -> dict[str, Any]:
    """The fields that are not what they would be anyway."""
    told = {
        field.name: getattr(record, field.name)
        for field in fields(Record)
        if field.default is MISSING or getattr(record, field.name) != field.default
    }
    return told | {"history": [_plain(turn) for turn in record.history]} if record.history else told


def _record(plain: dict[str, Any]) -> Record:
    told = dict(plain)
    told["poses"] = tuple(tuple(map(int, codes)) for codes in told["poses"])
    told["statements"] = tuple(told.get("statements", ()))
    told["history"] = tuple(map(_record, told.get("history", ())))
    return Record(**told)

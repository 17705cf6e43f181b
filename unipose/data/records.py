"""The one record schema of the language stages, and its text form (JSON lines)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unipose import tasks


@dataclass(frozen=True)
class Record:
    """One thing to learn: a task with its words and its poses.

    Attributes:
        task: a name of the task table.
        text: the caption, instruction or description, whichever side of the task it stands on.
        poses: codes of the task's poses in order, the question's before the answer's.
        statements: what the text claims, if known: a predicate, "not " and a predicate, or for a change a measure, "+"
            or "-", and by how much at least and at most.
        template: which of the task's ways of asking.
    """

    task: str
    text: str
    poses: tuple[tuple[int, ...], ...]
    statements: tuple[str, ...] = ()
    template: int = 0

    def __post_init__(self) -> None:
        task = tasks.task(self.task)
        expected = task.pose_inputs + (task.output == "pose")
        if len(self.poses) != expected:
            raise ValueError(f"a record of task {self.task} needs {expected} poses, found {len(self.poses)}")
        if len({len(codes) for codes in self.poses}) != 1 or min(map(min, self.poses)) < 0:
            raise ValueError("the poses of a record need equally many codes, none negative")
        if not self.text.strip():
            raise ValueError("a record needs a text")
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
        """The record as a question and its answer, for the processor."""
        task = tasks.task(self.task)
        given = self.question_poses
        answer = self.poses[len(given) :]
        ask = task.ask(text=self.text if "text" in task.inputs else None, poses=given, template=self.template)
        reply = task.answer(text=self.text if task.output == "text" else None, poses=answer)
        return [{"role": "user", "content": ask}, {"role": "assistant", "content": reply}]


def write_records(path: str | Path, records: Iterable[Record]) -> int:
    """Write records as JSON lines; returns how many."""
    count = 0
    with Path(path).open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_records(path: str | Path) -> Iterator[Record]:
    """Read records from JSON lines.

    Raises:
        ValueError: naming the line that is not a record, and why.
    """
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                fields = json.loads(line)
                fields["poses"] = tuple(tuple(map(int, codes)) for codes in fields["poses"])
                fields["statements"] = tuple(fields.get("statements", ()))
                yield Record(**fields)
            except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: not a record: {error}") from None

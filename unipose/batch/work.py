"""One item to one answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unipose.batch.items import POSES, Item
from unipose.body.files.objects import pose_of
from unipose.body.files.reading import read_poses
from unipose.body.pose import Pose
from unipose.chat import Reply, UniPose
from unipose.chat.seen import seen

TASKS: dict[str, str] = {
    "generate": "text",
    "describe": "pose or photo",
    "estimate": "photo; hint and who may be given",
    "edit": "pose and text",
    "compare": "a and b, poses or photos",
    "ask": "pose and question; before may be given",
}
"""Tasks, and which keys their rows have."""


def check_task(task: str) -> None:
    """Raises ``ValueError`` for a task that is none."""
    if task not in TASKS:
        raise ValueError(f"a task is {', '.join(TASKS)}; found {task!r}")


@dataclass(frozen=True)
class Worker:
    """Answers items.

    Attributes:
        model: answers.
        task: one of ``TASKS``.
        text: for rows that have none: what to change, the question, or the hint.
        candidates: poses of an answer, unless the row says how many.
        seed: of every answer, unless the row has its own.

    Raises:
        ValueError: another task.
    """

    model: UniPose
    task: str
    text: str | None = None
    candidates: int = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        check_task(self.task)

    def answer(self, item: Item) -> dict[str, Any]:
        """What there is to say of an item: ``text``, ``poses`` [22, 3] in radians, ``scores``, ``photos``, ``seconds``.

        Raises:
            ValueError: the item lacks something, or cannot be used.
            OSError: a file of it cannot be read.
        """
        if item.problem:
            raise ValueError(item.problem)
        reply: Reply = getattr(self, f"_{self.task}")(item)
        made: dict[str, Any] = {"text": reply.text}
        if reply.poses:
            made["poses"] = [[[round(float(v), 6) for v in joint] for joint in pose.axis_angle] for pose in reply.poses]
            made["scores"] = [round(float(score), 4) for score in reply.scores]
        if reply.look is not None:
            made["photos"] = seen(reply.look)
        if self.task == "estimate" and not reply.poses:
            raise ValueError(reply.text)
        return made | {"seconds": round(reply.seconds, 4)}

    # -- tasks -------------------------------------------------------------------------------------------------------

    def _generate(self, item: Item) -> Reply:
        return self.model.generate(self._words(item, "text"), *self._how(item))

    def _edit(self, item: Item) -> Reply:
        return self.model.edit(_pose(item, "pose"), self._words(item, "text"), *self._how(item))

    def _describe(self, item: Item) -> Reply:
        if "photo" in item.given:
            return self.model.describe_photo(_path(item, "photo"), self._seed(item), who=_who(item))
        return self.model.describe(_pose(item, "pose"), self._seed(item))

    def _estimate(self, item: Item) -> Reply:
        hint = item.given.get("hint", self.text)
        return self.model.estimate(_path(item, "photo"), hint, self._seed(item), who=_who(item))

    def _compare(self, item: Item) -> Reply:
        photos = {key: _is_photo(item.given.get(key)) for key in ("a", "b")}
        if all(photos.values()):
            return self.model.compare_photos(_path(item, "a"), _path(item, "b"), self._seed(item))
        a, b = (self._estimated(item, key) if photo else _pose(item, key) for key, photo in photos.items())
        return self.model.compare(a, b, self._seed(item))

    def _ask(self, item: Item) -> Reply:
        before = _pose(item, "before") if "before" in item.given else None
        return self.model.ask(_pose(item, "pose"), self._words(item, "question"), before, self._seed(item))

    # -- what an item gives ------------------------------------------------------------------------------------------

    def _words(self, item: Item, key: str) -> str:
        words = item.given.get(key, self.text)
        if words is None:
            raise ValueError(f"the item has no '{key}'; it has {_keys(item)}")
        return words

    def _how(self, item: Item) -> tuple[int, int | None]:
        return _whole(item.given.get("candidates", self.candidates), "candidates"), self._seed(item)

    def _seed(self, item: Item) -> int | None:
        seed = item.given.get("seed", self.seed)
        return None if seed is None else _whole(seed, "seed")

    def _estimated(self, item: Item, key: str) -> Pose:
        reply = self.model.estimate(_path(item, key))
        if not reply.poses:
            raise ValueError(f"{key}: {reply.text}")
        return reply.poses[0]


def _pose(item: Item, key: str) -> Pose:
    """A pose given as an object, as numbers, as text of JSON, or as a path; of several the first."""
    value = item.given.get(key)
    if value is None and key == "pose" and item.given.get("poses"):  # what another batch made
        value = item.given["poses"][0]
    if value is None:
        raise ValueError(f"the item has no '{key}'; it has {_keys(item)}")
    if isinstance(value, str) and not value.lstrip().startswith(("{", "[")):
        return read_poses(_path(item, key)).poses[0]
    return pose_of(json.loads(value) if isinstance(value, str) else value, key)


def _path(item: Item, key: str) -> Path:
    value = item.given.get(key)
    if not isinstance(value, str):
        kind = "nothing" if value is None else type(value).__name__
        raise ValueError(f"the item needs a path as '{key}', found {kind}; it has {_keys(item)}")
    return item.folder / value


def _is_photo(value: Any) -> bool:
    return isinstance(value, str) and not value.lstrip().startswith(("{", "[")) and Path(value).suffix not in POSES


def _who(item: Item) -> int | str | None:
    who = item.given.get("who")
    return int(who) if isinstance(who, str) and who.strip().isdecimal() else who


def _whole(value: Any, name: str) -> int:
    try:
        return int(str(value))  # a table's number may be text; 1.5 is none
    except ValueError:
        raise ValueError(f"{name}: a whole number is needed, found {str(value)[:40]!r}") from None


def _keys(item: Item) -> str:
    return ", ".join(f"'{key}'" for key in list(item.given)[:12]) or "nothing"

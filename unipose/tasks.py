"""The task table: what goes into the model, what comes out, and the sentences that ask for it.

The sentences live in ``tasks.yaml``. A task turns words and pose codes into the *content* of a message: a
list of parts in reading order, ``{"type": "text", "text": str}``, ``{"type": "pose", "codes": codes}`` and
``{"type": "image", "image": picture}``. The processor turns content into tensors; nothing here knows tokens or
markers.

>>> task("generate").ask(text="Lift your left leg.")
[{'type': 'text', 'text': 'Make a pose: Lift your left leg.'}]
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Content = list[dict[str, Any]]

DATA = Path(__file__).with_name("tasks.yaml")
_SLOT = re.compile(r"\{(\w+)\}")
_PART_KEYS = {"text": "text", "pose": "codes", "image": "image"}
MANNERS = ("own", "published")
"""Ways of asking: with our templates, or as a model expects that learnt the official ones."""


@dataclass(frozen=True)
class Task:
    """One task. ``inputs`` and ``output`` are kinds of part: ``"text"``, ``"pose"`` or ``"image"``.

    ``{text}`` is the user's words in ``asks`` and the answer's in ``answers``: some tasks have both. ``published`` asks
    a model that learnt the official templates.
    """

    name: str
    summary: str
    inputs: tuple[str, ...]
    output: str
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    published: str

    @property
    def pose_inputs(self) -> int:
        """How many poses the question holds."""
        return self.inputs.count("pose")

    def ask(
        self,
        *,
        text: str | None = None,
        poses: Sequence[Any] = (),
        images: Sequence[Any] = (),
        template: int = 0,
        manner: str = "own",
    ) -> Content:
        """The question as content.

        Args:
            text: the user's words.
            poses: codes, any sequence of T ints each, in the task's order.
            images: PIL images or sights, in the task's order.
            template: 0 is the canonical wording; training passes any index below ``len(asks)``.
            manner: one of ``MANNERS``, as the model's configuration says; "published" has one wording.

        Raises:
            ValueError: when these are not the task's inputs, or there is no such manner.
        """
        if manner not in MANNERS:
            raise ValueError(f"a task is asked in the manner {' or '.join(MANNERS)}, found {manner!r}")
        wording = self.published if manner == "published" else self.asks[template]
        return _fill(wording, self._slots(self.inputs, text, poses, images))

    def answer(self, *, text: str | None = None, poses: Sequence[Any] = (), template: int = 0) -> Content:
        """The answer as content; used as the training target."""
        return _fill(self.answers[template], self._slots((self.output,), text, poses, ()))

    def _slots(
        self, kinds: Sequence[str], text: str | None, poses: Sequence[Any], images: Sequence[Any]
    ) -> dict[str, dict[str, Any]]:
        given = {"text": [text] * (text is not None), "pose": list(poses), "image": list(images)}
        if {kind: len(parts) for kind, parts in given.items()} != {kind: kinds.count(kind) for kind in given}:
            found = [kind for kind, parts in given.items() for _ in parts]
            raise ValueError(f"task {self.name} takes {list(kinds)} here, found {found}")
        return {
            slot: {"type": kind, _PART_KEYS[kind]: given[kind].pop(0)}
            for slot, kind in zip(slot_names(kinds), kinds, strict=True)
        }


def task(name: str) -> Task:
    """The task of that name. ``ValueError`` lists the names there are."""
    table = load()
    if name not in table:
        raise ValueError(f"unknown task {name!r}; there are {', '.join(table)}")
    return table[name]


@functools.lru_cache(maxsize=1)
def load() -> Mapping[str, Task]:
    """All tasks by name, in the order of the data file, each template checked against its task's inputs."""
    table = {}
    for name, row in yaml.safe_load(DATA.read_text(encoding="utf-8")).items():
        entry = Task(
            name=name,
            summary=row["summary"],
            inputs=tuple(row["inputs"]),
            output=row["output"],
            asks=tuple(row["ask"]),
            answers=tuple(row["answer"]),
            published=row.get("published", row["ask"][0]),
        )
        _check(entry)
        table[name] = entry
    return table


def slot_names(kinds: Sequence[str]) -> tuple[str, ...]:
    """Placeholder names for these parts: one pose is ``pose``, two are ``pose_a`` and ``pose_b``; photos likewise."""
    letters = {kind: iter("abcdefgh") for kind in kinds}
    return tuple(kind if kinds.count(kind) == 1 else f"{kind}_{next(letters[kind])}" for kind in kinds)


def _check(entry: Task) -> None:
    for kind in (*entry.inputs, entry.output):
        if kind not in _PART_KEYS:
            raise ValueError(f"task {entry.name}: kind {kind!r} is none of {', '.join(_PART_KEYS)}")
    sets = ((entry.asks, entry.inputs), ((entry.published,), entry.inputs), (entry.answers, (entry.output,)))
    for templates, kinds in sets:
        if not templates or len(set(templates)) != len(templates):
            raise ValueError(f"task {entry.name}: templates are missing or repeated")
        for template in templates:
            found, expected = sorted(_SLOT.findall(template)), sorted(slot_names(kinds))
            if found != expected:
                raise ValueError(f"task {entry.name}: {template!r} has slots {found}, expected {expected}")


def _fill(template: str, slots: Mapping[str, dict[str, Any]]) -> Content:
    """Substitute; neighbouring words merge into one text part, poses and pictures stand alone."""
    content: Content = []
    words = ""
    # re.split with a group alternates literal text and slot names
    for place, piece in enumerate(_SLOT.split(template)):
        if place % 2 == 0:
            words += piece
        elif slots[piece]["type"] == "text":
            words += slots[piece]["text"]
        else:
            content += _words(words)
            words = ""
            content.append(slots[piece])
    return content + _words(words)


def _words(text: str) -> Content:
    return [{"type": "text", "text": text.strip()}] if text.strip() else []

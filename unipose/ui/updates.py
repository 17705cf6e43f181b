"""What the page is told to change. Handlers make these values, the areas of the page show them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Message = dict[str, Any]
"""Of the chat: role and content."""


@dataclass(frozen=True)
class Saved:
    """How a wish to save ended, or how it goes.

    Attributes:
        said: one line for the person.
        path: the file, once it is there.
        busy: whether it is still being made.
    """

    said: str
    path: Path | None = None
    busy: bool = False


@dataclass(frozen=True)
class Update:
    """What to change on the page; None leaves that part as it is.

    Attributes:
        messages: the whole chat, as role-and-content dictionaries.
        frame: message for the viewer, see :class:`unipose.ui.viewer.Viewer`.
        photo: message for the panel of the photo, see :func:`unipose.ui.photo.pack_photo`.
        draft: new text of the box; an attached photo is taken out of it.
        busy: whether an answer is on its way, so that the box offers to stop it.
        joints: message for the panel of joints, see :func:`unipose.ui.turning.pack_readings`.
        poses: how many poses the conversation has to save.
        frames: how many poses the file has that was opened last.
        saved: the answer to a wish to save.
        takes: the poses to choose from in HTML, see :func:`unipose.ui.takes.row`.
        branches: which conversation is in view, and the names of all of them.
        suggestions: things to say next.
        library: message for the panel of the library, see :meth:`unipose.ui.library.Shelves.look`.
    """

    messages: list[Message] | None = None
    frame: str | None = None
    photo: str | None = None
    draft: str | None = None
    busy: bool | None = None
    joints: str | None = None
    poses: int | None = None
    frames: int | None = None
    saved: Saved | None = None
    takes: str | None = None
    branches: tuple[int, tuple[str, ...]] | None = None
    suggestions: tuple[str, ...] | None = None
    library: str | None = None

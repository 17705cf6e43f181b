"""What the page is told to change. Handlers make these values, the areas of the page show them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Message = dict[str, Any]
"""Of the chat: role and content."""


@dataclass(frozen=True)
class Update:
    """What to change on the page; None leaves that part as it is.

    Attributes:
        messages: the whole chat, as role-and-content dictionaries.
        frame: message for the viewer, see :func:`unipose.ui.viewer.pack`.
        photo: message for the panel of the photo, see :func:`unipose.ui.photo.pack_photo`.
        draft: new text of the box; an attached photo is taken out of it.
        busy: whether an answer is on its way, so that the box offers to stop it.
        files: the pose in view as .npz and .json; empty when there is none.
    """

    messages: list[Message] | None = None
    frame: str | None = None
    photo: str | None = None
    draft: str | None = None
    busy: bool | None = None
    files: tuple[Path, ...] | None = None

"""Turns of a conversation as messages of the chat: words, the pose in small, and marks."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from unipose.ui.marks import chips
from unipose.ui.updates import Message

if TYPE_CHECKING:
    from unipose.chat import Turn
    from unipose.ui.thumbs import Thumbs

STOPPED = "(stopped)"
THUMB = "pose-thumb"
"""Class of the button with a small picture, by which a click on it is known."""


def shown(turn: Turn, thumbs: Thumbs) -> list[Message]:
    """What the person said and the answer; one that brought a pose holds a button with its picture, too."""
    text = turn.text or STOPPED
    thumb, marks = _thumb(turn, thumbs), chips(turn.verdicts)
    # The picture first: it stands beside the words, whose place is then known when it comes.
    parts = [*([_html(thumb)] if thumb else []), text, *([_html(marks)] if marks else [])]
    return [*asked(turn.user, turn.photo), {"role": "assistant", "content": parts if len(parts) > 1 else text}]


def asked(text: str, photo: Path | None) -> list[Message]:
    """What a person says: a photo, words or both."""
    # Photo and words in one message could not be edited afterwards in Gradio 6.31.
    picture = {"path": str(photo), "alt_text": "the photo you sent"}
    messages = [{"role": "user", "content": picture}] if photo is not None else []
    return [*messages, {"role": "user", "content": text}] if text else messages


def said(text: str) -> Message:
    """What is answered."""
    return {"role": "assistant", "content": text}


def _thumb(turn: Turn, thumbs: Thumbs) -> str:
    if turn.pose is None or not turn.poses:
        return ""
    what = html.escape(turn.user or turn.asked or turn.text)
    # By its address: the whole chat is sent with every answer. As a file of Gradio's the picture would be hashed and
    # copied anew with every word that streams.
    return (
        f'<button type="button" class="{THUMB}" title="Back to this pose" aria-label="Back to this pose: {what}">'
        f'<img src="{thumbs.address(turn.pose)}" alt="" width="56" height="66"></button>'
    )


def _html(value: str) -> Message:
    """HTML of ours in a message; words of others in it must be escaped."""
    return {"type": "component", "component": "html", "value": value, "constructor_args": {}, "props": {}}

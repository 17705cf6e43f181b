"""The conversation on the page: the chat, the box for words and photos, and things to say next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from unipose.chat.suggesting import COUNT
from unipose.ui.desk import Desk
from unipose.ui.handlers import Visit
from unipose.ui.messages import THUMB
from unipose.ui.updates import Update

EXAMPLES = (
    "Lift your left leg",
    "Do a squat with both arms stretched forward",
    "Stand on one leg, arms out to the sides",
    "Bend forward and touch your toes",
)

WELCOME = "### What should the body do?\nType it, add a photo of somebody, or pick one of these."

PHOTO_ENDINGS = (".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif")
"""Besides what the browser itself takes for a picture; of those that cannot be read, the chat tells why."""

# A pasted text above this length would turn into an attached file; the session itself says what is too long.
_NEVER_A_FILE = 10**7


class Talk:
    """The area; to be made inside the page's Blocks."""

    def __init__(self) -> None:
        self._branches = gr.Radio(
            [], elem_id="branches", show_label=False, label="Your conversations", container=False, visible=False
        )
        self._chat = gr.Chatbot(
            elem_id="chat",
            show_label=False,
            label="Conversation",
            buttons=[],
            editable="user",
            group_consecutive_messages=False,
            render_markdown=False,  # words of visitors and of a model; nothing in them is to be fetched
            placeholder=WELCOME,
            examples=[{"text": text} for text in EXAMPLES],
        )
        with gr.Row(elem_id="follow-ups"):
            self._chips = [gr.Button("", size="sm", elem_classes="pill", scale=0, visible=False) for _ in range(COUNT)]
        self._box = gr.MultimodalTextbox(
            elem_id="box",
            show_label=False,
            label="Your words",
            placeholder="Say a pose or a change, or add a photo",
            sources=["upload"],
            file_types=["image", *PHOTO_ENDINGS],
            file_count="single",
            lines=1,
            max_lines=4,
            autofocus=True,
            max_plain_text_length=_NEVER_A_FILE,
        )
        self.outputs: list[Component] = [self._chat, self._box, self._branches, *self._chips]

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""
        desk.answer(self._box.submit, _send, [self._box])
        desk.answer(self._chat.example_select, _send_example, event=gr.SelectData)
        desk.answer(self._chat.retry, Visit.retry)
        desk.answer(self._chat.edit, _edit, event=gr.EditData)
        for chip in self._chips:
            desk.answer(chip.click, Visit.send, [chip])
        # Any click on a message comes here; one on words must not end the answer on its way.
        desk.at_once(self._chat.select, _bring, event=gr.SelectData, interrupts=False)
        desk.at_once(self._chat.option_select, _branch, event=gr.SelectData)
        desk.at_once(self._branches.input, _turn_to, [self._branches])
        desk.at_once(self._box.stop, Visit.stop)
        desk.at_once(self._chat.undo, _undo, event=gr.UndoData)
        desk.at_once(self._chat.clear, Visit.clear)

    def show(self, update: Update) -> list[Any]:
        """The messages, the box with its draft and its buttons, the conversations, and what might be said next."""
        box: dict[str, Any] = {}
        if update.draft is not None:
            box["value"] = {"text": update.draft, "files": []}
        if update.busy is not None:
            box |= {"submit_btn": not update.busy, "stop_btn": update.busy}
        return [
            gr.skip() if update.messages is None else update.messages,
            gr.MultimodalTextbox(**box) if box else gr.skip(),
            gr.skip() if update.branches is None else _switch(*update.branches),
            *([gr.skip()] * COUNT if update.suggestions is None else map(_chip, _padded(update.suggestions))),
        ]


def _switch(current: int, names: tuple[str, ...]) -> gr.Radio:
    """The names of the conversations; a single one needs no switch."""
    choices: list[Any] = [(name, str(number)) for number, name in enumerate(names)]
    return gr.Radio(choices=choices, value=str(current), visible=len(names) > 1)


def _padded(suggestions: tuple[str, ...]) -> list[str]:
    return [*suggestions, *[""] * COUNT][:COUNT]


def _chip(text: str) -> gr.Button:
    return gr.Button(value=text, visible=bool(text))


def _send(visit: Visit, content: dict[str, Any]) -> Iterator[Update]:
    return visit.send(content["text"] or "", (content["files"] or [None])[0])


def _send_example(visit: Visit, event: gr.SelectData) -> Iterator[Update]:
    return visit.send(event.value["text"])


def _edit(visit: Visit, event: gr.EditData) -> Iterator[Update]:
    return visit.edit(_row(event.index), str(event.value))


def _bring(visit: Visit, event: gr.SelectData) -> Update:
    """A click on a message counts only where it was on the picture of a pose."""
    part = event.value if isinstance(event.value, dict) else {}
    pictured = part.get("component") == "html" and THUMB in str(part.get("value"))
    return visit.bring(_row(event.index)) if pictured else Update()


def _branch(visit: Visit, event: gr.SelectData) -> Update:
    return visit.branch() if event.value == "branch" else Update()


def _turn_to(visit: Visit, number: str | None) -> Update:
    return visit.turn_to(int(number)) if number is not None and number.isdecimal() else Update()


def _undo(visit: Visit, event: gr.UndoData) -> Update:
    return visit.undo(_row(event.index))


def _row(index: int | tuple[int, int] | list[int]) -> int:
    """Gradio numbers chat messages by an integer or, with the part of the message, by a pair."""
    return index if isinstance(index, int) else index[0]

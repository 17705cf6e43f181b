"""Poses in and out of the page as files."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from unipose.ui import opening, saving
from unipose.ui.desk import PRIVATE, Desk
from unipose.ui.handlers import Visit
from unipose.ui.updates import Saved, Update

# The last input is where the camera is written; what comes before it stays.
_WITH_CAMERA = "(...given) => [...given.slice(0, -1), JSON.stringify(window.unipose?.camera?.() ?? null)]"

# A file that is ready is taken at once, by a link of its own: Gradio's button would need a second click.
_TAKE = """(file) => {
    if (!file) return;
    const link = document.createElement("a");
    link.href = file.url;
    link.download = file.orig_name;
    document.body.append(link);
    link.click();
    link.remove();
}"""

_STATUS = '<p class="files-said" role="status" aria-live="polite">${value}</p>'
_READY = "Choose a format; the file is made when you press Save."
_NOTHING = "No pose to save yet."


class Files:
    """The area; to be made inside the page's Blocks."""

    def __init__(self) -> None:
        with gr.Row(elem_id="saving"):
            labels = [each.label for each in saving.FORMATS]
            self._scope = gr.Dropdown(
                list(saving.SCOPES), value=saving.SCOPES[0], label="Save", filterable=False, min_width=110
            )
            self._format = gr.Dropdown(labels, value=labels[0], label="as", filterable=False, min_width=150)
            self._name = gr.Textbox(label="called", placeholder="unipose-pose", max_length=60, lines=1, min_width=110)
            self._save = gr.Button("Save", size="sm", interactive=False, elem_id="save", elem_classes="pill", scale=0)
        with gr.Row(elem_id="opening"):
            self._open = gr.UploadButton("Open a file", size="sm", elem_id="open-file", elem_classes="pill", scale=0)
            self._status = gr.HTML(_NOTHING, html_template=_STATUS, js_on_load=None, elem_id="files-said")
        with gr.Row(elem_id="choosing", visible=False) as self._choosing:
            self._frame = gr.Slider(
                1, 2, value=1, step=1, label="Pose of the file", elem_id="frame", buttons=[], min_width=160
            )
            self._use = gr.Button("Use this pose", size="sm", elem_id="use-frame", elem_classes="pill", scale=0)
        self._made = gr.DownloadButton("Saved", visible="hidden", elem_id="made")
        self._camera = gr.Textbox(visible=False)
        self.outputs: list[Component] = [self._save, self._status, self._made, self._frame, self._choosing]

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""
        wish = [self._format, self._scope, self._name, self._camera]
        desk.work(self._save.click, save, wish, js=_WITH_CAMERA)
        self._made.change(None, [self._made], js=_TAKE, **PRIVATE)
        desk.work(self._open.upload, open_file, [self._open])
        desk.at_once(self._frame.input, look_at, [self._frame], interrupts=False, latest=True)
        desk.at_once(self._use.click, use, [self._frame])

    def show(self, update: Update) -> list[Any]:
        """What can be saved, the file that was saved, and the poses of the one that was opened."""
        saved, frames = update.saved, update.frames
        making = saved is not None and saved.busy
        button: dict[str, Any] = {}
        if update.poses is not None:
            button["interactive"] = update.poses > 0
        if saved is not None:
            button["interactive"] = not making
        status: Any = gr.skip()
        if saved is not None:
            status = html.escape(saved.said)
        elif update.poses is not None:
            status = _READY if update.poses else _NOTHING
        slider: Any = gr.skip()
        if frames is not None and frames > 1:
            slider = gr.Slider(maximum=frames, value=1)
        return [
            gr.Button(**button) if button else gr.skip(),
            status,
            gr.skip() if saved is None else gr.DownloadButton(value=saved.path and str(saved.path)),
            slider,
            gr.skip() if frames is None else gr.Row(visible=frames > 1),
        ]


def save(visit: Visit, label: Any, scope: Any, name: Any, camera: Any) -> Iterator[Update]:
    """A file of the pose in view, or of all, is wanted."""
    try:
        wish = saving.wish_for(visit.turns, label, scope, name, camera)
        yield Update(saved=Saved(f"Making {wish.name} ...", busy=True))
        path = saving.save(wish, visit.folder, visit.body)
    except ValueError as error:
        said = " ".join(str(error).split())
        yield Update(saved=Saved(f"{said[:1].upper()}{said[1:]}."))
        return
    said = f"Saved {path.name}, {saving.size_of(path)}. {wish.remark}"
    yield Update(saved=Saved(said.strip(), path))


def open_file(visit: Visit, path: Any) -> Iterator[Update]:
    """A file was uploaded: its first pose comes into view."""
    if not path:
        return
    try:
        found = opening.read_file(str(path))
    except ValueError as refusal:
        yield visit.refuse(refusal)
        return
    visit.opened = found
    said = f"Opened {opening.named(str(path))}"
    yield replace(visit.adopt(found.poses[0], said, opening.opened(found), "file"), frames=len(found.poses))


def look_at(visit: Visit, number: Any) -> Update:
    """The slider stands at another pose of the file."""
    if visit.opened is None:
        return Update()
    place = opening.chosen(visit.opened, number)
    return visit.preview(visit.opened.poses[place], f"pose {place + 1} of the file")


def use(visit: Visit, number: Any) -> Update:
    """Another pose of the file comes into view."""
    if visit.opened is None:
        return Update()
    poses = visit.opened.poses
    place = opening.chosen(visit.opened, number)
    said = f"Pose {place + 1} of {len(poses)} in the file"
    return visit.adopt(poses[place], said, f"This is pose {place + 1} of the file that you opened.", "file")

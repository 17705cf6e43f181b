"""Poses in and out of the page as files."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from unipose.ui.desk import Desk
from unipose.ui.updates import Update


class Files:
    """The area; to be made inside the page's Blocks."""

    def __init__(self) -> None:
        with gr.Row(elem_id="downloads"):
            buttons = [
                gr.DownloadButton(label, size="sm", interactive=False, elem_id=name, min_width=0, scale=0)
                for label, name in (("Pose as .npz", "npz"), ("Pose as .json", "json"))
            ]
        self.outputs: list[Component] = [*buttons]

    def wire(self, desk: Desk) -> None:
        """Nothing: a download is no event."""

    def show(self, update: Update) -> list[Any]:
        """The files, ready to be fetched."""
        if update.files is None:
            return [gr.skip()] * len(self.outputs)
        paths: list[str | None] = [str(path) for path in update.files] or [None] * len(self.outputs)
        return [gr.DownloadButton(value=path, interactive=path is not None) for path in paths]

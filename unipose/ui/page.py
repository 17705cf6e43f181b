"""The Blocks page: what lies where, and which event calls which handler."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from unipose.photos.pictures import MAX_BYTES
from unipose.ui import photo
from unipose.ui.handlers import House, Update, Visit
from unipose.ui.viewer import PLOTLY_JS, STATIC, Viewer, panel

if TYPE_CHECKING:
    from unipose.body.mesh import FreeBody
    from unipose.chat import UniPose

STATIC_AT = "unipose-static"

EXAMPLES = (
    "Lift your left leg",
    "Do a squat with both arms stretched forward",
    "Stand on one leg, arms out to the sides",
    "Bend forward and touch your toes",
)
FOLLOW_UPS = ("Now raise both arms", "Bend your knees", "What changed?", "Describe it")

HEADING = """<header class="heading"><h1>UniPose</h1>
<p>Say a pose, change it in words, ask about it.</p></header>"""
WELCOME = "### What should the body do?\nType it, add a photo of somebody, or pick one of these."

PHOTO_ENDINGS = (".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif")
"""Besides what the browser itself takes for a picture; of those that cannot be read, the chat tells why."""

# A pasted text above this length would turn into an attached file; the session itself says what is too long.
_NEVER_A_FILE = 10**7


class Page:
    """The page for one model. ``blocks`` is the Gradio app; :meth:`launch` starts it as it is meant to run."""

    def __init__(self, model: UniPose, body: FreeBody) -> None:
        """Build the page; nothing is served yet.

        Args:
            model: shared by all visitors, one step at a time.
            body: what is drawn.
        """
        self.house = House(model, Viewer(body))
        self._static = Path(self.house.folder.name) / "static"
        self._static.mkdir()
        for script in (PLOTLY_JS, STATIC / "viewer.js", STATIC / "photo.js"):
            shutil.copy2(script, self._static)  # with its date, so that browsers may keep their copy
        (self._static / "triangles.bin").write_bytes(self.house.viewer.triangles())
        self.blocks = self._build()

    def launch(self, **options: Any) -> tuple[Any, str, str | None]:
        """Serve the page; ``options`` go to ``gr.Blocks.launch`` and win over the settings below."""
        settings: dict[str, Any] = {
            "theme": _theme(),
            "css_paths": [STATIC / name for name in ("page.css", "viewer.css", "photo.css")],
            "favicon_path": STATIC / "favicon.svg",
            "footer_links": [],
            "max_file_size": MAX_BYTES,
            "run_history": False,  # it would keep what visitors wrote in their browser's storage
            "show_error": False,
            "ssr_mode": False,
            "app_kwargs": {"routes": [Mount(f"/{STATIC_AT}", StaticFiles(directory=self._static), name="static")]},
        }
        return self.blocks.launch(**(settings | options))

    # -- layout ---------------------------------------------------------------------------------------------------

    def _build(self) -> gr.Blocks:
        with gr.Blocks(
            title="UniPose", analytics_enabled=False, fill_height=True, fill_width=True, delete_cache=(600, 3600)
        ) as blocks:
            # Not Visit by a callable: Gradio would copy what it returns, and with it the model.
            self._visit = gr.State(None, delete_callback=_forget)
            gr.HTML(HEADING, elem_id="heading")
            with gr.Row(elem_id="columns", equal_height=True):
                with gr.Column(elem_id="talk", scale=5, min_width=320):
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
                        self._chips = [gr.Button(text, size="sm", min_width=0, scale=0) for text in FOLLOW_UPS]
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
                with gr.Column(elem_id="show", scale=6, min_width=320):
                    with gr.Row(elem_id="bodies"):
                        self._photo = photo.panel(STATIC_AT, elem_id="photo")
                        self._viewer = panel(STATIC_AT, elem_id="viewer")
                    with gr.Row(elem_id="downloads"):
                        self._files = [
                            gr.DownloadButton(label, size="sm", interactive=False, elem_id=name, min_width=0, scale=0)
                            for label, name in (("Pose as .npz", "npz"), ("Pose as .json", "json"))
                        ]
            self._wire(blocks)
        blocks.queue(max_size=32)
        return blocks

    # -- wiring ---------------------------------------------------------------------------------------------------

    def _wire(self, blocks: gr.Blocks) -> None:
        outputs = [self._visit, self._chat, self._box, self._viewer, self._photo, *self._files]
        private: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}
        # Visitors stream side by side; the lock in the house gives each step of theirs its turn at the model. What is
        # sent just after a stop must not be dropped because the page has not yet heard that the last answer ended.
        answer = private | {"concurrency_id": "answer", "concurrency_limit": 8, "trigger_mode": "multiple"}
        at_once = private | {"queue": False}
        visit = [self._visit]

        blocks.load(self._open, visit, **at_once)
        answers: list[Any] = [
            self._box.submit(self._send, [*visit, self._box], **answer),
            self._chat.example_select(self._send_example, visit, **answer),
            self._chat.retry(self._retry, visit, **answer),
            self._chat.edit(self._edit, visit, **answer),
            self._photo.select(self._point, visit, **answer),
            *(chip.click(self._send_chip, [*visit, chip], **answer) for chip in self._chips),
        ]
        self._box.stop(self._stop, visit, cancels=answers, **at_once)
        self._chat.undo(self._undo, visit, cancels=answers, **at_once)
        self._chat.clear(self._clear, visit, cancels=answers, **at_once)

    def _open(self, visit: Visit | None) -> list[Any]:
        visit = visit or self.house.visit()
        return self._outputs(visit, visit.open())

    def _send(self, visit: Visit | None, content: dict[str, Any]) -> Iterator[list[Any]]:
        visit = visit or self.house.visit()
        photo = (content["files"] or [None])[0]
        yield from self._stream(visit, visit.send(content["text"] or "", photo))

    def _send_example(self, visit: Visit | None, event: gr.SelectData) -> Iterator[list[Any]]:
        visit = visit or self.house.visit()
        yield from self._stream(visit, visit.send(event.value["text"]))

    def _send_chip(self, visit: Visit | None, text: str) -> Iterator[list[Any]]:
        visit = visit or self.house.visit()
        yield from self._stream(visit, visit.send(text))

    def _point(self, visit: Visit | None, event: gr.EventData) -> Iterator[list[Any]]:
        visit = visit or self.house.visit()
        try:  # it comes from a browser, which may send anything
            number: Any = getattr(event, "number", None)
            at = (float(event.x), float(event.y)) if number is None else int(number)
        except (AttributeError, OverflowError, TypeError, ValueError):
            return
        yield from self._stream(visit, visit.point(at))

    def _retry(self, visit: Visit | None) -> Iterator[list[Any]]:
        visit = visit or self.house.visit()
        yield from self._stream(visit, visit.retry())

    def _edit(self, visit: Visit | None, event: gr.EditData) -> Iterator[list[Any]]:
        visit = visit or self.house.visit()
        yield from self._stream(visit, visit.edit(_row(event.index), str(event.value)))

    def _undo(self, visit: Visit | None, event: gr.UndoData) -> list[Any]:
        visit = visit or self.house.visit()
        return self._outputs(visit, visit.undo(_row(event.index)))

    def _stop(self, visit: Visit | None) -> list[Any]:
        visit = visit or self.house.visit()
        return self._outputs(visit, visit.stop())

    def _clear(self, visit: Visit | None) -> list[Any]:
        visit = visit or self.house.visit()
        return self._outputs(visit, visit.clear())

    def _stream(self, visit: Visit, updates: Iterator[Update]) -> Iterator[list[Any]]:
        for update in updates:
            yield self._outputs(visit, update)

    def _outputs(self, visit: Visit, update: Update) -> list[Any]:
        """One value per output component; ``gr.skip()`` leaves a component alone."""
        box: dict[str, Any] = {}
        if update.draft is not None:
            box["value"] = {"text": update.draft, "files": []}
        if update.busy is not None:
            box |= {"submit_btn": not update.busy, "stop_btn": update.busy}
        files: list[Any] = [gr.skip(), gr.skip()]
        if update.files is not None:
            paths: list[str | None] = [str(path) for path in update.files] or [None, None]
            files = [gr.DownloadButton(value=path, interactive=path is not None) for path in paths]
        return [
            visit,
            gr.skip() if update.messages is None else update.messages,
            gr.MultimodalTextbox(**box) if box else gr.skip(),
            gr.skip() if update.frame is None else update.frame,
            gr.skip() if update.photo is None else update.photo,
            *files,
        ]


def _row(index: int | tuple[int, int] | list[int]) -> int:
    """Gradio numbers chat messages by an integer or, with the part of the message, by a pair."""
    return index if isinstance(index, int) else index[0]


def _forget(visit: Visit | None) -> None:
    if visit is not None:
        visit.close()


def _theme() -> gr.Theme:
    """Warm greys with one accent, the colour of a changed limb; the reader's own fonts, so none is fetched."""
    return gr.themes.Soft(
        primary_hue="orange",
        neutral_hue="stone",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
        radius_size="lg",
    )

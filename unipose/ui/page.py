"""The Blocks page: where its areas lie, and how it is served."""

from __future__ import annotations

import html
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from unipose.photos.pictures import MAX_BYTES
from unipose.ui import api
from unipose.ui.bodies import licensed_body
from unipose.ui.desk import Area, Desk
from unipose.ui.files import Files
from unipose.ui.handlers import House, Visit
from unipose.ui.hands import Hands
from unipose.ui.library import Shelves
from unipose.ui.limits import Allowance, Meter
from unipose.ui.serving import Guard
from unipose.ui.stage import Stage
from unipose.ui.takes import Takes
from unipose.ui.talk import Talk
from unipose.ui.viewer import PLOTLY_JS, STATIC, Viewer
from unipose.ui.viewer import SCRIPTS as VIEWER_SCRIPTS

if TYPE_CHECKING:
    from unipose.body.mesh import FreeBody
    from unipose.chat import UniPose

STATIC_AT = "unipose-static"

HEADING = """<header class="heading"><h1>UniPose</h1>
<p>Say a pose, change it in words, ask about it.</p><p class="about">{about}</p></header>"""

_SCRIPTS = (*VIEWER_SCRIPTS, "photo.js", "library.js", "joints.js", "connection.js")
_STYLES = (
    "page.css",
    "pills.css",
    "viewer.css",
    "photo.css",
    "library.css",
    "joints.css",
    "files.css",
    "connection.css",
    "talk.css",
)

# Visits remembered at once. Gradio keeps what a closed tab held for an hour, a third of a megabyte each; who comes back
# later than that many others finds the page as after a restart.
_VISITS = 300
_THREADS = 96
"""Everybody in the line before the model has one, waiting; the rest is for those who are answered, and for files."""


class Page:
    """The page for one model. ``blocks`` is the Gradio app; :meth:`launch` starts it as it is meant to run."""

    def __init__(self, model: UniPose, body: FreeBody, about: str = "") -> None:
        """Build the page; nothing is served yet.

        Args:
            model: shared by all visitors, one step at a time.
            body: what is drawn.
            about: one line for visitors on which model answers, and why.
        """
        self._about = about
        self.house = House(model, Viewer(body, licensed_body()))
        self._static = Path(self.house.folder.name) / "static"
        self._static.mkdir()
        for script in (PLOTLY_JS, *(STATIC / name for name in _SCRIPTS)):
            shutil.copy2(script, self._static)  # with its date, so that browsers may keep their copy
        for name, content in self.house.viewer.files():
            (self._static / name).write_bytes(content)
        self.blocks = self._build()

    def launch(self, **options: Any) -> tuple[Any, str, str | None]:
        """Serve the page; ``options`` go to ``gr.Blocks.launch`` and win over the settings below."""
        settings: dict[str, Any] = {
            "theme": _theme(),
            "head": f'<script src="{STATIC_AT}/connection.js" defer></script>',
            "css_paths": [STATIC / name for name in _STYLES],
            "favicon_path": STATIC / "favicon.svg",
            "footer_links": [],
            "max_file_size": MAX_BYTES,
            "max_threads": _THREADS,
            "mcp_server": api.speaks_mcp(),
            "run_history": False,  # it would keep what visitors wrote in their browser's storage
            "show_error": False,
            "ssr_mode": False,
            "state_session_capacity": _VISITS,
            "app_kwargs": {
                "routes": [
                    Mount(f"/{STATIC_AT}", StaticFiles(directory=self._static), name="static"),
                    self.house.thumbs.route(),
                ],
                "middleware": [Middleware(Guard)],
            },
        }
        return self.blocks.launch(**(settings | options))

    def warm_up(self) -> None:
        """Do once what the first visitor would otherwise wait for; it takes some seconds."""
        self.house.model.warm_up()
        self._shelves.warm_up()

    def _build(self) -> gr.Blocks:
        with gr.Blocks(
            title="UniPose", analytics_enabled=False, fill_height=True, fill_width=True, delete_cache=(600, 3600)
        ) as blocks:
            meter = Meter(Allowance.from_environment(os.environ))
            api.offer(self.house, meter)
            # Not Visit by a callable: Gradio would copy what it returns, and with it the model.
            visit = gr.State(None, delete_callback=_forget)
            gr.HTML(HEADING.format(about=html.escape(self._about)), elem_id="heading")
            areas: list[Area] = []
            with gr.Row(elem_id="columns", equal_height=True):
                with gr.Column(elem_id="talk", scale=5, min_width=320):
                    areas.append(Talk())
                with gr.Column(elem_id="show", scale=6, min_width=320):
                    areas.append(Stage(STATIC_AT, self.house.viewer.bodies))
                    with gr.Tabs(elem_id="tools"):  # noqa: SIM117 - more tabs follow
                        with gr.Tab("Pose", id="pose", elem_id="pose-tab"):
                            areas.append(Takes())
                        with gr.Tab("Joints", id="joints-tab"):
                            areas.append(Hands(STATIC_AT))
                        with gr.Tab("Files", id="files"):
                            areas.append(Files())
                        with gr.Tab("Library", id="library"):
                            self._shelves = Shelves(STATIC_AT)
                            areas.append(self._shelves)
            desk = Desk(self.house, visit, areas, meter)
            for area in areas:
                area.wire(desk)
            desk.at_once(blocks.load, Visit.open, interrupts=False)
            desk.close()
        blocks.queue(max_size=256)
        return blocks


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
    ).set(  # Gradio's own are too faint to be read by everybody: contrasts of 2 to 3
        body_text_color_subdued="*neutral_500",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="#b8b2ac",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_400",
    )

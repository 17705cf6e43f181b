"""The Blocks page: where its areas lie, and how it is served."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from unipose.photos.pictures import MAX_BYTES
from unipose.ui.desk import Area, Desk
from unipose.ui.files import Files
from unipose.ui.handlers import House, Visit
from unipose.ui.stage import Stage
from unipose.ui.talk import Talk
from unipose.ui.viewer import PLOTLY_JS, STATIC, Viewer

if TYPE_CHECKING:
    from unipose.body.mesh import FreeBody
    from unipose.chat import UniPose

STATIC_AT = "unipose-static"

HEADING = """<header class="heading"><h1>UniPose</h1>
<p>Say a pose, change it in words, ask about it.</p></header>"""

_SCRIPTS = ("viewer.js", "photo.js")
_STYLES = ("page.css", "viewer.css", "photo.css")


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
        for script in (PLOTLY_JS, *(STATIC / name for name in _SCRIPTS)):
            shutil.copy2(script, self._static)  # with its date, so that browsers may keep their copy
        (self._static / "triangles.bin").write_bytes(self.house.viewer.triangles())
        self.blocks = self._build()

    def launch(self, **options: Any) -> tuple[Any, str, str | None]:
        """Serve the page; ``options`` go to ``gr.Blocks.launch`` and win over the settings below."""
        settings: dict[str, Any] = {
            "theme": _theme(),
            "css_paths": [STATIC / name for name in _STYLES],
            "favicon_path": STATIC / "favicon.svg",
            "footer_links": [],
            "max_file_size": MAX_BYTES,
            "run_history": False,  # it would keep what visitors wrote in their browser's storage
            "show_error": False,
            "ssr_mode": False,
            "app_kwargs": {"routes": [Mount(f"/{STATIC_AT}", StaticFiles(directory=self._static), name="static")]},
        }
        return self.blocks.launch(**(settings | options))

    def _build(self) -> gr.Blocks:
        with gr.Blocks(
            title="UniPose", analytics_enabled=False, fill_height=True, fill_width=True, delete_cache=(600, 3600)
        ) as blocks:
            # Not Visit by a callable: Gradio would copy what it returns, and with it the model.
            visit = gr.State(None, delete_callback=_forget)
            gr.HTML(HEADING, elem_id="heading")
            areas: list[Area] = []
            with gr.Row(elem_id="columns", equal_height=True):
                with gr.Column(elem_id="talk", scale=5, min_width=320):
                    areas.append(Talk())
                with gr.Column(elem_id="show", scale=6, min_width=320):
                    areas.append(Stage(STATIC_AT))
                    with gr.Tabs(elem_id="tools"):  # noqa: SIM117 - more tabs follow
                        with gr.Tab("Files", id="files"):
                            areas.append(Files())
            desk = Desk(self.house, visit, areas)
            for area in areas:
                area.wire(desk)
            desk.at_once(blocks.load, Visit.open, interrupts=False)
            desk.close()
        blocks.queue(max_size=32)
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
    )

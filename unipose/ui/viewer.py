"""The body on screen: poses to the messages of a panel, whose scripts draw it.

The browser keeps one canvas for the life of the page and is only ever sent vertices, about 145 kB for the full body
with its light copy. The triangles never change and lie in files beside the scripts. The browser owns the camera, the
motion between two poses and what is compared; all it sends back is a shape.
"""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import plotly

from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES_24
from unipose.language.glance import Named, glance, named_parts
from unipose.ui.bodies import FREE, REACH, Bodies, Look
from unipose.ui.difference import difference
from unipose.ui.packing import pack_mesh, pack_points

if TYPE_CHECKING:
    from unipose.body.mesh import FreeBody
    from unipose.body.pose import Pose
    from unipose.body.smpl import SmplBody

STATIC = Path(__file__).parent / "static"
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
SCRIPTS = ("viewer-floor.js", "viewer-view.js", "viewer-meshes.js", "viewer-tools.js", "viewer.js")
"""In the order in which the page loads them."""

FULL_GLOW = 0.15
"""Metres a vertex has moved when it glows fully."""

AVERAGE = Look()


class Viewer:
    """Draws poses. Shared by all visitors; holds nothing of any of them.

    Args:
        body: the free body.
        licensed: the user's own, offered beside it.
    """

    def __init__(self, body: FreeBody, licensed: SmplBody | None = None) -> None:
        self.body = body
        self.bodies = Bodies(body, licensed)

    def files(self) -> Iterable[tuple[str, bytes]]:
        """What is served beside the scripts, by file name."""
        return self.bodies.files()

    def show_standing(self, number: int, look: Look = AVERAGE) -> str:
        """The message for a page without a pose yet."""
        return self._message(standing(), None, number, look, "No pose yet. Say what the body should do.")

    def show(self, pose: Pose, base: Pose | None, said: str, number: int, look: Look = AVERAGE) -> str:
        """The message for ``pose``, reached from ``base`` (None: from nothing) by the words ``said``."""
        words = textwrap.shorten(said, 70, placeholder=" ...") or "your photo"
        if base is None:
            return self._message(pose, None, number, look, f'New pose for "{words}".', said)
        return self._message(pose, base, number, look, f'After "{words}"', said)

    def show_read(self, pose: Pose, said: str, number: int, look: Look = AVERAGE) -> str:
        """The message for a pose that was read from a photo, sent or asked for with ``said``; from the photo's side."""
        words = textwrap.shorten(said, 70, placeholder=" ...")
        label = f'Read from your photo: "{words}".' if words else "Read from your photo."
        label = f"{label} You look from where the photo was taken."
        return self._message(pose, None, number, look, label, camera="photo")

    def _message(
        self,
        pose: Pose,
        base: Pose | None,
        number: int,
        look: Look,
        label: str,
        said: str = "",
        camera: str | None = None,
    ) -> str:
        """The message that the script reads, as JSON.

        Args:
            pose: to show.
            base: it was changed from this one.
            number: of the update. The browser hears only of values that differ, so a redraw needs a new number.
            look: of the body.
            label: plain text below the body; with a base, what changed is added.
            said: words whose parts of the body are marked.
            camera: where to look from now, a name in the script; None leaves the camera to the person.

        Returns:
            Beside these: ``full`` and ``light``, the body as :func:`unipose.ui.packing.pack_mesh` writes it, and
            ``before``, the base (light); ``key`` and ``before_key`` name what is shown, so that the browser can take a
            full body it still has; ``joints`` [22, 3] with their ``names``; ``marks`` with skin parts and joints by
            number; ``heading`` in radians; and a ``caption`` of the pose for those who do not see it.
        """
        figure = self.bodies.figure(look)
        seen = glance(pose)
        full = np.asarray(figure.full.vertices(pose.rotations))
        floor = np.array([0.0, full[:, 1].min(), 0.0], full.dtype)
        message: dict[str, Any] = {
            "number": number,
            "label": label,
            "caption": seen.caption,
            "camera": camera,
            "heading": round(pose.heading, 4),
            "look": {"body": look.body, "amounts": list(look.amounts)},
            "key": _key(pose, look),
            "joints": pack_points(np.asarray(figure.full.joints(pose.rotations)) - floor),
            "names": seen.joints,
            "marks": [_mark(named) for named in named_parts(said)],
        }
        glow = light_glow = None
        if base is not None:
            change = difference(figure.full, base, pose)
            message["label"] = f"{label}: {change}."
            glow = change.moved / FULL_GLOW
            light_glow = glow if figure.light is figure.full else difference(figure.light, base, pose).moved / FULL_GLOW
            before = on_floor(np.asarray(figure.light.vertices(base.rotations)))
            message |= {"before": pack_mesh(figure.light_mesh, before), "before_key": _key(base, look)}
        message["full"] = pack_mesh(figure.mesh, full - floor, glow)
        if figure.light is not figure.full:
            light = np.asarray(figure.light.vertices(pose.rotations)) - floor
            message["light"] = pack_mesh(figure.light_mesh, light, light_glow)
        return json.dumps(message)

    def free(self, look: Look) -> FreeBody:
        """The free body in the shape of a look; of average shape while the licensed body is drawn."""
        return self.body.shaped(look.components) if look.body == FREE and any(look.amounts) else self.body


def on_floor(vertices: np.ndarray) -> np.ndarray:
    """[V, 3] to [V, 3]: lowered or lifted until the lowest vertex touches the floor, y = 0."""
    return vertices - np.array([0.0, vertices[:, 1].min(), 0.0], vertices.dtype)


def _key(pose: Pose, look: Look) -> str:
    content = np.ascontiguousarray(pose.axis_angle).tobytes() + repr(look).encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _mark(named: Named) -> dict[str, Any]:
    parts, joints = ([JOINT_NAMES_24.index(name) for name in names] for names in (named.parts, named.joints))
    return {"said": named.said, "parts": parts, "joints": joints}


def panel(address: str, bodies: Bodies, **options: Any) -> gr.HTML:
    """The component. Its value is a message of :class:`Viewer`; it selects ``{"body": ..., "amounts": [...]}``.

    The template never mentions the value, so an update leaves the canvas alone and only wakes the script.

    Args:
        address: where the scripts and the files of the bodies are served, relative to the page.
        bodies: that may be chosen.
        options: of ``gr.HTML``.
    """
    return gr.HTML(
        value=None,
        html_template=(STATIC / "viewer.html").read_text(encoding="utf-8"),
        head="".join(f'<script src="{address}/{name}"></script>' for name in ("plotly.min.js", *SCRIPTS)),
        js_on_load="window.unipose.mount(element, props, watch, trigger);",
        apply_default_css=False,
        served_at=address,
        offered=json.dumps({"bodies": bodies.offered(), "reach": REACH}),
        **options,
    )

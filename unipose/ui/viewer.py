"""The body on screen: poses to vertices, vertices to a small message, and the panel whose script draws it.

The browser keeps one canvas for the life of the page and is only ever sent vertices: 16 bits a coordinate, 8 bits
for how far each has moved, about 130 kB for the full body. The triangles never change and lie in a file beside
the script. The browser owns the camera and the motion between two poses; it never sends geometry back.
"""

from __future__ import annotations

import base64
import json
import math
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
import plotly

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES_24

if TYPE_CHECKING:
    from unipose.body.mesh import FreeBody

STATIC = Path(__file__).parent / "static"
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

FULL_GLOW = 0.15
"""Metres a vertex has moved when it glows fully."""

VISIBLE_MOVE = 0.04
"""Metres a body part has moved, on average over its vertices, when the caption names it."""

VISIBLE_TURN = math.radians(10)

_REGIONS = {"neck": "head", "head": "head"} | dict.fromkeys(("hip", "knee", "ankle", "foot"), "leg")
_REGIONS |= dict.fromkeys(("shoulder", "elbow", "wrist", "hand"), "arm")


@dataclass(frozen=True)
class Difference:
    """What one pose changed of another, with the turn of the whole body taken out.

    Attributes:
        moved: float32 [V], metres each vertex has moved when both bodies face forward, pelvis on pelvis.
        regions: the moved parts in words, such as "both arms"; empty when nothing moved visibly.
        turn: radians the body has turned about the vertical, positive to its left.
    """

    moved: np.ndarray
    regions: tuple[str, ...]
    turn: float

    def __str__(self) -> str:
        said = []
        if self.regions:
            said.append(f"{_listed(self.regions)} changed")
        if abs(self.turn) > VISIBLE_TURN:
            side = "left" if self.turn > 0 else "right"
            said.append(f"the body turned {abs(math.degrees(self.turn)):.0f} degrees to its {side}")
        return ", ".join(said) or "nothing moved visibly"


def difference(body: FreeBody, before: Pose, after: Pose) -> Difference:
    """What changed from ``before`` to ``after``, measured on the body's vertices."""
    old, new = (np.asarray(body.vertices(pose.facing_forward().rotations)) for pose in (before, after))
    moved = np.linalg.norm(new - old, axis=-1).astype(np.float32)
    parts = np.asarray(body.parts)
    names = [name for part, name in enumerate(JOINT_NAMES_24) if _mean(moved[parts == part]) > VISIBLE_MOVE]
    turn = math.remainder(after.heading - before.heading, math.tau)
    return Difference(moved, _regions(names), turn)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0


def _regions(part_names: list[str]) -> tuple[str, ...]:
    """Names of moved joints to the parts a person would name, top to bottom."""
    found = set()
    for name in part_names:
        side, _, joint = name.rpartition("_")
        region = _REGIONS.get(joint, "trunk")
        found.add(f"the {side} {region}" if region in ("arm", "leg") else f"the {region}")
    for limb in ("arm", "leg"):
        if {f"the left {limb}", f"the right {limb}"} <= found:
            found = found - {f"the left {limb}", f"the right {limb}"} | {f"both {limb}s"}
    if {"the head", "the trunk", "both arms", "both legs"} <= found:
        return ("the whole body",)
    order = ("head", "trunk", "arm", "leg")
    return tuple(sorted(found, key=lambda name: (next(i for i, word in enumerate(order) if word in name), name)))


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def on_floor(vertices: np.ndarray) -> np.ndarray:
    """[V, 3] to [V, 3]: lowered or lifted until the lowest vertex touches the floor, y = 0."""
    return vertices - np.array([0.0, vertices[:, 1].min(), 0.0], vertices.dtype)


def pack(vertices: np.ndarray, glow: np.ndarray, number: int, label: str, camera: str | None = None) -> str:
    """Vertices and glow to the message the viewer reads.

    Args:
        vertices: [V, 3] metres, Y up.
        glow: [V], 0 (body colour) to 1 (changed).
        number: of the update. The browser hears only of values that differ, so a redraw needs a new number.
        label: plain text below the body, and what a screen reader says.
        camera: where to look from now, a name in the script; None leaves the camera to the person.

    Returns:
        A JSON object. ``vertices`` is base64 of little-endian uint16 [V, 3]; a coordinate is
        ``low + span * value / 65535``. ``glow`` is base64 of uint8 [V], 255 for 1.
    """
    low = vertices.min(axis=0).astype(np.float64)
    span = np.maximum(vertices.max(axis=0) - low, 1e-6)
    steps = np.rint((vertices - low) / span * 65535).astype("<u2")
    levels = np.rint(np.clip(glow, 0, 1) * 255).astype(np.uint8)
    return json.dumps(
        {
            "number": number,
            "label": label,
            "camera": camera,
            "low": [round(float(value), 6) for value in low],
            "span": [round(float(value), 6) for value in span],
            "vertices": base64.b64encode(steps.tobytes()).decode(),
            "glow": base64.b64encode(levels.tobytes()).decode(),
        }
    )


class Viewer:
    """Draws poses of one body. Shared by all visitors; holds nothing of any of them."""

    def __init__(self, body: FreeBody) -> None:
        self.body = body

    def triangles(self) -> bytes:
        """The body's triangles as the script reads them: little-endian uint32 [F, 3]."""
        return np.asarray(self.body.faces).astype("<u4").tobytes()

    def show_standing(self, number: int) -> str:
        """The message for a page without a pose yet."""
        return self._message(standing(), None, number, "No pose yet. Say what the body should do.")

    def show(self, pose: Pose, base: Pose | None, said: str, number: int) -> str:
        """The message for ``pose``, reached from ``base`` (None: from nothing) by the words ``said``."""
        words = textwrap.shorten(said, 70, placeholder=" ...") or "your photo"
        if base is None:
            return self._message(pose, None, number, f'New pose for "{words}".')
        change = difference(self.body, base, pose)
        return self._message(pose, change, number, f'After "{words}": {change}.')

    def show_read(self, pose: Pose, said: str, number: int) -> str:
        """The message for a pose that was read from a photo, sent or asked for with ``said``; from the photo's side."""
        words = textwrap.shorten(said, 70, placeholder=" ...")
        label = f'Read from your photo: "{words}".' if words else "Read from your photo."
        return self._message(pose, None, number, f"{label} You look from where the photo was taken.", "photo")

    def _message(
        self, pose: Pose, change: Difference | None, number: int, label: str, camera: str | None = None
    ) -> str:
        vertices = on_floor(np.asarray(self.body.vertices(pose.rotations)))
        glow = np.zeros(len(vertices)) if change is None else change.moved / FULL_GLOW
        return pack(vertices, glow, number, label, camera)


def panel(address: str, **options: Any) -> gr.HTML:
    """The component. Its value is the message of :func:`pack`.

    The template never mentions the value, so an update leaves the canvas alone and only wakes the script.

    Args:
        address: where the scripts and ``triangles.bin`` are served, relative to the page.
        options: of ``gr.HTML``.
    """
    scripts = ("plotly.min.js", "viewer.js")
    return gr.HTML(
        value=None,
        html_template=(STATIC / "viewer.html").read_text(encoding="utf-8"),
        head="".join(f'<script src="{address}/{name}"></script>' for name in scripts),
        js_on_load="window.unipose.mount(element, props, watch);",
        apply_default_css=False,
        triangles_at=f"{address}/triangles.bin",
        **options,
    )

"""Joints turned by hand: pick one, move its dials."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.components import Component

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.ui import turning
from unipose.ui.desk import Desk
from unipose.ui.difference import difference
from unipose.ui.handlers import Visit
from unipose.ui.updates import Update
from unipose.ui.viewer import STATIC


class Hands:
    """The area; to be made inside the page's Blocks.

    Args:
        address: where the script is served.
    """

    def __init__(self, address: str) -> None:
        self._panel = gr.HTML(
            value=None,
            html_template=(STATIC / "joints.html").read_text(encoding="utf-8"),
            head=f'<script src="{address}/joints.js"></script>',
            # The dials stand in the call: further properties of a panel in a tab that was never open are lost with the
            # first value it is sent.
            js_on_load=f"window.uniposeJoints.mount(element, props, trigger, watch, {turning.panel_of_dials()});",
            apply_default_css=False,
            elem_id="joints",
        )
        self.outputs: list[Component] = [self._panel]

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""
        desk.at_once(self._panel.input, preview, event=gr.EventData, interrupts=False)
        desk.at_once(self._panel.select, commit, event=gr.EventData)

    def show(self, update: Update) -> list[Any]:
        """What the dials show."""
        return [gr.skip() if update.joints is None else update.joints]


def preview(visit: Visit, event: Any) -> Update:
    """A dial is being moved: what the body would be like."""
    told = getattr(event, "number", None)
    try:
        pose = _turned(visit, event)
    except ValueError:  # the turn itself will say so
        update = Update()
    else:
        update = visit.preview(pose, turning.by_hand(_before(visit), pose))
    return replace(update, joints=turning.heard(visit.count(), told))


def commit(visit: Visit, event: Any) -> Update:
    """A dial was let go, or a joint set back: a turn of the conversation, one with what was turned right before."""
    try:
        pose = _turned(visit, event)
    except ValueError as refusal:
        return visit.refuse(refusal)
    before = _before(visit)
    return visit.adopt(pose, turning.by_hand(before, pose), _answer(visit, before, pose), "hand")


def _turned(visit: Visit, event: Any) -> Pose:
    asked = [getattr(event, name, None) for name in ("joint", "dial", "degrees", "both")]
    return turning.turned_by(visit.pose or standing(), *asked)


def _before(visit: Visit) -> Pose:
    """What turns by hand that follow each other began with."""
    last = visit.turns[-1] if visit.turns else None
    if last is not None and last.kind == "hand":
        return last.base or standing()
    return visit.pose or standing()


def _answer(visit: Visit, before: Pose, after: Pose) -> str:
    said = turning.told(before, after)
    if said:
        return said
    seen = str(difference(visit.body, before, after))
    return f"{seen[:1].upper()}{seen[1:]}."

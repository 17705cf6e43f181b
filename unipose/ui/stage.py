"""What there is to see: the photo with the people in it, and the body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from unipose.ui import photo, viewer
from unipose.ui.bodies import Bodies, Look
from unipose.ui.desk import Desk
from unipose.ui.handlers import Visit
from unipose.ui.updates import Update


class Stage:
    """The area; to be made inside the page's Blocks.

    Args:
        address: where scripts and triangles are served.
        bodies: that may be drawn.
    """

    def __init__(self, address: str, bodies: Bodies) -> None:
        with gr.Row(elem_id="bodies"):
            self._photo = photo.panel(address, elem_id="photo")
            self._viewer = viewer.panel(address, bodies, elem_id="viewer")
        self.outputs: list[Component] = [self._viewer, self._photo]

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""
        desk.answer(self._photo.select, _point, event=gr.EventData)
        desk.at_once(self._viewer.select, _shape, event=gr.EventData, interrupts=False)

    def show(self, update: Update) -> list[Any]:
        """The messages of the two panels."""
        return [gr.skip() if message is None else message for message in (update.frame, update.photo)]


def _point(visit: Visit, event: gr.EventData) -> Iterator[Update]:
    try:  # it comes from a browser, which may send anything
        number: Any = getattr(event, "number", None)
        at = (float(event.x), float(event.y)) if number is None else int(number)
    except (AttributeError, OverflowError, TypeError, ValueError):
        return iter(())
    return visit.point(at)


def _shape(visit: Visit, event: gr.EventData) -> Update:
    try:  # as above
        look = Look(str(event.body), tuple(float(amount) for amount in event.amounts))
    except (AttributeError, OverflowError, TypeError, ValueError):
        return Update()
    return visit.wear(look)

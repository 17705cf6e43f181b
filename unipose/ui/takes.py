"""Poses to choose from: the answers to the last request side by side, a click brings one into view."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.components import Component

from unipose.chat.ranking import judged
from unipose.ui.marks import marked
from unipose.ui.updates import Update

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat import Turn
    from unipose.ui.desk import Desk
    from unipose.ui.handlers import Visit
    from unipose.ui.thumbs import Thumbs

MORE = "Show me four"
"""What the button for more of them says in the visitor's place."""

HINT = "Say a pose or a change. Other answers to the same words can then be drawn here, to choose from."

# A click anywhere in the row; after the row was drawn anew the keyboard stays where it was.
_SCRIPT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-take], button[data-more]');
  if (button) trigger('select', 'more' in button.dataset ? {more: true} : {take: Number(button.dataset.take)});
});
watch('value', () => {
  if (document.activeElement && document.activeElement !== document.body) return;
  const chosen = element.dataset.used && element.querySelector('[aria-pressed=true]');
  if (chosen) chosen.focus({preventScroll: true});
});
element.addEventListener('focusin', () => { element.dataset.used = '1'; });
element.addEventListener('focusout', (event) => { if (event.relatedTarget) delete element.dataset.used; });
"""


def row(poses: Sequence[Pose], source: Turn | None, in_view: Pose | None, thumbs: Thumbs) -> str:
    """The poses in HTML.

    Args:
        poses: to choose from, in the order of their numbers; none where there is nothing to choose.
        source: the turn that made them or, without any, the pose in view; None where no words did.
        in_view: one of them.
        thumbs: draws them.

    Returns:
        Buttons with ``data-take``, a number from 0, and one with ``data-more`` for other poses.
    """
    if source is None:
        return f'<p class="takes-hint">{HINT}</p>'
    takes = "".join(_take(number, pose, poses, source, pose == in_view, thumbs) for number, pose in enumerate(poses))
    label = html.escape(f"More like this: {source.asked}")
    more = f'<button type="button" class="take-more pill" data-more aria-label="{label}">More like this</button>'
    return f'<div class="takes" role="group" aria-label="Poses to choose from">{takes}{more}</div>'


def _take(number: int, pose: Pose, poses: Sequence[Pose], source: Turn, chosen: bool, thumbs: Thumbs) -> str:
    marks = [mark for mark, _ in marked(judged(source.asked, pose, source.base))]
    does = f"{marks.count('yes')} of {len(marks)}" if marks else ""
    score = f"{source.scores[number]:.0f}".replace("-", "−") if number < len(source.scores) else ""
    spoken = f"Number {number + 1} of {len(poses)}{', in view' if chosen else ''}"
    spoken += f", does {does} things asked" if does else ""
    spoken += f", log-likelihood {score}" if score else ""
    told = f'<span class="take-does">✓ {does}</span>' if does else ""
    told += (
        f'<span class="take-score" title="log-likelihood in nats; higher is likelier">{score}</span>' if score else ""
    )
    return (
        f'<button type="button" class="take" data-take="{number}" aria-pressed="{str(chosen).lower()}"'
        f' aria-label="{spoken}"><img src="{thumbs.address(pose)}" alt="" width="84" height="99">'
        f'<span class="take-told"><b>{number + 1}</b>{told}</span></button>'
    )


class Takes:
    """The area; to be made inside the page's Blocks."""

    def __init__(self) -> None:
        self._row = gr.HTML(elem_id="takes", js_on_load=_SCRIPT)
        self.outputs: list[Component] = [self._row]

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""
        desk.answer(self._row.select, _select, event=gr.EventData)

    def show(self, update: Update) -> list[Any]:
        """The row."""
        return [gr.skip() if update.takes is None else update.takes]


def _select(visit: Visit, event: gr.EventData) -> Iterator[Update]:
    if getattr(event, "more", None):
        return visit.send(MORE)
    number = getattr(event, "take", None)  # it comes from a browser, which may send anything
    return iter([visit.pick(number)] if isinstance(number, int) else [])

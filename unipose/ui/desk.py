"""Where the areas of the page hand in which event does what; the desk makes Gradio's listeners of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

import gradio as gr
from gradio.components import Component

from unipose.chat import UserError
from unipose.ui.handlers import House, Visit
from unipose.ui.limits import Meter
from unipose.ui.updates import Update

Act = Callable[..., Any]
"""What an event does: called with the visit, the values of the inputs and, where it is asked for, the event."""

PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Options of every listener of the page: no cover over what it changes, and nobody's endpoint."""

# The line in the house says who is answered when, and tells the others how long it is; Gradio's own queue would keep
# them without a word. What is sent just after a stop must not be dropped because the page has not yet heard that the
# last answer ended.
_ANSWER: dict[str, Any] = {"concurrency_id": "answer", "concurrency_limit": None, "trigger_mode": "multiple"}

_WORK: dict[str, Any] = {"concurrency_id": "work", "concurrency_limit": 2}


class Area(Protocol):
    """A part of the page: its components, what their events do, and what of an update it shows."""

    outputs: list[Component]
    """Components that an update may change."""

    def wire(self, desk: Desk) -> None:
        """Hand in the events."""

    def show(self, update: Update) -> list[Any]:
        """One value per output; ``gr.skip()`` leaves a component alone."""


class Desk:
    """Every event may change all areas, so that they never show different states of the conversation.

    Args:
        house: makes visits.
        visit: holds the visitor's.
        areas: of the page.
        meter: counts the answers that each visitor asks for.
    """

    def __init__(self, house: House, visit: gr.State, areas: Sequence[Area], meter: Meter) -> None:
        self._house = house
        self._meter = meter
        self._visit = visit
        self._areas = areas
        self._outputs = [visit, *(each for area in areas for each in area.outputs)]
        self._answers: list[Any] = []
        self._interruptions: list[Callable[[], Any]] = []

    def answer(self, listener: Any, act: Act, inputs: Sequence[Component] = (), event: Any = None) -> None:
        """An event whose answer streams: ``act`` gives updates one after another.

        Args:
            listener: such as ``button.click``.
            act: see :data:`Act`.
            inputs: components.
            event: subclass of ``gr.EventData`` that ``act`` is to be given last.
        """
        handler = self._streaming(act, event, counted=True)
        self._answers.append(self._listen(listener, handler, inputs, **_ANSWER))

    def work(self, listener: Any, act: Act, inputs: Sequence[Component] = (), js: str | None = None) -> None:
        """An event that takes a while and leaves an answer on its way alone; few are served at a time.

        Args:
            listener, act, inputs: see :meth:`answer`.
            js: a function of the browser that may change what the inputs hold before they are sent; the first is the
                visit, of which it knows nothing.
        """
        self._listen(listener, self._streaming(act), inputs, js=js, **_WORK)

    def at_once(
        self,
        listener: Any,
        act: Act,
        inputs: Sequence[Component] = (),
        event: Any = None,
        interrupts: bool = True,
        latest: bool = False,
    ) -> None:
        """An event that one update answers, without waiting for anybody; see :meth:`answer`.

        Args:
            listener, act, inputs, event: as there, but ``act`` gives one update.
            interrupts: whether an answer on its way ends.
            latest: whether it may come so often that only the latest counts, and that once the one before is answered.
        """

        def once(visit: Visit | None, *given: Any) -> list[Any]:
            visit = visit or self._house.visit()
            return self._values(visit, act(visit, *given))

        def once_of(told: Any, visit: Visit | None, *given: Any) -> list[Any]:
            return once(visit, *given, told)

        handler = once if event is None else _annotated(once_of, told=event)
        often = {"trigger_mode": "always_last"} if latest else {}
        listen = partial(self._listen, listener, handler, inputs, queue=False, **often)
        if interrupts:  # it must know all answers, also those that are handed in later
            self._interruptions.append(lambda: listen(cancels=self._answers))
        else:
            listen()

    def close(self) -> None:
        """All events are handed in."""
        for listen in self._interruptions:
            listen()

    def _listen(self, listener: Any, handler: Any, inputs: Sequence[Component], **options: Any) -> Any:
        return listener(handler, [self._visit, *inputs], self._outputs, **PRIVATE, **options)

    def _streaming(self, act: Act, event: Any = None, counted: bool = False) -> Any:
        """The act as Gradio calls it, one yield for each update; ``counted`` acts may be refused by the meter."""

        def stream(request: gr.Request, visit: Visit | None, *given: Any) -> Iterator[list[Any]]:
            visit = visit or self._house.visit()
            try:
                if counted:
                    self._meter.charge(request)
            except UserError as refusal:
                yield self._values(visit, visit.refuse(refusal))
                return
            kept = Kept(len(self._outputs) - 1)
            for update in act(visit, *given):
                yield [visit, *kept.after(self._values(visit, update)[1:])]
            yield [visit, *kept.last()]

        def stream_of(told: Any, request: gr.Request, visit: Visit | None, *given: Any) -> Iterator[list[Any]]:
            yield from stream(request, visit, *given, told)

        if event is None:
            return _annotated(stream, request=gr.Request)
        return _annotated(stream_of, told=event, request=gr.Request)

    def _values(self, visit: Visit, update: Update) -> list[Any]:
        return [visit, *(value for area in self._areas for value in area.show(update))]


class Kept:
    """What was sent of an answer so far, so that the whole chat goes over the wire once and not with every step.

    While an answer streams, Gradio sends what changed since the step before. A step that skips a value breaks that: the
    next one is sent whole. So a list, which the chat is, is given again where nothing is new, which costs nothing.

    Args:
        count: of values in a step.
    """

    def __init__(self, count: int) -> None:
        self._lists: list[list[Any] | None] = [None] * count
        self._shrank = [False] * count

    def after(self, values: list[Any]) -> list[Any]:
        """The values of the next step as they are to be sent."""
        for place, (old, new) in enumerate(zip(self._lists, values, strict=True)):
            if isinstance(new, list):
                self._shrank[place] |= old is not None and _shorter(new, old)
                self._lists[place] = new
        return [new if old is None else old for old, new in zip(self._lists, values, strict=True)]

    def last(self) -> list[Any]:
        """The values of the end, which Gradio sends whole: nothing of what the browser has.

        Of a chat that got shorter the browser makes something else out of the changes, so that comes once more.
        """
        known = zip(self._lists, self._shrank, strict=True)
        return [values if shrank and values is not None else gr.skip() for values, shrank in known]


def _shorter(new: list[Any], old: list[Any]) -> bool:
    """Whether a chat, or a message of it, has fewer parts."""
    return len(new) < len(old) or any(_parts(one) < _parts(other) for one, other in zip(new, old, strict=False))


def _parts(message: Any) -> int:
    content = message.get("content") if isinstance(message, dict) else None
    return len(content) if isinstance(content, list) else 1


def _annotated(handler: Any, **kinds: Any) -> Any:
    """The handler with the notes by which Gradio knows that it wants the event, or the request."""
    handler.__annotations__ = kinds
    return handler

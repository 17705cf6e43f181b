"""What a click does: events of the page to the visitor's session, and back to what the page should show.

Nothing here knows a widget. Each handler of a :class:`Visit` gives :class:`Update` values, which
:mod:`unipose.ui.page` hands to its components, so every path is tested without a browser.

Chat and picture are both drawn from the session's turns, never from what was shown before. That is all it takes to
keep them together through stop, retry, undo and edit.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unipose.chat import Session, TextPiece, TurnDone, UserError
from unipose.chat.turns import PhotoPiece
from unipose.photos import open_photo
from unipose.photos.people import choose_at, choose_number
from unipose.ui.marks import line
from unipose.ui.photo import EMPTY, opened, pack_photo
from unipose.ui.updates import Message, Update
from unipose.ui.viewer import Viewer

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat import Event, Turn, UniPose

log = logging.getLogger(__name__)

SORRY = "Sorry, that went wrong on this side; it has been noted. The pose is as it was, so try again or say it anew."
STOPPED = "(stopped)"

_NOTHING = object()  # drawn so far; None stands for the body at rest


@dataclass(eq=False)
class House:
    """What all visitors share: the model, the viewer, and the folder that holds one folder for each of them."""

    model: UniPose
    viewer: Viewer
    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="unipose-")
    )
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held for one step of an answer, not for all of it, so that visitors are served side by side."""
    pause: float = 0.04
    """Seconds of answering between two looks at the words. To show them costs more than a small model takes to find
    them; a large model's every word is shown."""

    def visit(self) -> Visit:
        """A new visitor, with nothing said yet."""
        return Visit(self, Path(tempfile.mkdtemp(dir=self.folder.name)))


class Visit:
    """One visitor: a session, the answer on its way, and a folder for photos and downloads."""

    def __init__(self, house: House, folder: Path) -> None:
        self._house = house
        self._folder = folder
        self._session = Session(house.model)
        self._answering: Iterator[Event] | None = None
        self._words: str | None = None  # that are being answered; None when they are answered again
        self._notice = ""  # below the turns, until the next action
        self._refused: tuple[str, str | Path | None] | None = None  # what the notice turned away
        self._drawn: object = _NOTHING
        self._pictured: object = _NOTHING
        self._count = itertools.count(1)

    # -- handlers -------------------------------------------------------------------------------------------------

    def open(self) -> Update:
        """The page was loaded."""
        self._drawn = self._pictured = _NOTHING
        return self._everything()

    def send(self, text: str, photo: str | Path | None = None) -> Iterator[Update]:
        """Words, a photo or both were sent. Refused ones go back to the box, with the reason in the chat."""
        self._interrupt()
        try:
            kept = None if photo is None else self._keep(photo)
        except ValueError as refusal:
            yield self._refuse(refusal, text, photo)
            return
        asked = _asked(text.strip(), kept)
        yield from self._answer(lambda: self._session.send(text, kept), asked, sent=(text, kept))

    def point(self, at: tuple[float, float] | int) -> Iterator[Update]:
        """Somebody in the photo was clicked, at a place in its pixels or by number: their pose is asked for."""
        sighting = self._session.sighting
        found = None if sighting is None else sighting.look.detections
        if sighting is None or found is None:
            return
        choice = choose_at(found, *at) if isinstance(at, tuple) else choose_number(found, at)
        if choice.index is None:
            self._interrupt()
            yield self._refuse(ValueError(choice.remark))
        elif choice.index != sighting.look.chosen or not sighting.in_view:
            yield from self.send(f"Person {choice.index + 1}")

    def retry(self) -> Iterator[Update]:
        """The last answer is to be given again, differently; or what was refused last is to be tried again."""
        refused = self._refused
        if refused is not None:
            yield from self.send(*refused)
            return
        self._interrupt()
        turns = self._session.turns
        asked = _asked(turns[-1].user, turns[-1].photo) if turns else []
        yield from self._answer(self._session.retry, asked, sent=None, after=max(0, len(turns) - 1))

    def undo(self, message: int | None = None) -> Update:
        """Take back the last exchange, or all from the one that holds chat message number ``message``.

        The words of the oldest exchange taken go back to the box. A notice goes before any exchange does.
        """
        noticed = bool(self._notice)
        self._interrupt()
        return self._everything(draft=None if noticed else self._cut(message))

    def edit(self, message: int, text: str) -> Iterator[Update]:
        """The visitor's words in chat message number ``message`` were rewritten: continue from there.

        If the new words are refused, or stopped before anything came, the exchanges that they would replace stay.
        """
        self._interrupt()
        turn = self._turn_of(message)
        if turn is None:
            yield from self.send(text)
            return
        photo = self._session.turns[turn].photo
        asked = _asked(text.strip(), photo)
        yield from self._answer(lambda: self._session.revise(turn, text, photo), asked, sent=(text, photo), after=turn)

    def stop(self) -> Update:
        """End the answer on its way. Its words so far stay, and the pose is the one in view.

        Stopped before anything came of it, what the visitor said goes back to the box.
        """
        said = self._words if self._answering is not None else None
        kept = self._interrupt()
        return self._everything(draft=said if kept is None else None)

    def clear(self) -> Update:
        """Start over."""
        self._interrupt()
        self._session = Session(self._house.model)
        return self._everything()

    def adopt(self, pose: Pose, user: str, text: str, kind: str) -> Update:
        """A pose that was made elsewhere comes into view; see :meth:`unipose.chat.Session.adopt`."""
        self._interrupt()
        try:
            self._session.adopt(pose, user, text, kind)
        except UserError as refusal:
            return self._refuse(refusal)
        return self._everything()

    @property
    def pose(self) -> Pose | None:
        """The pose in view."""
        return self._session.pose

    @property
    def turns(self) -> list[Turn]:
        """The finished exchanges, oldest first."""
        return self._session.turns

    @property
    def folder(self) -> Path:
        """For the visitor's own files; it goes when they do."""
        return self._folder

    def refuse(self, reason: ValueError) -> Update:
        """What was done by hand could not be: the reason below the chat."""
        self._interrupt()
        return self._refuse(reason)

    def close(self) -> None:
        """Forget the visitor: photos and files are deleted."""
        self._interrupt()
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- answering ------------------------------------------------------------------------------------------------

    def _answer(
        self,
        ask: Callable[[], Iterator[Event]],
        asked: list[Message],
        sent: tuple[str, str | Path | None] | None,
        after: int | None = None,
    ) -> Iterator[Update]:
        """Ask and play the events below the first ``after`` turns, or all.

        Whatever goes wrong, the words of ``sent`` go back to the box.
        """
        events, said, shown = None, "", float("-inf")
        above = [message for turn in self._session.turns[:after] for message in _shown(turn)] + asked
        self._words = None if sent is None else sent[0]
        try:
            events = self._answering = iter(ask())
            yield Update(messages=above, draft=None if sent is None else "", busy=True)
            for event in self._steps(events):
                if isinstance(event, TextPiece):
                    said += event.text
                    if time.monotonic() - shown >= self._house.pause:
                        yield Update(messages=[*above, _said(said)])
                        shown = time.monotonic()  # after the page took it, which may be slow
                elif isinstance(event, PhotoPiece):  # its pose has come: it is drawn while the words follow
                    yield Update(frame=self._frame(), photo=self._photo())
                elif isinstance(event, TurnDone) and event.turn.kind == "undo":
                    self._notice = event.turn.text  # the session keeps no such turn, so neither does the chat
            if self._answering is events:  # else something interrupted, and what it shows is newer
                update = self._everything()
                self._answering = None
                yield update
        except Exception as error:
            if not isinstance(error, UserError):
                log.exception("an answer failed")
                error = ValueError(SORRY)
            if self._answering is events:
                self._answering = None
                yield self._refuse(error, *(sent or ()))

    def _steps(self, events: Iterator[Event]) -> Iterator[Event]:
        """The events, each made while this visitor has the model, until something interrupts."""
        while True:
            with self._house.turn:
                event = next(events, None) if self._answering is events else None
            if event is None:
                return
            yield event

    def _interrupt(self) -> Turn | None:
        """A new action: end the answer on its way, of which the session keeps what came, and drop the notice."""
        self._answering = None
        self._notice, self._refused = "", None
        return self._session.stop()

    # -- turns and chat messages ----------------------------------------------------------------------------------

    def _turn_of(self, message: int | None) -> int | None:
        """Which turn holds chat message number ``message``; the last one without a number; None when none does."""
        turns = self._session.turns
        if message is not None:
            seen = 0
            for index, turn in enumerate(turns):
                seen += len(_shown(turn))
                if message < seen:
                    return index
        return len(turns) - 1 if turns else None

    def _cut(self, message: int | None) -> str | None:
        """Take back the turn that holds ``message`` and all after it; returns what the visitor said in it."""
        first = self._turn_of(message)
        if first is None:
            return None
        return self._session.rewind(first)[0].user

    # -- what the page shows --------------------------------------------------------------------------------------

    def _messages(self, *more: Message) -> list[Message]:
        return [message for turn in self._session.turns for message in _shown(turn)] + list(more)

    def _refuse(self, reason: ValueError, text: str | None = None, photo: str | Path | None = None) -> Update:
        """Nothing was done: the reason below the chat, the words back in the box."""
        said = str(reason)
        self._notice = said[:1].upper() + said[1:]
        self._refused = None if text is None else (text, photo)
        return Update(self._messages(_said(self._notice)), draft=text, busy=False)

    def _everything(self, draft: str | None = None) -> Update:
        notice = [_said(self._notice)] if self._notice else []
        return Update(self._messages(*notice), self._frame(), self._photo(), draft, False, self._files())

    def _frame(self) -> str | None:
        """What the viewer should draw; None when it shows that already."""
        # A description or a comparison brings no pose: the last change stays lit while it is talked about.
        underway = self._session.underway
        turns = reversed([*self._session.turns, *([underway] if underway else [])])
        turn = next((turn for turn in turns if turn.poses or turn.kind == "reset"), None)
        drawn = None if turn is None or turn.pose is None else (turn.pose, turn.base, turn.user)
        if drawn == self._drawn:
            return None
        self._drawn = drawn
        viewer, number = self._house.viewer, next(self._count)
        if turn is None or turn.pose is None:
            return viewer.show_standing(number)
        if turn.kind == "estimate" and turn.base is None:
            return viewer.show_read(turn.pose, turn.user, number)
        return viewer.show(turn.pose, turn.base, turn.user, number)

    def _photo(self) -> str | None:
        """What the panel of the photo should show; None when it shows that already."""
        sighting = self._session.sighting
        pictured = None if sighting is None else (sighting.photo, sighting.look)
        if pictured == self._pictured:
            return None
        self._pictured = pictured
        if sighting is None:
            return EMPTY
        pose = sighting.turn.poses[0] if sighting.turn.poses else None
        picture = opened(sighting.photo)
        return pack_photo(picture, sighting.look, pose, self._house.viewer.body, next(self._count))

    def _files(self) -> tuple[Path, ...]:
        pose = self._session.pose
        if pose is None:
            return ()
        return tuple(pose.save(self._folder / f"pose{ending}") for ending in (".npz", ".json"))

    def _keep(self, photo: str | Path) -> Path:
        """A bare copy of the photo, for the chat and another try; the visitor's own file is not kept.

        Raises:
            ValueError: no usable photo.
        """
        path = self._folder / f"photo-{next(self._count)}.jpg"
        open_photo(photo).save(path, quality=92)
        return path


def _shown(turn: Turn) -> list[Message]:
    marks = line(turn.verdicts)
    return [*_asked(turn.user, turn.photo), _said((turn.text or STOPPED) + (f"\n\n{marks}" if marks else ""))]


def _asked(text: str, photo: Path | None) -> list[Message]:
    # Photo and words in one message could not be edited afterwards in Gradio 6.31.
    picture = {"path": str(photo), "alt_text": "the photo you sent"}
    messages = [{"role": "user", "content": picture}] if photo is not None else []
    return [*messages, {"role": "user", "content": text}] if text else messages


def _said(text: str) -> Message:
    return {"role": "assistant", "content": text}

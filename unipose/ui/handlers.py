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
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unipose.chat import PosePiece, Session, TextPiece, TurnDone, UserError
from unipose.chat.references import says
from unipose.chat.suggesting import suggest
from unipose.chat.turns import PhotoPiece
from unipose.photos import open_photo
from unipose.photos.people import choose_at, choose_number
from unipose.ui.bodies import Look
from unipose.ui.branches import Branches
from unipose.ui.line import Line
from unipose.ui.messages import asked as _asked
from unipose.ui.messages import said as _said
from unipose.ui.messages import shown
from unipose.ui.saving import poses_of
from unipose.ui.scene import Scene
from unipose.ui.serving import VisitorsFolder
from unipose.ui.takes import row
from unipose.ui.thumbs import Thumbs
from unipose.ui.turning import pack_readings
from unipose.ui.updates import Message, Update
from unipose.ui.viewer import Viewer

if TYPE_CHECKING:
    from unipose.body.files.reading import Imported
    from unipose.body.mesh import FreeBody
    from unipose.body.pose import Pose
    from unipose.chat import Event, Turn, UniPose

log = logging.getLogger(__name__)

SORRY = "Sorry, that went wrong on this side; it has been noted. The pose is as it was, so try again or say it anew."

BRANCH = "Branch from here: a new conversation that goes on from this pose"


@dataclass(eq=False)
class House:
    """What all visitors share: the model, the viewer, and the folder that holds one folder for each of them."""

    model: UniPose
    viewer: Viewer
    folder: tempfile.TemporaryDirectory[str] = field(default_factory=VisitorsFolder)
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held for one step of an answer, not for all of it, so that visitors are served side by side."""
    line: Line = field(default_factory=Line)
    """Of visitors who want an answer."""
    thumbs: Thumbs = field(default_factory=Thumbs)
    pause: float = 0.04
    """Seconds of answering between two looks at the words. To show them costs more than a small model takes to find
    them; a large model's every word is shown."""

    def visit(self) -> Visit:
        """A new visitor, with nothing said yet."""
        return Visit(self, Path(tempfile.mkdtemp(dir=self.folder.name)))


class Visit:
    """One visitor: a session or, after branching off, several with one in view; the answer on its way; and a folder."""

    def __init__(self, house: House, folder: Path) -> None:
        self._house = house
        self._folder = folder
        # also of visits that are dropped without being closed: the server remembers only so many
        self._emptied = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._branches = Branches(Session(house.model))
        self._origin: Turn | None = None  # whose pose was brought back just now
        self._answering: Iterator[Event] | None = None
        self._words: str | None = None  # that are being answered; None when they are answered again
        self._notice = ""  # below the turns, until the next action
        self._refused: tuple[str, str | Path | None] | None = None  # what the notice turned away
        self._look = Look()
        self._count = itertools.count(1)
        self._scene = Scene(house.viewer, self._count)
        self.opened: Imported | None = None
        """The file that was opened last, to take another of its poses."""

    # -- handlers -------------------------------------------------------------------------------------------------

    def open(self) -> Update:
        """The page was loaded."""
        self._scene.forget()
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
        self._branches.replace(Session(self._house.model))
        return self._everything()

    def bring(self, message: int) -> Update:
        """The picture of a pose in chat message number ``message`` was clicked: that pose comes back into view.

        It is the base of what is said next. Nothing is taken back: it is an exchange of its own, see
        :meth:`unipose.chat.Session.bring`. The chat offers to branch off there.
        """
        self._interrupt()
        place = self._turn_of(message)
        if place is None:
            return self._everything()
        origin = self._session.turns[place]
        picked = self._session.bring(place)
        self._origin = picked if picked is not None and origin.kind == "pick" else origin
        if picked is None:
            self._notice = says("in_view")
        return self._everything()

    def pick(self, number: int) -> Update:
        """One of the poses to choose from was clicked; ``number`` is from 0."""
        self._interrupt()
        try:
            self._session.pick(number)
        except UserError as refusal:
            return self._refuse(refusal)
        return self._everything()

    def branch(self) -> Update:
        """Go on from the pose that was brought back, in a conversation of its own; this one stays as it is."""
        origin = self._origin
        self._interrupt()
        turns = self._session.turns
        place = next((i for i, turn in enumerate(turns) if turn is origin), len(turns) - 1)
        try:
            self._branches.add(self._session.branch(place + 1))
        except UserError as refusal:
            return self._refuse(refusal)
        return self._everything()

    def turn_to(self, number: int) -> Update:
        """Another of the visitor's conversations comes into view."""
        self._interrupt()
        self._branches.turn_to(number)
        return self._everything()

    def adopt(self, pose: Pose, user: str, text: str, kind: str) -> Update:
        """A pose that was made elsewhere comes into view; see :meth:`unipose.chat.Session.adopt`."""
        self._interrupt()
        try:
            self._session.adopt(pose, user, text, kind)
        except UserError as refusal:
            return self._refuse(refusal)
        return self._everything()

    def preview(self, pose: Pose, said: str) -> Update:
        """A pose that somebody is still about to make: only drawn, over the one in view, until the next update."""
        return Update(frame=self._scene.preview(pose, self._session.pose, said, self._look))

    @property
    def _session(self) -> Session:
        return self._branches.current

    @property
    def pose(self) -> Pose | None:
        """The pose in view."""
        return self._session.pose

    @property
    def turns(self) -> list[Turn]:
        """The finished exchanges, oldest first."""
        return self._session.turns

    def wear(self, look: Look) -> Update:
        """Another body or another shape of it: the pose in view is drawn on it, and over the photo."""
        self._look = look
        return Update(frame=self._frame(), photo=self._photo())

    @property
    def body(self) -> FreeBody:
        """The free body, in the shape that is drawn."""
        return self._house.viewer.free(self._look)

    def count(self) -> int:
        """A number that no message to this visitor's page has had."""
        return next(self._count)

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
        self._emptied()

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
        above = self._messages(*asked, after=after)
        self._words = None if sent is None else sent[0]
        try:
            events = self._answering = iter(ask())
            yield Update(messages=above, draft=None if sent is None else "", busy=True)
            with self._house.line.place() as place:
                for words in place.waits():
                    yield Update(messages=[*above, _said(words)])
                for event in self._steps(events):
                    if isinstance(event, TextPiece):
                        said += event.text
                        if time.monotonic() - shown >= self._house.pause:
                            yield Update(messages=[*above, _said(said)])
                            shown = time.monotonic()  # after the page took it, which may be slow
                    elif isinstance(event, PosePiece | PhotoPiece):  # it is drawn while the words follow
                        yield Update(frame=self._frame(), photo=self._photo(), takes=self._takes())
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
        self._notice, self._refused, self._origin = "", None, None
        return self._session.stop()

    # -- turns and chat messages ----------------------------------------------------------------------------------

    def _turn_of(self, message: int | None) -> int | None:
        """Which turn holds chat message number ``message``; the last one without a number; None when none does."""
        turns = self._session.turns
        if message is not None:
            seen = len(self._head())
            for index, turn in enumerate(turns):
                seen += 1 + len(_asked(turn.user, turn.photo))
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

    def _messages(self, *more: Message, after: int | None = None) -> list[Message]:
        """The chat: the first ``after`` turns, or all, and what comes below them."""
        turns = self._session.turns[:after]
        return [*self._head(), *(each for turn in turns for each in shown(turn, self._house.thumbs)), *more]

    def _head(self) -> list[Message]:
        gone = self._session.forgotten
        return [_said(says("forgotten", count=gone))] if gone else []

    def _refuse(self, reason: ValueError, text: str | None = None, photo: str | Path | None = None) -> Update:
        """Nothing was done: the reason below the chat, the words back in the box."""
        said = str(reason)
        self._notice = said[:1].upper() + said[1:]
        self._refused = None if text is None else (text, photo)
        return Update(
            self._messages(_said(self._notice)),
            frame=self._frame(),  # nothing, unless somebody was still about to make a pose by hand
            draft=text,
            busy=False,
            joints=self._joints(),
        )

    def _everything(self, draft: str | None = None) -> Update:
        messages = self._messages(*([_said(self._notice)] if self._notice else []))
        if self._origin is not None and messages:
            messages[-1] = messages[-1] | {"options": [{"value": "branch", "label": BRANCH}]}
        self._tidy()
        return Update(
            messages,
            self._frame(),
            self._photo(),
            draft,
            False,
            joints=self._joints(),
            poses=len(poses_of(self._session.turns)),
            takes=self._takes(),
            branches=self._branches.told(),
            suggestions=suggest(self._session.turns),
        )

    def _frame(self) -> str | None:
        return self._scene.frame(self._session, self._look)

    def _takes(self) -> str:
        """The poses to choose from, or the invitation to draw some."""
        poses, source = self._session.offered
        return row(poses, source, self._session.pose, self._house.thumbs)

    def _tidy(self) -> None:
        """Photos that no conversation shows any more go."""
        kept = {turn.photo for session in self._branches.sessions for turn in session.turns}
        kept.add(None if self._refused is None else self._refused[1])
        for path in self._folder.glob("photo-*.jpg"):
            if path not in kept:
                path.unlink(missing_ok=True)

    def _photo(self) -> str | None:
        return self._scene.photo(self._session, self._look)

    def _joints(self) -> str:
        return pack_readings(self._session.pose, next(self._count))

    def _keep(self, photo: str | Path) -> Path:
        """A bare copy of the photo, for the chat and another try; the visitor's own file is not kept.

        Raises:
            ValueError: no usable photo.
        """
        path = self._folder / f"photo-{next(self._count)}.jpg"
        open_photo(photo).save(path, quality=92)
        return path

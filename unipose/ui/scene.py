"""What one visitor sees of a conversation beside the chat: the body, and the photo that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unipose.body.postures import standing
from unipose.ui.photo import EMPTY, opened, pack_photo

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat import Session, Turn
    from unipose.ui.bodies import Look
    from unipose.ui.viewer import Viewer

_NOTHING = object()  # drawn so far; None stands for the body at rest


class Scene:
    """Makes the messages for the two panels, and only those that change something there.

    Args:
        viewer: packs what is drawn.
        count: numbers of messages.
    """

    def __init__(self, viewer: Viewer, count: Iterator[int]) -> None:
        self._viewer = viewer
        self._count = count
        self._drawn: object = _NOTHING
        self._pictured: object = _NOTHING

    def forget(self) -> None:
        """The panels are new: nothing is drawn there."""
        self._drawn = self._pictured = _NOTHING

    def preview(self, pose: Pose, base: Pose | None, said: str, look: Look) -> str:
        """A pose that is not part of the conversation, over the one in view, until the next message."""
        self._drawn = _NOTHING
        return self._viewer.show(pose, base or standing(), said, next(self._count), look)

    def frame(self, session: Session, look: Look) -> str | None:
        """What the viewer should draw; None when it shows that already."""
        # A description or a comparison brings no pose: the last change stays lit while it is talked about.
        underway = session.underway
        turns = reversed([*session.turns, *([underway] if underway else [])])
        turn = next((turn for turn in turns if turn.poses or turn.kind == "reset"), None)
        words = "" if turn is None else _words_for(turn, session)
        drawn = (look, None if turn is None or turn.pose is None else (turn.pose, turn.base, words))
        if drawn == self._drawn:
            return None
        self._drawn = drawn
        viewer, number = self._viewer, next(self._count)
        if turn is None or turn.pose is None:
            return viewer.show_standing(number, look)
        if turn.kind == "estimate" and turn.base is None:
            return viewer.show_read(turn.pose, words, number, look)
        return viewer.show(turn.pose, turn.base, words, number, look)

    def photo(self, session: Session, look: Look) -> str | None:
        """What the panel of the photo should show; None when it shows that already."""
        sighting = session.sighting
        pictured = None if sighting is None else (sighting.photo, sighting.look, look)
        if pictured == self._pictured:
            return None
        self._pictured = pictured
        if sighting is None:
            return EMPTY
        pose = sighting.turn.poses[0] if sighting.turn.poses else None
        picture = opened(sighting.photo)
        return pack_photo(picture, sighting.look, pose, self._viewer.bodies.figure(look).full, next(self._count))


def _words_for(turn: Turn, session: Session) -> str:
    """What the person said for the pose of a turn; for one that was only chosen, what made it."""
    if turn.kind not in ("more", "pick"):
        return turn.user
    made = (other.user for other in session.turns if turn.pose in other.poses and other.user)
    return turn.asked or next(made, turn.user)

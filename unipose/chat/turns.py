"""What a conversation is made of: events while it streams, replies and turns when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unipose.body.pose import Pose
from unipose.language import Verdict

if TYPE_CHECKING:
    from unipose.chat.looking import Look


class UserError(ValueError):
    """Something the person asking can mend; the message is one clear line."""


@dataclass(frozen=True)
class TextPiece:
    """The next words of the answer, to be appended as they are."""

    text: str


@dataclass(frozen=True)
class PosePiece:
    """One finished pose; candidates come best first. ``score`` is its codes' log-likelihood in nats."""

    pose: Pose
    candidate: int = 0
    score: float = 0.0


@dataclass(frozen=True)
class PhotoPiece:
    """What was seen in the photo of an estimate: its people, who was chosen, and the camera. It comes last."""

    look: Look


Piece = TextPiece | PosePiece | PhotoPiece


@dataclass(frozen=True)
class Turn:
    """One exchange.

    ``kind`` is what was done: ``generate``, ``edit``, ``describe``, ``ask``, ``compare``, ``estimate``, ``mirror``,
    ``show``, ``more`` (other answers to the last request, beside the one in view), ``undo``, ``reset`` (a fresh start),
    ``talk`` (help, small talk, what cannot be shown or was not understood), or where a pose came from that was not
    asked for in words: ``hand`` (joints turned by the person), ``file``, ``library``, ``pick`` (an earlier pose, or
    another candidate, that was clicked). ``poses`` are the answer's own poses, best first (of ``more``, the one that
    was in view, then the others as they came); ``pose`` is the one in view after this turn, an older one where the
    answer was words, none after a fresh start; ``base`` is the pose the turn started from, ``photo`` what came with the
    words, ``look`` what was seen in it, ``verdicts`` tell which parts of the request ``pose`` does, and ``asked`` is
    that request, or the question, in full. ``scores`` are the log-likelihoods of ``poses`` in nats, 0 where there is
    none.
    """

    user: str
    kind: str
    text: str
    poses: tuple[Pose, ...] = ()
    pose: Pose | None = None
    base: Pose | None = None
    photo: Any = None
    verdicts: tuple[Verdict, ...] = ()
    asked: str = ""
    look: Look | None = None
    scores: tuple[float, ...] = ()


@dataclass(frozen=True)
class TurnDone:
    """The stream's last event. An ``undo`` turn reports what happened but is not kept in the session."""

    turn: Turn


Event = Piece | TurnDone


@dataclass(frozen=True)
class Reply:
    """A finished answer.

    ``scores`` holds a log-likelihood for each pose (nats); ``seconds`` is wall time without loading; ``look`` is what
    was seen in the photo of an estimate.
    """

    text: str
    poses: list[Pose]
    seconds: float
    scores: tuple[float, ...] = ()
    model: str = ""
    look: Look | None = None

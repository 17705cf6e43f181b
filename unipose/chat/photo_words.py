"""Photos to words: the model says what it sees, and each sentence is checked against the pose that was estimated."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor

from unipose.body.pose import Pose
from unipose.chat.engine import Engine
from unipose.chat.estimating import estimate_pieces, sight_of
from unipose.chat.looking import Look
from unipose.chat.sameness import unchanged
from unipose.chat.turns import PhotoPiece, Piece, PosePiece, TextPiece
from unipose.chat.witness import Witness
from unipose.tasks import Content

Say = Callable[[Content, Witness], Iterator[Piece]]
"""Has the model answer a question in words that a witness checks."""

_WHICH = ("first", "second")


def describe_pieces(engine: Engine, look: Look, mends: bool, say: Say) -> Iterator[Piece]:
    """A photo to words about the posture of the person in it: :meth:`unipose.chat.UniPose.describe_photo_stream`.

    Args:
        engine: answers.
        look: at the photo.
        mends: as in :func:`unipose.chat.estimating.estimate_pieces`.
        say: speaks.

    Raises:
        UserError: the model cannot read what there is.
    """
    pose, seen = _estimated(engine, look, mends)
    if seen.remark:
        yield TextPiece(seen.remark)
    if pose is not None:
        yield from _apart(seen.remark)
        witness = Witness(pose.facing_forward(), errors=_errors(engine, look))
        yield from say(engine.ask("describe_photo", images=[sight_of(engine, look)]), witness)
    yield PhotoPiece(seen)


def compare_pieces(engine: Engine, looks: tuple[Look, Look], mends: bool, say: Say) -> Iterator[Piece]:
    """Two photos to what changes in posture from one person to the other; see :func:`describe_pieces`.

    What was seen comes last, a piece for each photo.
    """
    poses, sights, told = [], [], ""
    for which, look in zip(_WHICH, looks, strict=True):
        pose, seen = _estimated(engine, look, mends)
        sights.append(seen)
        poses.append(pose)
        if seen.remark:
            remark = f"{' ' if told else ''}About the {which} photo: {seen.remark}"
            told += remark
            yield TextPiece(remark)
    before, after = poses
    if before is not None and after is not None and (same := unchanged(before, after)):
        yield from _apart(told)
        yield TextPiece(same)
    elif before is not None and after is not None:
        yield from _apart(told)
        content = engine.ask("compare_photos", images=[sight_of(engine, look) for look in looks])
        errors = _errors(engine, looks[1])
        yield from say(content, Witness(after.facing_forward(), before.facing_forward(), errors))
    yield from map(PhotoPiece, sights)


def _estimated(engine: Engine, look: Look, mends: bool) -> tuple[Pose | None, Look]:
    """The likeliest pose, None where there is nobody, and what was seen with the camera."""
    pose, seen = None, look
    for piece in estimate_pieces(engine, look, mends=mends):
        if isinstance(piece, PosePiece):
            pose = piece.pose
        elif isinstance(piece, PhotoPiece):
            seen = piece.look
    return pose, seen


def _errors(engine: Engine, look: Look) -> Tensor | None:
    return None if engine.doubt is None else engine.doubt.of(look)


def _apart(said: str) -> Iterator[Piece]:
    if said:
        yield TextPiece(" ")

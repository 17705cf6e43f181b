"""What each kind of turn does: the words and poses of its answer, made as they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from unipose.body.pose import Pose
from unipose.chat.looking import Look
from unipose.chat.memory import Memory, Sighting
from unipose.chat.ranking import judged
from unipose.chat.references import Reference, complaint, says
from unipose.chat.turns import PhotoPiece, Piece, PosePiece, TextPiece, Turn, UserError
from unipose.chat.understanding import stated
from unipose.chat.unipose import UniPose

_DRAWN, _AGAIN = 100, 1_000_000  # seeds apart, so that asking again, or for another answer, throws other dice
_TRIES = 2  # draws for each other answer, since two may be the same pose


@dataclass
class Draft:
    """A turn in the making.

    ``pieces`` make the answer; ``text`` and ``poses`` are what of it was taken. ``asked`` is what its pose is to do, or
    the question, in full; ``times`` is how many changes are taken back. ``replaces`` are the turns in whose place it
    comes, which have left once it is ``begun``.
    """

    user: str
    kind: str
    pieces: Iterator[Piece]
    base: Pose | None = None
    photo: Any = None
    asked: str = ""
    times: int = 1
    replaces: list[Turn] = field(default_factory=list)
    begun: bool = False
    text: str = ""
    poses: list[Pose] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    look: Look | None = None

    def take(self, piece: Piece) -> None:
        """Add the next piece of the answer."""
        if isinstance(piece, TextPiece):
            self.text += piece.text
        elif isinstance(piece, PhotoPiece):
            self.look = replace(piece.look, picture=None)  # large, and at hand where the photo is
        else:
            self.poses.append(piece.pose)
            self.scores.append(piece.score)

    def turn(self, in_view: Pose | None) -> Turn:
        """The turn as far as it came; ``in_view`` is the pose before it."""
        poses = tuple(self.poses)
        pose = poses[0] if poses else None if self.kind == "reset" else in_view
        verdicts = judged(self.asked, poses[0], self.base) if poses and self.asked else ()
        told = self.text.strip()
        return Turn(
            self.user,
            self.kind,
            told,
            poses,
            pose,
            self.base,
            self.photo,
            verdicts,
            self.asked,
            self.look,
            tuple(self.scores),
        )


class Drafts:
    """Drafts for the next turn of a conversation, by what is wanted. The model runs as their pieces are taken.

    Args:
        model: answers.
        memory: of the conversation so far.
        candidates: poses offered for words.
        seed: of the sampling, as the verbs of :class:`UniPose` take it.
    """

    def __init__(self, model: UniPose, memory: Memory, candidates: int = 1, seed: int | None = None) -> None:
        self._model, self._memory, self._candidates, self._seed = model, memory, candidates, seed

    def estimate(self, text: str, photo: Any) -> Draft:
        """The pose of a photo, described; the text may tell who is meant, and what is known of them."""
        pieces = self._model.estimate_stream(photo, text or None, self._seed)
        asked = text if text and stated(text).items else ""
        return Draft(text, "estimate", self._read(pieces), photo=photo, asked=asked)

    def estimate_again(self, text: str, sighting: Sighting, who: int | None = None, hint: str = "") -> Draft:
        """The pose of a photo that was seen before.

        Args:
            text: what was said.
            sighting: of the photo.
            who: another person than before, by their number.
            hint: all that is known of that person, or of the one chosen before.
        """
        chosen = sighting.look.chosen
        number = who if who is not None or chosen is None else chosen + 1
        before = sighting.turn.poses[0] if who is None and sighting.turn.poses else None
        pieces = self._model.estimate_stream(
            sighting.photo, hint or None, self._seed, who=number, keypoints=sighting.look.detections
        )
        told = "" if before is None else sighting.look.remark
        return Draft(text, "estimate", self._read(pieces, before, hint, told), base=before, asked=hint)

    def generate(self, text: str) -> Draft:
        """Poses from words, the best one described."""
        poses = self._model.generate_stream(text, self._candidates, self._seed)
        return Draft(text, "generate", self._with_description(poses), asked=text)

    def edit(self, order: str, base: Pose) -> Draft:
        """Poses from a pose, and what changed."""
        return Draft(order, "edit", self._edited(base, order), base=base, asked=order)

    def more(self, text: str, count: int) -> Draft:
        """Other answers to what the pose in view was asked for by, until ``count`` are there to choose from.

        Raises:
            UserError: no words asked for the pose in view.
        """
        source = self._memory.source()
        if source is None:
            raise UserError(complaint("no_pose" if self._memory.pose is None else "no_more"))
        return Draft(text, "more", self._others(source, count), base=source.base, asked=source.asked)

    def describe(self, text: str, pose: Pose) -> Draft:
        """A pose in words."""
        return Draft(text, "describe", self._model.describe_stream(pose, self._seed), base=pose)

    def ask(self, question: str, pose: Pose) -> Draft:
        """A question about a pose; what changed, changed since the pose that was last seen beside it."""
        others = [other for other in self._memory.seen() if other != pose]
        words = self._model.ask_stream(pose, question, others[-1] if others else None, self._seed)
        return Draft(question, "ask", words, base=pose, asked=question)

    def compare(self, text: str, named: list[Reference], numbered: bool = False) -> Draft:
        """Two poses, of which some may be named; see :meth:`Memory.find`.

        Raises:
            UserError: there are no two.
        """
        before, after = self._memory.pair(named, numbered)
        return Draft(text, "compare", self._model.compare_stream(before, after, self._seed), base=before)

    def mirror(self, text: str, pose: Pose) -> Draft:
        """A pose with its sides exchanged, described."""
        return Draft(text, "mirror", self._described(pose.mirror()), base=pose)

    def show(self, text: str, pose: Pose) -> Draft:
        """An older pose again, or another of those to choose from, described."""
        source = self._memory.source(pose)
        if source is None or pose not in self._memory.offered():
            return Draft(text, "show", self._described(pose))
        return Draft(text, "show", self._described(pose), base=source.base, asked=source.asked)

    def undo(self, text: str, times: int) -> Draft:
        """The last changes of pose taken back, and what was asked for there told."""
        changed = self._memory.last_change(times)
        turn = None if changed is None else self._memory.turn(changed)
        told = says("nothing_to_undo") if turn is None else says("undone", user=turn.user or turn.text)
        return Draft(text, "undo", iter([TextPiece(told)]), times=times)

    def reset(self, text: str) -> Draft:
        """A fresh start."""
        return Draft(text, "reset", iter([TextPiece(says("fresh"))]))

    def talk(self, text: str, answer: str) -> Draft:
        """Words of ours alone."""
        return Draft(text, "talk", iter([TextPiece(answer)]))

    # -- pieces ------------------------------------------------------------------------------------------------

    def _with_description(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        words, poses, _ = _sorted_out(pieces)
        yield from poses  # first, so that they are drawn while they are put into words
        yield from words
        yield from self._model.describe_stream(poses[0].pose, self._seed)

    def _read(
        self, pieces: Iterator[Piece], before: Pose | None = None, hint: str = "", told: str = ""
    ) -> Iterator[Piece]:
        """The pose of a photo and what was seen in it; the words come after, since they take longer.

        Args:
            pieces: of the estimate.
            before: the pose as it was read without the hint.
            hint: what is known of the person.
            told: remarks that are not to be made again.
        """
        words, poses, seen = _sorted_out(pieces)
        yield from poses
        yield from seen
        yield from (piece for piece in words if not piece.text.strip() or piece.text.strip() not in told)
        if before is not None and poses and poses[0].pose == before:
            if all(verdict.mark != "no" for verdict in judged(hint, before)):
                yield TextPiece(says("as_read"))
        elif poses:  # there may be nobody
            yield from self._model.describe_stream(poses[0].pose, self._seed)

    def _edited(self, base: Pose, order: str) -> Iterator[Piece]:
        words, poses, _ = _sorted_out(self._model.edit_stream(base, order, self._candidates, self._seed))
        yield from poses
        yield from words
        yield from self._model.compare_stream(base, poses[0].pose, self._seed)

    def _others(self, source: Turn, count: int) -> Iterator[Piece]:
        """The pose in view and then, one by one, others that are asked for in the same words with other dice."""
        pose = self._memory.pose or source.poses[0]
        found = [pose]
        yield PosePiece(pose, 0, dict(zip(source.poses, source.scores, strict=False)).get(pose, 0.0))
        first = _DRAWN * (self._memory.count + 1) + _AGAIN * (self._seed or 0)
        for seed in range(first, first + _TRIES * (count - 1)):
            if source.base is None:
                pieces = self._model.generate_stream(source.asked, 1, seed)
            else:
                pieces = self._model.edit_stream(source.base, source.asked, 1, seed)
            drawn = next(piece for piece in pieces if isinstance(piece, PosePiece))
            if drawn.pose not in found:
                found.append(drawn.pose)
                yield replace(drawn, candidate=len(found) - 1)
            if len(found) == count:
                break
        told = says("offered", count=len(found)) if len(found) > 1 else says("nothing_else")
        yield TextPiece(told)

    def _described(self, pose: Pose) -> Iterator[Piece]:
        yield PosePiece(pose)
        yield from self._model.describe_stream(pose, self._seed)


def _sorted_out(pieces: Iterator[Piece]) -> tuple[list[TextPiece], list[PosePiece], list[Piece]]:
    """Words, poses and what was seen apart, the words closed by a space since more words follow."""
    words: list[TextPiece] = []
    poses: list[PosePiece] = []
    seen: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, PosePiece):
            poses.append(piece)
        elif isinstance(piece, PhotoPiece):
            seen.append(piece)
        else:
            words.append(piece)
    return words + [TextPiece(" ")] * bool(words), poses, seen

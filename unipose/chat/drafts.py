"""What each kind of turn does: the words and poses of its answer, made as they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from unipose.body.pose import Pose
from unipose.chat.looking import Look
from unipose.chat.memory import Memory, Sighting
from unipose.chat.ranking import judged
from unipose.chat.references import Reference, says
from unipose.chat.turns import PhotoPiece, Piece, PosePiece, TextPiece, Turn
from unipose.chat.understanding import stated
from unipose.chat.unipose import UniPose


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
    look: Look | None = None

    def take(self, piece: Piece) -> None:
        """Add the next piece of the answer."""
        if isinstance(piece, TextPiece):
            self.text += piece.text
        elif isinstance(piece, PhotoPiece):
            self.look = replace(piece.look, picture=None)  # large, and at hand where the photo is
        else:
            self.poses.append(piece.pose)

    def turn(self, in_view: Pose | None) -> Turn:
        """The turn as far as it came; ``in_view`` is the pose before it."""
        poses = tuple(self.poses)
        pose = poses[0] if poses else None if self.kind == "reset" else in_view
        verdicts = judged(self.asked, poses[0], self.base) if poses and self.asked else ()
        told = self.text.strip()
        return Turn(self.user, self.kind, told, poses, pose, self.base, self.photo, verdicts, self.asked, self.look)


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

    def describe(self, text: str, pose: Pose) -> Draft:
        """A pose in words."""
        return Draft(text, "describe", self._model.describe_stream(pose, self._seed), base=pose)

    def ask(self, question: str, pose: Pose) -> Draft:
        """A question about a pose; what changed, changed since the pose that was last seen beside it."""
        others = [other for other in self._memory.seen() if other != pose]
        words = self._model.ask_stream(pose, question, others[-1] if others else None, self._seed)
        return Draft(question, "ask", words, base=pose, asked=question)

    def compare(self, text: str, named: list[Reference]) -> Draft:
        """Two poses, of which some may be named.

        Raises:
            UserError: there are no two.
        """
        before, after = self._memory.pair(named)
        return Draft(text, "compare", self._model.compare_stream(before, after, self._seed), base=before)

    def mirror(self, text: str, pose: Pose) -> Draft:
        """A pose with its sides exchanged, described."""
        return Draft(text, "mirror", self._described(pose.mirror()), base=pose)

    def show(self, text: str, pose: Pose) -> Draft:
        """An older pose again, described."""
        return Draft(text, "show", self._described(pose))

    def undo(self, text: str, times: int) -> Draft:
        """The last changes of pose taken back, and what was asked for there told."""
        changed = self._memory.last_change(times)
        told = says("nothing_to_undo") if changed is None else says("undone", user=self._memory.turn(changed).user)
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
        yield from words
        yield from self._model.describe_stream(poses[0].pose, self._seed)
        yield from poses

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
        yield from words
        yield from self._model.compare_stream(base, poses[0].pose, self._seed)
        yield from poses

    def _described(self, pose: Pose) -> Iterator[Piece]:
        yield from self._model.describe_stream(pose, self._seed)
        yield PosePiece(pose)


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

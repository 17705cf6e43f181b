"""A conversation: turns, the pose in view, and which pose a sentence is about."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from unipose.body.pose import Pose
from unipose.chat import directing, ellipsis, leaning, references, routing
from unipose.chat.memory import Memory
from unipose.chat.ranking import judged
from unipose.chat.references import complaint, says
from unipose.chat.talk import Heard, hear, pictured, puzzled, read, said, strange, unanswered, understood
from unipose.chat.turns import Event, PosePiece, TextPiece, Turn, TurnDone, UserError
from unipose.chat.understanding import hinted
from unipose.chat.unipose import Piece, UniPose, check_text
from unipose.language.reading.routes import classify

MAX_TURNS = 200
_POSES = ("generate", "edit", "retry")  # "retry" is found in the words as they stand, or not at all


class Session:
    """One conversation with a model that others may share.

    A turn streams its words, then its poses, then :class:`TurnDone`. Closing the stream early, :meth:`stop`, or
    sending something else ends a turn where it is: the words said so far are kept, and the pose only if it was
    already handed out. An error leaves the conversation as it was.

    Args:
        model: answers.
        max_turns: after so many a new conversation is asked for.
        candidates: poses a generate or edit turn offers; the best one goes into view.
    """

    def __init__(self, model: UniPose, max_turns: int = MAX_TURNS, candidates: int = 1) -> None:
        self.model = model
        self.max_turns = max_turns
        self.candidates = candidates
        self._turns: list[Turn] = []
        self._running: _Draft | None = None
        self._retries = 0
        # A web server may resume one stream on several threads, so a stream never holds the lock between events.
        self._lock = threading.Lock()

    @property
    def turns(self) -> list[Turn]:
        """The finished turns, oldest first."""
        return list(self._turns)

    @property
    def pose(self) -> Pose | None:
        """The pose in view."""
        return self._turns[-1].pose if self._turns else None

    # -- what a person can do ----------------------------------------------------------------------------------

    def send(self, text: str, photo: Any = None) -> Iterator[Event]:
        """Say something. Checks run now; the model runs as the events are taken.

        Args:
            text: 1 to 2000 characters; with a photo it may be empty.
            photo: path or PIL image of a person, whose pose is asked for.

        Raises:
            UserError: for bad input, or a request that needs a pose before there is one.

        "Try again" is :meth:`retry` in words. "Undo" in words takes back the last change of pose: all turns from the
        one that brought the pose in view, so also what was only said since. :meth:`undo` takes back one turn.
        """
        return self._send(text, photo, seed=None)

    def stop(self) -> Turn | None:
        """End the answer that is streaming and keep what came; ``None`` when nothing was."""
        with self._lock:
            draft, self._running = self._running, None
            if draft is None or (draft.replaces and not draft.begun):
                return None
            return self._keep(draft)

    def undo(self) -> Turn | None:
        """Forget the last turn, words and pose together, and return it; ``None`` when there is none."""
        self.stop()
        with self._lock:
            return self._turns.pop() if self._turns else None

    def rewind(self, count: int) -> list[Turn]:
        """Forget all turns but the first ``count`` and return them."""
        self.stop()
        with self._lock:
            taken = self._turns[count:]
            del self._turns[count:]
            return taken

    def revise(self, count: int, text: str, photo: Any = None) -> Iterator[Event]:
        """Say something after the first ``count`` turns, in the place of all later ones.

        Those leave with the first event of the new answer: refused, failed, or stopped before it, it costs none.

        Raises:
            UserError: as :meth:`send`.
        """
        return self._send(text, photo, seed=None, after=count)

    def retry(self) -> Iterator[Event]:
        """Answer the last turn anew, with other dice; the old answer leaves as in :meth:`revise`.

        Raises:
            UserError: when there is no turn yet.
        """
        self.stop()
        if not self._turns:
            raise UserError(complaint("nothing_to_retry"))
        return self._again(len(self._turns) - 1)

    def _again(self, count: int | None) -> Iterator[Event]:
        """Answer the turn after ``count`` others anew, in the place of it and all later ones."""
        if count is None:
            raise UserError(complaint("nothing_to_retry"))
        turn = self._turns[count]
        self._retries += 1
        return self._send(turn.user, turn.photo, seed=self._retries, after=count)

    # -- streaming ---------------------------------------------------------------------------------------------

    def _send(self, text: str, photo: Any, seed: int | None, after: int | None = None) -> Iterator[Event]:
        self.stop()
        text = "" if photo is not None and not (text or "").strip() else check_text(text)
        if photo is None and after is None and classify(text, self.pose is not None) == "retry":
            return self._again(Memory(self._turns).again())
        replaced = [] if after is None else self.rewind(after)
        try:
            if len(self._turns) >= self.max_turns:
                raise UserError(complaint("too_many_turns", limit=self.max_turns))
            draft = self._plan(text, photo, seed)
        finally:
            self._turns += replaced
        draft.replaces = replaced
        return self._stream(draft)

    def _stream(self, draft: _Draft) -> Iterator[Event]:
        with self._lock:
            self._running = draft
        try:
            for piece in draft.pieces:
                with self._lock:
                    if self._running is not draft:  # stopped, or something else was sent meanwhile
                        return
                    self._begin(draft)
                    draft.take(piece)
                yield piece
            with self._lock:
                if self._running is not draft:
                    return
                self._begin(draft)
                self._running = None
                turn = self._undo_by_word(draft) if draft.kind == "undo" else self._keep(draft)
            yield TurnDone(turn)
        except GeneratorExit:
            if self._running is draft:
                self.stop()
            raise
        except BaseException:
            with self._lock:
                if self._running is draft:
                    self._running = None
                    if draft.begun:
                        self._turns += draft.replaces
            raise

    def _begin(self, draft: _Draft) -> None:
        """There is something of the answer: what it replaces leaves, unless that has changed meanwhile."""
        if draft.begun:
            return
        draft.begun = True
        count = max(0, len(self._turns) - len(draft.replaces))
        if [id(turn) for turn in self._turns[count:]] == [id(turn) for turn in draft.replaces]:
            del self._turns[count:]
        else:
            draft.replaces = []

    def _keep(self, draft: _Draft) -> Turn:
        turn = draft.turn(in_view=self.pose)
        self._turns.append(turn)
        return turn

    def _undo_by_word(self, draft: _Draft) -> Turn:
        changed = Memory(self._turns).last_change(draft.times)
        if changed is not None:
            del self._turns[changed:]
        return draft.turn(in_view=self.pose)

    # -- understanding -----------------------------------------------------------------------------------------

    def _plan(self, text: str, photo: Any, seed: int | None) -> _Draft:
        """What this turn does, decided before the model runs."""
        memory = Memory(self._turns)
        if photo is not None:
            pieces = self.model.estimate_stream(photo, text or None, seed)
            return _Draft(text, "estimate", self._with_description(pieces, seed), photo=photo, asked=text)
        order, spoken = memory.orders()
        number = len(self._turns) + (seed or 0)
        heard = Heard(text) if memory.last_move() is not None and leaning.leans(text) else hear(text, number)
        if not heard.rest:
            return _Draft(text, "talk", iter([TextPiece(heard.remark)]))
        draft = self._meant(heard.rest, memory, order, spoken, seed)
        if draft is None:
            answer = puzzled(heard.rest, self.pose is not None, number)
            return _Draft(text, "talk", iter([TextPiece(answer)]))
        draft.user = text
        if heard.remark:
            draft.pieces = itertools.chain([TextPiece(f"{heard.remark} ")], draft.pieces)
        return draft

    def _meant(
        self, text: str, memory: Memory, order: str | None, spoken: list[str], seed: int | None
    ) -> _Draft | None:
        """The turn for words that ask something of a pose; ``None`` when they are not understood."""
        text = routing.proposed(routing.pointed(routing.focus(text), self.pose))
        made = memory.made()
        if made is not None and (asked := ellipsis.corrected(text, made.asked)) is not None:
            return self._generated(asked, seed) if made.base is None else self._changed(made.base, asked, seed)
        question = ellipsis.question(text, memory.question()) if self.pose is not None else None
        if question is not None:
            return self._asked(memory.find("current"), question, seed)
        if self.pose is not None and self._route(text) in (*_POSES, "describe") and routing.wonders(text):
            name = routing.likely(text, "ask", True)
            if not (name and said(name, 0)) and name not in ("describe", "compare") and ellipsis.names_part(text):
                return self._asked(memory.find("current"), routing.question(text), seed)
        mirrored = references.mirrored(text) or references.exchanged(text)
        try:
            route = self._route(text)
            spoken_of = route in ("undo", "describe", "compare") and not ellipsis.names_part(text)
            spoken_of = spoken_of or (route == "ask" and "?" in text and not leaning.leans(text))
            full = None if spoken_of else leaning.in_full(text, order, spoken, memory.last_move())
        except UserError:  # it leans on nothing that was said, but "the other way round" may be one for the mirror
            if mirrored is None:
                raise
            full = None
        if full is None and self.pose is not None and self._route(text) in ("edit", "generate"):
            full = directing.in_full(text, self.pose)
        if full is not None:
            return self._changed(memory.find("current"), full, seed)
        if (wanted := references.shown(text)) is not None:
            return _Draft(text, "show", self._shown(memory.find(wanted), seed))
        if mirrored is not None:
            pose = memory.find(mirrored)
            return _Draft(text, "mirror", self._mirrored(pose, seed), base=pose)
        if references.fresh(text):
            return _Draft(text, "reset", iter([TextPiece(says("fresh"))]))
        if (which := references.recalled(text)) is not None:
            return _Draft(text, "talk", iter([TextPiece(_recalled(which, memory.said()))]))
        return self._routed(text, memory, seed)

    def _routed(self, text: str, memory: Memory, seed: int | None) -> _Draft | None:
        times = references.taken_back(text)
        kind = "undo" if times else self._route(text)
        which, order = references.split_base(text)
        told = which is not None and read(order)  # "go back to the first one and kneel"
        if kind in (*_POSES, "describe") and not told:
            draft = self._likely(text, kind, memory, seed)
            if draft is not None and (kind != "describe" or draft.kind == "talk"):  # who says describe, means it
                return draft
        if kind == "generate" and self.pose is not None and (which is not None or references.amends(text)):
            kind = "edit"  # "take the first one and kneel"
        if kind == "undo":
            return _Draft(text, kind, iter([TextPiece(self._undo_words(max(1, times)))]), times=max(1, times))
        if kind == "retry":  # in the place of turns that leave: it is not known which is meant
            raise UserError(complaint("nothing_to_retry"))
        if kind == "help":
            return _Draft(text, "talk", iter([TextPiece(says("help"))]))
        if kind == "describe" and self.pose is not None and strange(text):
            return _Draft(text, "talk", iter([TextPiece(unanswered(len(self._turns)))]))
        if kind in ("describe", "ask"):
            pose = memory.find(next((r for r in references.mentions(text) if r != "current"), "current"))
            if kind == "ask":
                return self._asked(pose, text, seed)
            return _Draft(text, kind, self.model.describe_stream(pose, seed), base=pose)
        if kind == "compare":
            before, after = memory.pair(references.mentions(text))
            return _Draft(text, kind, self.model.compare_stream(before, after, seed), base=before)
        about_a_body = pictured if self.pose is not None else understood
        if not (read(order) or hinted(order) or (kind == "generate" and about_a_body(order))):
            return None
        if kind == "edit":
            return self._changed(memory.find(which or "current"), order, seed)
        return self._generated(text, seed)

    def _likely(self, text: str, kind: str, memory: Memory, seed: int | None) -> _Draft | None:
        """The turn for words that are like those of another intent; ``None`` where they are what they seem."""
        name = routing.likely(text, kind, self.pose is not None)
        if name in ("more", "less", "other_side"):
            last, (order, spoken) = memory.last_move(), memory.orders()
            full = None if last is None else leaning.by_intent(name, text, order, spoken, last)
            if full is None and name == "other_side":
                pose = memory.find("current")
                return _Draft(text, "mirror", self._mirrored(pose, seed), base=pose)
            return None if full is None else self._changed(memory.find("current"), full, seed)
        if name == "first":
            return _Draft(text, "show", self._shown(memory.find("first"), seed))
        if name == "undo":
            return _Draft(text, "undo", iter([TextPiece(self._undo_words(1))]))
        if name == "ask":
            return self._asked(memory.find("current"), routing.question(text), seed)
        if name == "describe" and kind != "describe":
            pose = memory.find("current")
            return _Draft(text, "describe", self.model.describe_stream(pose, seed), base=pose)
        if name == "compare":
            before, after = memory.pair(references.mentions(text))
            return _Draft(text, "compare", self.model.compare_stream(before, after, seed), base=before)
        answer = said(name, len(self._turns)) if name else ""
        return _Draft(text, "talk", iter([TextPiece(answer)])) if answer else None

    def _route(self, text: str) -> str:
        """What is wanted; words before it ("oh no, undo") do not hide a wish that is none for a pose."""
        kind, led = classify(text, self.pose is not None), references.led(text)
        if kind in _POSES and led and led != text:
            bare = classify(led, self.pose is not None)
            return kind if bare in _POSES else bare
        return kind

    # -- drafts ------------------------------------------------------------------------------------------------

    def _changed(self, base: Pose, order: str, seed: int | None) -> _Draft:
        return _Draft(order, "edit", self._edited(base, order, seed), base=base, asked=order)

    def _generated(self, text: str, seed: int | None) -> _Draft:
        poses = self.model.generate_stream(text, self.candidates, seed)
        return _Draft(text, "generate", self._with_description(poses, seed), asked=text)

    def _asked(self, pose: Pose, question: str, seed: int | None) -> _Draft:
        others = [other for other in Memory(self._turns).seen() if other != pose]
        words = self.model.ask_stream(pose, question, others[-1] if others else None, seed)
        return _Draft(question, "ask", words, base=pose, asked=question)

    # -- answering ---------------------------------------------------------------------------------------------

    def _with_description(self, pieces: Iterator[Piece], seed: int | None) -> Iterator[Piece]:
        words, poses = _sorted_out(pieces)
        yield from words
        yield from self.model.describe_stream(poses[0].pose, seed)
        yield from poses

    def _edited(self, base: Pose, order: str, seed: int | None) -> Iterator[Piece]:
        words, poses = _sorted_out(self.model.edit_stream(base, order, self.candidates, seed))
        yield from words
        yield from self.model.compare_stream(base, poses[0].pose, seed)
        yield from poses

    def _mirrored(self, pose: Pose, seed: int | None) -> Iterator[Piece]:
        mirrored = pose.mirror()
        yield from self.model.describe_stream(mirrored, seed)
        yield PosePiece(mirrored)

    def _shown(self, pose: Pose, seed: int | None) -> Iterator[Piece]:
        yield from self.model.describe_stream(pose, seed)
        yield PosePiece(pose)

    def _undo_words(self, times: int) -> str:
        changed = Memory(self._turns).last_change(times)
        if changed is None:
            return says("nothing_to_undo")
        return says("undone", user=self._turns[changed].user)


@dataclass
class _Draft:
    """A turn in the making.

    ``asked`` is what its pose is to do, or the question, in full; ``times`` is how many changes are taken back.
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

    def take(self, piece: Piece) -> None:
        if isinstance(piece, TextPiece):
            self.text += piece.text
        else:
            self.poses.append(piece.pose)

    def turn(self, in_view: Pose | None) -> Turn:
        poses = tuple(self.poses)
        pose = poses[0] if poses else None if self.kind == "reset" else in_view
        verdicts = judged(self.asked, poses[0], self.base) if poses and self.asked else ()
        return Turn(self.user, self.kind, self.text.strip(), poses, pose, self.base, self.photo, verdicts, self.asked)


def _recalled(which: str, said: list[str]) -> str:
    if not said:
        return says("nothing_recalled")
    return says("recalled", user=said[0] if which == "first" else said[-1])


def _sorted_out(pieces: Iterator[Piece]) -> tuple[list[Piece], list[PosePiece]]:
    """Words and poses apart, the words closed by a space since more words follow."""
    words: list[Piece] = []
    poses: list[PosePiece] = []
    for piece in pieces:
        if isinstance(piece, PosePiece):
            poses.append(piece)
        else:
            words.append(piece)
    return words + [TextPiece(" ")] * bool(words), poses

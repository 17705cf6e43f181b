"""A conversation: its turns as they are answered, stopped, taken back and answered anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.chat.checks import check_text
from unipose.chat.drafts import Draft, Drafts
from unipose.chat.memory import Memory, Sighting
from unipose.chat.planning import Planner
from unipose.chat.ranking import judged
from unipose.chat.references import complaint, says
from unipose.chat.turns import Event, Turn, TurnDone, UserError
from unipose.chat.unipose import UniPose
from unipose.language.reading.routes import classify

MAX_TURNS = 120

_LEAVING = 12  # one in so many turns leaves along with one that must
_NOT_ANSWERED = ("hand", "file", "library", "pick")  # kinds of turns whose pose no model made


class Session:
    """One conversation with a model that others may share.

    A turn streams its poses, then its words, then :class:`TurnDone`; one that reads a photo tells in between what was
    seen. Closing the stream early, :meth:`stop`, or sending something else ends a turn where it
    is: the words said so far are kept, and the pose only if it was already handed out. An error leaves the
    conversation as it was.

    Args:
        model: answers.
        max_turns: so many are remembered at most; of a longer conversation the oldest leave, of a long one several at a
            time, so that whoever shows it need not begin anew with every turn.
        candidates: poses a generate or edit turn offers; the best one goes into view.
    """

    def __init__(self, model: UniPose, max_turns: int = MAX_TURNS, candidates: int = 1) -> None:
        self.model = model
        self.max_turns = max_turns
        self.candidates = candidates
        self.forgotten = 0
        """How many turns have left."""
        self._turns: list[Turn] = []
        self._running: Draft | None = None
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
        return Memory(self._turns).pose

    @property
    def offered(self) -> tuple[tuple[Pose, ...], Turn | None]:
        """The poses to choose from, those of the turn underway included, and the turn that made the pose in view.

        No poses where there is only that one, and no turn where no words made it.
        """
        underway = self.underway
        memory = Memory([*self._turns, *([underway] if underway else [])])
        return memory.offered(), memory.source()

    @property
    def underway(self) -> Turn | None:
        """The turn that is being answered, as far as it came; ``None`` when none is, or nothing came of it yet."""
        with self._lock:
            draft = self._running
            return None if draft is None or not draft.begun else draft.turn(in_view=self.pose)

    @property
    def sighting(self) -> Sighting | None:
        """The photo that the conversation is about, the one of the turn underway included."""
        underway = self.underway
        return Memory([*self._turns, *([underway] if underway else [])]).sighting()

    # -- what a person can do ----------------------------------------------------------------------------------

    def send(self, text: str, photo: Any = None) -> Iterator[Event]:
        """Say something. Checks run now; the model runs as the events are taken.

        Args:
            text: 1 to 2000 characters; with a photo it may be empty.
            photo: path or PIL image of a person, whose pose is asked for. Later turns may name another person in it
                ("the one on the left") or tell what is known of them ("her left arm is behind her back"), see
                :mod:`unipose.chat.photo_talk`.

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

    def adopt(self, pose: Pose, user: str, text: str, kind: str) -> Turn:
        """Take a pose that was made elsewhere into view, as a turn of its own.

        Args:
            pose: turned by hand, read from a file, or chosen from a library.
            user: what the person did, in their words; it may be empty.
            text: what is answered.
            kind: see :class:`Turn`. A ``hand`` turn right after another takes its place: together they are one change.

        """
        self.stop()
        with self._lock:
            last = self._turns[-1] if self._turns else None
            base = self.pose or (standing() if kind == "hand" else None)  # who is seen when nobody is there yet
            if last is not None and kind == last.kind == "hand":
                base = last.base
                self._turns.pop()
            return self._add(Turn(user, kind, text, (pose,), pose, base))

    def bring(self, count: int) -> Turn | None:
        """Take the pose that was in view after turn number ``count`` (from 0) into view again, without the model.

        It is a turn of its own, of kind ``pick``, without words of the person; what is said next starts from its pose.
        Picks in a row leave one turn, the last. ``None`` where that pose is in view already, or was none.
        """
        self.stop()
        with self._lock:
            turn = self._turns[count]
            what = turn.asked or turn.user or turn.text
            return None if turn.pose is None else self._pick(turn.pose, says("brought", user=what))

    def pick(self, number: int) -> Turn | None:
        """Take one of the poses to choose from into view, by its number from 0; see :meth:`bring`.

        Raises:
            UserError: there is no such pose.
        """
        self.stop()
        with self._lock:
            offered = self._offered()
            if not 0 <= number < len(offered):
                raise UserError(complaint("too_few_poses", found=len(offered)))
            return self._pick(offered[number], says("picked", number=number + 1, count=len(offered)))

    def branch(self, count: int) -> Session:
        """Another conversation that shares the first ``count`` turns; this one stays as it is."""
        other = Session(self.model, self.max_turns, self.candidates)
        other._turns, other.forgotten = self._turns[:count], self.forgotten
        return other

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
            UserError: when there is no turn yet, or the last one's pose was not made here but turned by hand, read from
                a file, taken from the library or picked.
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
        if turn.kind in _NOT_ANSWERED:
            raise UserError(complaint(f"again_{turn.kind}"))
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
            draft = self._plan(text, photo, seed)
        finally:
            self._turns += replaced
        draft.replaces = replaced
        return self._stream(draft)

    def _stream(self, draft: Draft) -> Iterator[Event]:
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

    def _begin(self, draft: Draft) -> None:
        """There is something of the answer: what it replaces leaves, unless that has changed meanwhile."""
        if draft.begun:
            return
        draft.begun = True
        count = max(0, len(self._turns) - len(draft.replaces))
        if [id(turn) for turn in self._turns[count:]] == [id(turn) for turn in draft.replaces]:
            del self._turns[count:]
        else:
            draft.replaces = []

    def _keep(self, draft: Draft) -> Turn:
        return self._add(draft.turn(in_view=self.pose))

    def _add(self, turn: Turn) -> Turn:
        self._turns.append(turn)
        extra = max(0, len(self._turns) - self.max_turns)
        extra += self.max_turns // _LEAVING if extra else 0
        del self._turns[:extra]
        self.forgotten += extra
        return turn

    def _offered(self) -> tuple[Pose, ...]:
        return Memory(self._turns).offered()

    def _pick(self, pose: Pose, told: str) -> Turn | None:
        source = Memory(self._turns).source(pose)
        if self._turns[-1].kind == "pick":
            self._turns.pop()
        if pose == self.pose:
            return None
        if source is None:
            return self._add(Turn("", "pick", told, (pose,), pose))
        base, asked = source.base, source.asked
        return self._add(Turn("", "pick", told, (pose,), pose, base, None, judged(asked, pose, base), asked))

    def _undo_by_word(self, draft: Draft) -> Turn:
        changed = Memory(self._turns).last_change(draft.times)
        if changed is not None:
            del self._turns[changed:]
        return draft.turn(in_view=self.pose)

    def _plan(self, text: str, photo: Any, seed: int | None) -> Draft:
        """What this turn does, decided before the model runs."""
        memory = Memory(self._turns)
        drafts = Drafts(self.model, memory, self.candidates, seed)
        return drafts.estimate(text, photo) if photo is not None else Planner(memory, drafts, seed or 0).plan(text)

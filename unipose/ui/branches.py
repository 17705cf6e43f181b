"""The conversations of one visitor: branches that share how they began."""

from __future__ import annotations

from unipose.chat import Session, UserError

MAX_BRANCHES = 6
_LONGEST = 26  # characters of a name


class Branches:
    """Conversations, one of them in view.

    Args:
        first: in view.
    """

    def __init__(self, first: Session) -> None:
        self.sessions = [first]
        self.current = first

    def add(self, session: Session) -> None:
        """One more conversation, in view from now on. Those that are empty make room.

        Raises:
            UserError: there are ``MAX_BRANCHES``.
        """
        kept = [each for each in self.sessions if each.turns]
        if len(kept) >= MAX_BRANCHES:
            raise UserError(f"there are {MAX_BRANCHES} conversations already; clear one to branch off another")
        self.sessions = [*kept, session]
        self.current = session

    def replace(self, session: Session) -> None:
        """A conversation in the place of the one in view."""
        self.sessions[self.sessions.index(self.current)] = session
        self.current = session

    def turn_to(self, number: int) -> None:
        """Conversation ``number``, from 0, comes into view; nothing happens where there is none."""
        if 0 <= number < len(self.sessions):
            self.current = self.sessions[number]

    def told(self) -> tuple[int, tuple[str, ...]]:
        """The number of the conversation in view, and a name for each, after what was said last in it."""
        names = (f"{number} · {_name(each)}" for number, each in enumerate(self.sessions, 1))
        return self.sessions.index(self.current), tuple(names)


def _name(session: Session) -> str:
    said = next((turn.user for turn in reversed(session.turns) if turn.user), "New conversation")
    words = " ".join(said.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"

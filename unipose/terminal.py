"""What a person at a terminal sees and says: answers, messages, refusals in one line, and a conversation.

Answers go to standard output, everything else to standard error.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from unipose.body.pose import Pose
    from unipose.chat import Session

BAD_INPUT = 2
"""Exit code of a refusal."""


def answer(text: str, poses: list[Pose], seconds: float, as_json: bool, **more: Any) -> None:
    """Print an answer: its words, or the one object of ``--json`` with what is in ``more`` besides."""
    if as_json:
        numbers = [[[round(float(v), 6) for v in joint] for joint in pose.axis_angle] for pose in poses]
        typer.echo(json.dumps({"text": text, "poses": numbers, "seconds": round(seconds, 4), **more}))
    else:
        typer.echo(text)


def measured(measure: Callable[[], dict[str, float]], as_json: bool) -> None:
    """Print the figures that ``measure`` finds, one a line."""
    started = time.perf_counter()
    figures = measure()
    width = max(map(len, figures), default=0)
    lines = "\n".join(f"{name:<{width}}  {value:.4g}" for name, value in figures.items())
    answer(lines, [], time.perf_counter() - started, as_json, figures=figures)


def say(message: str) -> None:
    """A message that is no answer."""
    typer.echo(message, err=True)


def fail(message: str) -> NoReturn:
    """Refuse: one line, and the exit code of bad input."""
    say(flat(message))
    raise typer.Exit(BAD_INPUT)


def flat(message: str) -> str:
    """The message in one line."""
    return " ".join(message.split())


@contextmanager
def one_line(about: str = "") -> Iterator[None]:
    """Wrong values and files that cannot be read or written are the user's to mend.

    Args:
        about: the option that mends it, told before the message.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        fail(f"{about}: {error}" if about else str(error))


def converse(session: Session, as_json: bool) -> None:
    """Answer the lines typed, until an empty one or the end of input. What cannot be done is said, and on it goes."""
    say('Say a posture, then change it. "help" tells more, "save FILE" keeps the pose in view.')
    while line := _ask():
        try:
            if line.startswith("save "):
                _keep(session, Path(line.removeprefix("save ").strip()))
            else:
                _play(session, line, as_json)
        except ValueError as error:
            say(flat(str(error)))


def _ask() -> str:
    """The next line typed; empty at the end of input."""
    if sys.stdin.isatty():
        typer.echo("> ", nl=False, err=True)
    return sys.stdin.readline().strip()


def _play(session: Session, line: str, as_json: bool) -> None:
    from unipose.chat import TextPiece, TurnDone

    started = time.perf_counter()
    for event in session.send(line):
        if isinstance(event, TextPiece) and not as_json:
            typer.echo(event.text, nl=False)
        elif isinstance(event, TurnDone):
            turn = event.turn
            if as_json:
                answer(turn.text, list(turn.poses), time.perf_counter() - started, as_json)
            else:
                typer.echo("")


def _keep(session: Session, path: Path) -> None:
    if session.pose is None:
        say("there is no pose to save yet")
        return
    try:
        say(f"wrote {session.pose.save(path)}")
    except OSError as error:
        raise ValueError(f"'{path}' cannot be written: {error.strerror or error}; save elsewhere") from None

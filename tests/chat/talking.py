"""A turn of a conversation, to its end or stopped once it is clear what it is."""

from unipose.chat import TurnDone


def say(session, text, **given):
    events = list(session.send(text, **given))
    assert isinstance(events[-1], TurnDone)
    return events[-1].turn


def begin(session, text):
    """The turn as far as its first piece: a pose, where it brings one. What is told of it takes longest."""
    answer = session.send(text)
    next(answer)
    return session.stop()

"""A turn of a conversation, to its end."""

from unipose.chat import TurnDone


def say(session, text, **given):
    events = list(session.send(text, **given))
    assert isinstance(events[-1], TurnDone)
    return events[-1].turn

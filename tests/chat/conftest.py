"""What tests of conversations share."""

import pytest

from unipose.chat import Session

from .talking import say


@pytest.fixture
def session(tiny):
    return Session(tiny)


@pytest.fixture
def talk(session):
    """A conversation with three poses."""
    for text in ("Lift your left leg.", "Now raise both arms.", "Now bend your knees."):
        say(session, text)
    return session

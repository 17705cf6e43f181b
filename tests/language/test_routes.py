"""What a message asks for."""

import pytest

from unipose.language.routes import ROUTES, classify

ASKS = [
    ("generate", "a person sitting on the floor", True),
    ("generate", "someone waving", True),
    ("generate", "show me a handstand", True),
    ("generate", "kneel down", True),
    ("generate", "a new pose: lying on the back", True),
    ("generate", "arms up", False),
    ("generate", "raise your left arm", False),
    ("generate", "make the arms straighter", False),
    ("edit", "raise your left arm", True),
    ("edit", "now look up", True),
    ("edit", "also turn the head left", True),
    ("edit", "bend the knees more", True),
    ("edit", "lift the left leg a bit higher", True),
    ("edit", "lower the arms", True),
    ("edit", "put your hands on your hips", True),
    ("edit", "mirror it", True),
    ("edit", "the left arm should be higher", True),
    ("describe", "describe the pose", True),
    ("describe", "what is he doing?", True),
    ("describe", "What is the person doing", True),
    ("describe", "is she standing?", True),
    ("describe", "what pose is this", True),
    ("compare", "what changed?", True),
    ("compare", "what's the difference between the two", True),
    ("compare", "compare them", True),
    ("undo", "undo", True),
    ("undo", "Undo that please", True),
    ("undo", "go back", True),
    ("help", "help", False),
    ("help", "what can you do?", True),
    ("help", "how do I use this?", False),
]


@pytest.mark.parametrize(("route", "text", "has_pose"), ASKS)
def test_examples(route, text, has_pose):
    assert classify(text, has_pose) == route


def test_every_route_is_exercised():
    assert {route for route, _, _ in ASKS} == set(ROUTES)


@pytest.mark.parametrize("text", ["", "   ", "???", "asdf qwer", "a" * 2000])
def test_any_text_has_a_route(text):
    assert classify(text, True) in ROUTES

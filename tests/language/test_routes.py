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
    ("undo", "back", True),
    ("undo", "Revert.", True),
    ("undo", "Could you undo that?", True),
    ("undo", "never mind", True),
    ("edit", "never mind the legs, raise your arms", True),
    ("edit", "Go back to the first one and raise both arms", True),
    ("generate", "revert to the first pose", True),
    ("edit", "go back to standing", True),
    ("edit", "go back up", True),
    ("retry", "redo", True),
    ("retry", "Try again!", True),
    ("retry", "another one", True),
    ("retry", "again", True),
    ("edit", "again, raise your arms", True),
    ("help", "reset", True),
    ("help", "start over", True),
    ("help", "help", False),
    ("help", "Hello", False),
    ("help", "hi there!", True),
    ("help", "thanks", True),
    ("help", "ok", True),
    ("help", "yes", True),
    ("help", "no", True),
    ("help", "good", True),
    ("help", "Wow, very nice!", True),
    ("edit", "Great, now raise both arms", True),
    ("edit", "No, raise your right arm", True),
    ("edit", "Put your arms in a T-pose", True),
    ("edit", "Put him in a sitting pose", True),
    ("describe", "put this pose in words", True),
    ("edit", "Can you raise both arms?", True),
    ("edit", "could you lift the left leg?", True),
    ("edit", "please can you bend the knees", True),
    ("edit", "OK now raise the arms", True),
    ("edit", "Actually raise the right arm", True),
    ("edit", "don't bend the knees", True),
    ("edit", "You should lift the left leg", True),
    ("edit", "left arm up", True),
    ("edit", "right arm up", True),
    ("edit", "arms down", True),
    ("edit", "left foot forward", True),
    ("edit", "arms up", True),
    ("generate", "someone with raised arms", True),
    ("compare", "what moved?", True),
    ("compare", "Is the left arm higher than before?", True),
    ("compare", "How is it compared to the first one?", True),
    ("edit", "How about raising the left arm?", True),
    ("edit", "What if he raised his arms?", True),
    ("generate", "How about raising the left arm?", False),
    ("describe", "How about the left arm?", True),
    ("edit", "raise the arm higher compared to before", True),
    ("edit", "make it kneel", True),
    ("edit", "make him sit", True),
    ("edit", "have him sit down", True),
    ("edit", "let him kneel", True),
    ("edit", "keep the arms but kneel", True),
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

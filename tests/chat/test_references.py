"""Which pose a sentence speaks of."""

import pytest

from unipose.chat import references


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Describe it.", ["current"]),
        ("Describe that pose", ["current"]),
        ("describe the previous one", ["previous"]),
        ("What was it like before?", ["current", "previous"]),
        ("Compare it with the first one", ["current", "first"]),
        ("compare the first pose and the previous pose", ["first", "previous"]),
        ("How does the original differ from the one before that?", ["first", "previous"]),
        ("now compare with the first", ["first"]),
        ("compare the second and the third", ["second", "third"]),
        ("What changed?", []),
        ("First, where is the left hand?", []),
    ],
)
def test_questions_name_poses(question, named):
    assert references.mentions(question) == named


@pytest.mark.parametrize(
    ("order", "base", "rest"),
    [
        ("Take the first one and raise both arms.", "first", "raise both arms."),
        ("start from the original, bend your left knee", "first", "bend your left knee"),
        ("In the previous pose, bend the left knee", "previous", "bend the left knee"),
        ("Raise both arms in the first one.", "first", "Raise both arms."),
        ("Use it and lean back", "current", "lean back"),
        ("Raise both arms.", None, "Raise both arms."),
        ("Raise your arms higher than before.", None, "Raise your arms higher than before."),
        ("First raise your arms.", None, "First raise your arms."),
        ("like before but with bent knees", "previous", "with bent knees"),
        ("the same as the second one, but kneeling", "second", "kneeling"),
        ("Take the first one", None, "Take the first one"),
        ("Go back to the first one and raise both arms", "first", "raise both arms"),
    ],
)
def test_orders_bring_their_pose(order, base, rest):
    assert references.split_base(order) == (base, rest)


@pytest.mark.parametrize(
    ("order", "which"),
    [
        ("Mirror it.", "current"),
        ("Now mirror the first one, please", "first"),
        ("flip", "current"),
        ("swap left and right", "current"),
        ("with the other hand", "current"),
        ("Mirror it and raise your arms", None),
        ("Reverse the left arm", None),
    ],
)
def test_orders_to_mirror(order, which):
    assert references.mirrored(order) == which


@pytest.mark.parametrize(
    ("order", "which"),
    [
        ("go back to the first one", "first"),
        ("Show me the previous pose again, please.", "previous"),
        ("Bring back the original!", "first"),
        ("Show me a person kneeling", None),
        ("Go back to the first one and raise both arms", None),
        ("Show me that", "current"),
        ("Take the first one", "first"),
        ("Use the previous pose", "previous"),
        ("Revert to the first pose.", "first"),
        ("Take it back", None),
        ("the second one", "second"),
        ("I like the first one better", "first"),
        ("undo everything", "first"),
        ("go back to pose 2", "second"),
        ("the second one is too low", None),
    ],
)
def test_orders_to_bring_a_pose_back(order, which):
    assert references.shown(order) == which


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("start over", True),
        ("OK, reset please", True),
        ("forget it, let's start again from scratch", True),
        ("start over with the first one", False),
        ("start again from the first pose", False),
    ],
)
def test_orders_to_begin_anew(order, wanted):
    assert references.fresh(order) is wanted


@pytest.mark.parametrize(("order", "times"), [("undo twice", 2), ("go back 3 steps", 3), ("undo", 0), ("step back", 0)])
def test_orders_to_take_several_changes_back(order, times):
    assert references.taken_back(order) == times


@pytest.mark.parametrize(
    ("question", "which"), [("What did I ask for first?", "first"), ("what did I say?", "last"), ("What is it?", None)]
)
def test_questions_after_ones_own_words(question, which):
    assert references.recalled(question) == which


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("Now straighten the standing leg.", True),
        ("I'd prefer the hands lower", True),
        ("raise your hips", True),
        ("stand on the left leg", False),
        ("a man who raises his hand", False),
        ("kneel", False),
    ],
)
def test_orders_about_a_part_change_the_pose_in_view(order, wanted):
    assert references.amends(order) is wanted

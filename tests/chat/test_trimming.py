"""Orders without what they can do without."""

import pytest

from unipose.chat.trimming import ways


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("have her lean back at the station", "lean back"),
        ("bend the knees so that he can breathe", "bend the knees"),
        ("lift the arm higher, he is in the front row", "lift the arm higher"),
        ("she should turn her head to greet the mayor", "turn her head"),
        ("lean back as if it were windy", "lean back"),
        ("lift the left leg too", "lift the left leg"),
    ],
)
def test_what_an_order_is_for_or_like_is_left_out(text, way):
    assert way in list(ways(text))


@pytest.mark.parametrize("text", ["raise the left arm", "back to the start", "kneel", "bend the knee he stands on"])
def test_there_may_be_nothing_to_leave_out(text):
    assert list(ways(text)) == []


def test_what_tells_of_the_body_is_not_left_out():
    assert list(ways("bring the right hand over the left knee")) == []

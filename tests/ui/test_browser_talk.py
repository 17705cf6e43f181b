"""A conversation in a real browser: examples, suggestions, poses to choose from, poses brought back, branches."""

from __future__ import annotations

import pytest

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

from .visiting import served, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page():
    with served(
        Page(UniPose.from_pretrained(), FreeBody.load("light"), about="nano answers: <b>there is no GPU here</b>")
    ) as page:
        yield page


@pytest.fixture
def visitor(browser, page):
    with visiting(browser, page.blocks.local_url) as visitor:
        yield visitor


def settle(visitor, thumbs):
    """Wait for so many pictures of poses in the chat, and for the box."""
    visitor.tab.wait_for_function(
        "count => document.querySelectorAll('#chat .pose-thumb').length === count", arg=thumbs
    )
    visitor.tab.wait_for_selector("#box .submit-button")


def test_a_conversation_by_clicks(visitor):
    tab = visitor.tab
    assert tab.inner_text(".about") == "nano answers: <b>there is no GPU here</b>"

    tab.click("#chat .example >> nth=0")  # runs at once
    settle(visitor, 1)
    assert "Lift your left leg" in visitor.label
    assert tab.locator("#chat .marks li").count() >= 1

    tab.click("#takes [data-more]")
    settle(visitor, 2)
    takes = tab.locator("#takes .take")
    assert takes.count() >= 2
    drawn = visitor.drawings
    takes.nth(1).focus()
    tab.keyboard.press("Enter")
    settle(visitor, 3)
    visitor.wait_for_drawing(drawn + 1)
    assert "Number 2 of" in tab.inner_text("#chat")
    assert tab.get_attribute("#takes [data-take='1']", "aria-pressed") == "true"

    suggestion = tab.locator("#follow-ups button:visible").last
    words = suggestion.inner_text()
    suggestion.click()
    settle(visitor, 4)
    assert words in visitor.label

    tab.locator("#chat .pose-thumb").first.focus()
    tab.keyboard.press("Enter")  # a picture brings its pose back
    settle(visitor, 5)
    assert "Back to: " in tab.inner_text("#chat")
    assert 'New pose for "Lift your left leg"' in visitor.label

    tab.click("#chat .options button")
    tab.wait_for_selector("#branches label")
    settle(visitor, 1)  # it shares how the conversation began
    visitor.say("Now raise both arms")
    settle(visitor, 2)
    tab.click("#branches label >> nth=0")
    settle(visitor, 5)
    assert 'New pose for "Lift your left leg"' in visitor.label

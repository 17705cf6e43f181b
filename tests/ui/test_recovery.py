"""The server dies without warning and comes back: the page says so, and works again with what the browser keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.running import RunningApp

from .visiting import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # two starts of the real program

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app():
    app = RunningApp(ROOT)
    app.start()
    yield app
    app.stop()


def test_the_page_says_that_the_app_is_gone_and_recovers_when_it_is_back(browser, app):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    visitor = Visitor(context.new_page(), app.address)
    tab = visitor.tab
    visitor.say("Lift your left leg")
    tab.evaluate("localStorage.setItem('kept by the browser', 'yes')")
    tab.fill("#box textarea", "now raise both arms")

    app.kill()
    tab.wait_for_selector("#connection:not([hidden])")
    assert "not answering" in tab.inner_text("#connection")
    assert tab.evaluate("document.querySelector('#connection').getAttribute('role')") == "status"

    app.start()
    tab.wait_for_function("document.querySelector('#connection')?.innerText.includes('started anew')")
    visitor.wait_for_drawing(1)
    assert tab.input_value("#box textarea") == "now raise both arms"
    assert tab.evaluate("localStorage.getItem('kept by the browser')") == "yes"

    tab.press("#box textarea", "Enter")
    tab.wait_for_function("document.querySelector('.viewer-label').innerText.includes('now raise both arms')")
    assert visitor.foreign == []
    assert [error for error in visitor.errors if "Failed to load resource" not in error] == []
    context.close()

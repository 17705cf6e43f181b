"""A person at the page in a real browser."""

from __future__ import annotations

import io
import os
import shutil
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
GRAPH = "document.querySelector('.viewer-canvas')"
SCENE = f"{GRAPH}._fullLayout.scene._scene"

# Notes every text that the last answer ever had, for streaming that no screenshot would catch.
HEAR = """() => {
    const spoken = () => [...document.querySelectorAll('#chat .bot:not(.html), #chat .user')];
    window.chat = () => spoken().map(message => message.innerText).join('\\n');
    window.answered = () => spoken().pop()?.classList.contains('bot');
    window.heard = [];
    new MutationObserver(() => {
        if (!window.answered()) return;
        const text = spoken().pop().innerText.trim();
        if (text && window.heard.indexOf(text) < 0) window.heard.push(text);
    }).observe(document.querySelector('#chat'), {subtree: true, childList: true, characterData: true});
}"""


def chromium() -> str:
    """Path of a Chromium; skips without one, fails where one is required."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("UNIPOSE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = "no chromium found; install it (apt-get install chromium) or set UNIPOSE_CHROMIUM to its path"
        if os.environ.get("UNIPOSE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Visitor:
    """A person at the page, who notices errors and requests that leave the machine."""

    def __init__(self, tab, address):
        self.tab = tab
        self.errors = []
        self.foreign = []
        tab.set_default_timeout(60_000)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        tab.route("**/*", lambda route: self._let_through(route, address))
        tab.goto(address)
        self.wait_for_drawing(1)
        tab.evaluate(HEAR)

    def _let_through(self, route, address):
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def say(self, text, brings_pose=True, photo=None):
        """Type, send, wait for the whole answer; returns the texts it had on the way."""
        drawn = self.drawings
        before = self.tab.evaluate("window.heard = [], window.chat()")
        if photo is not None:
            self.tab.set_input_files("#box input[type=file]", photo)
            self.tab.wait_for_selector("#box .thumbnail-item")
        self.tab.fill("#box textarea", text)
        self.tab.press("#box textarea", "Enter")
        if brings_pose:
            self.wait_for_drawing(drawn + 1)
        self.tab.wait_for_function("before => window.chat() !== before && window.answered()", arg=before)
        self.tab.wait_for_selector("#box .submit-button")
        return self.tab.evaluate("window.heard")

    def wait_for_drawing(self, number):
        self.tab.wait_for_function(f"Number(document.querySelector('.viewer')?.dataset.updates) >= {number}")

    @property
    def drawings(self):
        return int(self.tab.get_attribute(".viewer", "data-updates"))

    @property
    def label(self):
        return self.tab.inner_text(".viewer-label")

    @property
    def camera(self):
        """Where the drawing library really looks from."""
        return self.tab.evaluate(f"{SCENE}.getCamera().eye")

    def picture(self):
        """The canvas as pixels, int [height, width, 3]."""
        png = self.tab.locator(".viewer-canvas").screenshot()
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)

    def zoom_in(self):
        """Roll the wheel until the camera has moved and is at rest again.

        Several notches, as a person would: the drawing library scales each by the time since its last frame, so a
        notch right after a frame does nothing.
        """
        box = self.tab.locator(".viewer-canvas").bounding_box()
        self.tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        start, seen = self.camera, None
        for _ in range(60):
            if abs(self.camera["x"] - start["x"]) > 0.05:
                break
            self.tab.mouse.wheel(0, -100)
            self.tab.wait_for_timeout(500)
        while self.camera != seen:
            seen = self.camera
            self.tab.wait_for_timeout(500)
        assert abs(seen["x"] - start["x"]) > 0.05

    def pull_camera(self):
        box = self.tab.locator(".viewer-canvas").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.tab.mouse.move(*middle)
        self.tab.mouse.down()
        self.tab.mouse.move(middle[0] + 120, middle[1] + 30, steps=6)
        self.tab.mouse.up()


@contextmanager
def served(page):
    """The page, launched; ended afterwards."""
    page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    try:
        yield page
    finally:
        page.blocks.close()
        page.house.folder.cleanup()


@contextmanager
def visiting(browser, address, **options):
    """A visitor in a fresh context with ``options``, who must have met no error and no foreign request."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
    visitor = Visitor(context.new_page(), address)
    yield visitor
    context.close()
    assert visitor.errors == [] and visitor.foreign == []

"""The main job in a real browser, with the embedded model: type, see it stream, see it move, take it back."""

from __future__ import annotations

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
GRAPH = "document.querySelector('.viewer-canvas')"
SCENE = f"{GRAPH}._fullLayout.scene._scene"

# Notes every text that the last answer ever had, for streaming that no screenshot would catch.
HEAR = """() => {
    const spoken = () => [...document.querySelectorAll('#chat .bot, #chat .user')];
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


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def page():
    page = Page(UniPose.from_pretrained(), FreeBody.load("full"))
    page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield page
    page.blocks.close()
    page.house.folder.cleanup()


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

    def say(self, text, brings_pose=True):
        """Type, send, wait for the whole answer; returns the texts it had on the way."""
        drawn = self.drawings
        before = self.tab.evaluate("window.heard = [], window.chat()")
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


@pytest.fixture
def visitor(browser, page):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    visitor = Visitor(context.new_page(), page.blocks.local_url)
    yield visitor
    context.close()
    assert visitor.errors == [] and visitor.foreign == []


def glowing(picture):
    """How many pixels have the colour of a changed part."""
    red, green, blue = np.moveaxis(picture, -1, 0)
    return int(((red > 120) & (red > 1.8 * green) & (red > 2.2 * blue)).sum())


def test_say_a_pose_change_it_ask_and_take_it_back(visitor):
    at_rest = visitor.picture()
    heard = visitor.say("Lift your left leg")
    assert len(heard) >= 2 and len(heard[0]) < len(heard[-1])
    assert "Lift your left leg" in visitor.label

    faces = len(FreeBody.load("full").faces)
    assert visitor.tab.evaluate(f"{GRAPH}._fullData[2].i.length") == faces
    assert visitor.tab.evaluate(f"Math.max(...{SCENE}.glplot.objects.map(o => o.triangleCount || 0))") == faces
    lifted = visitor.picture()
    assert len(np.unique(lifted.reshape(-1, 3), axis=0)) > 1000  # a lit body, not a flat shape
    assert (np.abs(lifted - at_rest).sum(-1) > 60).mean() > 0.005

    first_view = visitor.camera
    visitor.pull_camera()
    view = visitor.camera
    assert abs(view["x"] - first_view["x"]) > 0.1
    assert glowing(visitor.picture()) < 200

    visitor.say("now raise both arms")
    assert "now raise both arms" in visitor.label and "arm" in visitor.label
    assert glowing(visitor.picture()) > 1000
    assert visitor.camera == pytest.approx(view, abs=1e-6)

    drawn = visitor.drawings
    assert len(visitor.say("what changed?", brings_pose=False)) >= 2
    assert visitor.drawings == drawn

    visitor.say("undo")  # the last change of pose, with the question about it
    assert "Lift your left leg" in visitor.label
    assert visitor.tab.locator("#chat .user").count() == 1
    assert visitor.camera == pytest.approx(view, abs=1e-6)

    visitor.zoom_in()
    nearer = visitor.camera
    visitor.say("now raise both arms")
    assert visitor.camera == pytest.approx(nearer, abs=1e-3)

    visitor.tab.click(".viewer-tools [data-camera=start]")
    visitor.tab.wait_for_function(f"Math.abs({SCENE}.getCamera().eye.x - {first_view['x']}) < 1e-6")


def test_twenty_turns_leave_one_living_canvas_and_the_box_ready(visitor):
    visitor.tab.click("#chat .example >> nth=0")
    visitor.wait_for_drawing(2)
    visitor.tab.wait_for_selector("#box .submit-button")
    canvases = visitor.tab.locator("canvas").count()
    orders = ["raise your left arm", "lower your left arm", "bend your right knee", "straighten your right knee"]
    for turn in range(20):
        visitor.say(orders[turn % len(orders)])
    assert visitor.tab.locator("canvas").count() == canvases
    assert visitor.tab.evaluate(f"{SCENE}.glplot.gl.isContextLost()") is False
    assert len(np.unique(visitor.picture().reshape(-1, 3), axis=0)) > 1000

    # Should the browser take the canvas away all the same and give it back, the body and the view are there again.
    view = visitor.camera
    visitor.tab.evaluate(
        f"""async () => {{
            const loss = {SCENE}.glplot.gl.getExtension('WEBGL_lose_context');
            loss.loseContext();
            await new Promise(resolve => setTimeout(resolve, 300));
            loss.restoreContext();
        }}"""
    )
    visitor.tab.wait_for_function(f"!{SCENE}.glplot.gl.isContextLost() && {SCENE}.glplot.objects.length > 2")
    visitor.say(orders[0])
    assert visitor.camera == pytest.approx(view, abs=1e-6)
    assert len(np.unique(visitor.picture().reshape(-1, 3), axis=0)) > 1000


def test_bad_input_and_stop_leave_the_page_usable(visitor, page, tmp_path):
    visitor.say("x" * 10_000, brings_pose=False)
    assert visitor.tab.input_value("#box textarea") == "x" * 10_000
    (tmp_path / "fake.png").write_text("not a picture")
    visitor.tab.set_input_files("#box input[type=file]", tmp_path / "fake.png")
    visitor.tab.wait_for_selector("#box .thumbnail-item")
    assert "not a photo" in visitor.say("who is it", brings_pose=False)[-1]

    with page.house.turn:  # the model is kept waiting
        visitor.tab.fill("#box textarea", "Lift your left leg")
        visitor.tab.press("#box textarea", "Enter")
        visitor.tab.click("#box .stop-button")
        visitor.tab.wait_for_selector("#box .submit-button")
    assert visitor.tab.input_value("#box textarea") == "Lift your left leg"

    visitor.say("Lift your left leg")
    assert "Lift your left leg" in visitor.label
    visitor.tab.click("#chat [aria-label=Clear]")
    visitor.tab.wait_for_selector("#chat .placeholder-content")
    visitor.tab.wait_for_function("document.querySelector('.viewer-label').innerText.includes('No pose yet')")

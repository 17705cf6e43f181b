"""The main job in a real browser, with the embedded model: type, see it stream, see it move, take it back."""

from __future__ import annotations

import numpy as np
import pytest

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

from .visiting import GRAPH, SCENE, served, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page():
    with served(Page(UniPose.from_pretrained(), FreeBody.load("full"))) as page:
        yield page


@pytest.fixture
def visitor(browser, page):
    with visiting(browser, page.blocks.local_url) as visitor:
        yield visitor


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
    rows = min(len(lifted), len(at_rest))  # a legend below takes its own
    assert (np.abs(lifted[:rows] - at_rest[:rows]).sum(-1) > 60).mean() > 0.005

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

"""The body's panel in a real browser: cameras, comparison, shape, names of joints, the picture as a file."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from unipose.body.mesh import FreeBody
from unipose.body.views import View
from unipose.ui.page import Page

from .visiting import GRAPH, served, visiting

pytestmark = pytest.mark.browser

CANVAS = ".viewer-canvas"


@pytest.fixture(scope="module")
def page(request):
    from .conftest import Puppet

    with served(Page(Puppet(), FreeBody.load("full"))) as page:
        yield page


def seen_from(visitor):
    return visitor.tab.evaluate("window.unipose.camera()")


def settled(visitor, what):
    """Waits until the camera is where ``what``, a condition on ``at`` and the metres from it, says."""
    visitor.tab.wait_for_function(f"(() => {{ const at = window.unipose.camera().position; return {what}; }})()")


def test_a_visitor_looks_around_compares_shapes_and_saves(browser, page, tmp_path):
    with visiting(browser, page.blocks.local_url, reduced_motion="reduce") as visitor:
        tab = visitor.tab
        visitor.say("raise both arms")
        visitor.say("lift the left leg")
        label = tab.get_attribute(CANVAS, "aria-label")
        assert "left knee bent" in label and 'After "lift the left leg"' in label
        assert "the left leg, as you said" in tab.inner_text(".viewer-legend")

        tab.click("[data-camera=side]")
        settled(visitor, "at[0] > 2 && Math.abs(at[2]) < 1.5")
        view = seen_from(visitor)
        View(**{**view, "size": tuple(view["size"])})  # as the exports take it
        assert json.loads(tab.get_attribute(".viewer", "data-camera")) == view

        # By the keyboard alone.
        tab.focus(CANVAS)
        tab.keyboard.press("0")
        settled(visitor, "at[2] > 2")
        far = np.linalg.norm(seen_from(visitor)["position"])
        tab.keyboard.press("+")
        settled(visitor, f"Math.hypot(...at) < {far - 0.2}")
        left = seen_from(visitor)["position"][0]
        tab.keyboard.press("ArrowRight")
        settled(visitor, f"at[0] > {left + 0.2}")
        tab.keyboard.press("PageDown")
        assert tab.inner_text(".viewer-joint") == "pelvis"
        tab.keyboard.press("Escape")

        # The pointer over the middle of the body.
        assert not tab.is_visible(".viewer-joint")
        box = tab.locator(CANVAS).bounding_box()
        middle = box["x"] + box["width"] / 2
        for share in np.linspace(0.3, 0.7, 9):
            tab.mouse.move(middle, box["y"] + share * box["height"])
            tab.wait_for_timeout(60)
            if tab.is_visible(".viewer-joint"):
                break
        assert tab.is_visible(".viewer-joint")

        count = f"{GRAPH}._fullData.filter(trace => trace.type === 'mesh3d').length"
        assert tab.evaluate(count) == 2  # floor and body
        tab.click("[data-compare]")
        tab.wait_for_function(f"{count} === 3")
        tab.click("[data-compare]")
        tab.wait_for_function("!document.querySelector('[data-tag=before]').hidden")
        tab.click("[data-compare]")
        tab.wait_for_function(f"{count} === 2")

        drawn = visitor.drawings
        height = f"Math.max(...{GRAPH}._fullData[2].z)"
        before = tab.evaluate(height)
        tab.click("[data-shape]")
        tab.locator(".viewer-shape input").first.fill("1.5")
        visitor.wait_for_drawing(drawn + 1)
        assert tab.evaluate(height) > before + 0.15

        with tab.expect_download() as saving:
            tab.click("[data-snapshot]")
        assert saving.value.suggested_filename == "unipose.png"
        saving.value.save_as(tmp_path / "unipose.png")
        with Image.open(tmp_path / "unipose.png") as picture:
            assert picture.size == (2 * round(box["width"]), 2 * round(box["height"]))
            assert len(picture.convert("RGB").getcolors(1 << 22)) > 1000  # a lit body on a background


def test_follow_ends_where_somebody_takes_the_camera(browser, page):
    with visiting(browser, page.blocks.local_url, reduced_motion="reduce") as visitor:
        visitor.tab.click("[data-camera=follow]")
        assert visitor.tab.get_attribute("[data-camera=follow]", "aria-pressed") == "true"
        visitor.pull_camera()
        assert visitor.tab.get_attribute("[data-camera=follow]", "aria-pressed") == "false"

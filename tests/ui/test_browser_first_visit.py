"""A first visit from end to end, with the embedded model: example, edit, candidates, undo, export, reload."""

from __future__ import annotations

import os

import numpy as np
import pytest
import trimesh

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

from .visiting import served, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address():
    with served(Page(UniPose.from_pretrained(), FreeBody.load("full"))) as page:
        yield page.blocks.local_url


def thumbs(visitor, count):
    visitor.tab.wait_for_function("n => document.querySelectorAll('#chat .pose-thumb').length === n", arg=count)
    visitor.tab.wait_for_selector("#box .submit-button")


def look(visitor, name):
    """Keep the screen where somebody wants to see it."""
    if folder := os.environ.get("UNIPOSE_TEST_SCREENS"):
        visitor.tab.screenshot(path=f"{folder}/{name}.png")


def test_the_first_visit(browser, address, tmp_path):
    with visiting(browser, address, accept_downloads=True) as visitor:
        tab = visitor.tab
        look(visitor, "1-open")
        tab.click("#chat .example >> nth=0")
        thumbs(visitor, 1)
        assert "Lift your left leg" in visitor.label
        look(visitor, "2-example")

        visitor.say("Now raise both arms")
        thumbs(visitor, 2)
        raised = visitor.label
        assert "both arms" in raised and tab.locator("#chat .marks li").count() >= 2
        look(visitor, "3-edit")

        visitor.say("Show me four", brings_pose=False)
        thumbs(visitor, 3)
        takes = tab.locator("#takes .take")
        assert takes.count() >= 2
        drawn = visitor.drawings
        takes.nth(1).click()
        thumbs(visitor, 4)
        visitor.wait_for_drawing(drawn + 1)
        look(visitor, "4-candidates")

        visitor.say("undo", brings_pose=False)
        thumbs(visitor, 3)
        tab.wait_for_function("!window.chat().includes('Number 2 of 4 is in view.\\n')")
        assert "Here are" in tab.evaluate("window.chat()") and "\nundo\n" not in tab.evaluate("window.chat()")
        look(visitor, "5-undo")

        tab.get_by_role("tab", name="Files").click()
        with tab.expect_download() as waiting:
            tab.click("#save")
        waiting.value.save_as(tmp_path / waiting.value.suggested_filename)
        scene = trimesh.load(tmp_path / "unipose-pose.glb")
        points = np.concatenate([each.vertices for each in scene.geometry.values()])
        assert len(points) > 10_000 and 1.0 < np.ptp(points, axis=0).max() < 2.6
        look(visitor, "6-saved")

        tab.reload()
        visitor.wait_for_drawing(1)
        assert "No pose yet" in visitor.label and tab.locator("#chat .example").count() == 4
        look(visitor, "7-reload")

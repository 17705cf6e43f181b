"""A photo in a real browser, with the embedded model and the real detector: read, hinted at, another person chosen."""

from __future__ import annotations

import pytest

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

from .visiting import SCENE, served, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # loads the embedded model and the detector

SHOWN = "Number(document.querySelector('.photo')?.dataset.updates || 0)"


@pytest.fixture(scope="module")
def page():
    unipose = UniPose.from_pretrained()
    if unipose.model.config.reader_config is None:
        pytest.skip("the embedded model has no eyes")
    if unipose.looker.detector is None:
        pytest.skip(unipose.looker.reason)
    with served(Page(unipose, FreeBody.load("full"))) as page:
        yield page


@pytest.fixture(scope="module")
def photos(shared):
    folder = shared / "data" / "photos"
    if not folder.is_dir():
        pytest.skip(f"no photos at {folder}")
    return folder


def chosen(visitor):
    return visitor.tab.get_attribute(".photo-person[aria-pressed=true]", "data-number")


def answered(visitor, act):
    """Do something that brings a new answer, and wait for all of it."""
    drawn, turns = visitor.drawings, visitor.tab.locator("#chat .bot").count()
    act()
    visitor.tab.wait_for_function(f"document.querySelectorAll('#chat .bot').length > {turns}")
    visitor.wait_for_drawing(drawn + 1)
    visitor.tab.wait_for_selector("#box .submit-button")


def test_a_photo_is_read_hinted_at_and_another_person_chosen(browser, page, photos):
    with visiting(browser, page.blocks.local_url) as visitor:
        tab = visitor.tab
        assert not tab.is_visible("#photo")
        heard = visitor.say("", photo=photos / "football_three.jpg")
        assert "three people" in heard[-1] and "Read from your photo" in visitor.label
        assert tab.is_visible("#photo") and chosen(visitor) == "2"
        alt = tab.get_attribute(".photo-picture", "alt")
        assert "3 people" in alt and "Person 2" in alt
        assert tab.locator(".photo-bones line").count() > 40 and tab.is_visible(".photo-body")
        eye = tab.evaluate(f"{SCENE}.getCamera().eye")
        assert eye["x"] == pytest.approx(0, abs=1e-6) and eye["y"] < -3  # from where the photo was taken

        before = tab.inner_html(".photo-bones")
        visitor.say("his right knee is bent")
        assert tab.inner_html(".photo-bones") != before and "his right knee is bent" in visitor.label
        assert chosen(visitor) == "2"

        box = tab.locator(".photo-person[data-number='1']").bounding_box()
        answered(visitor, lambda: tab.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3))
        assert chosen(visitor) == "1" and "Person 1" in tab.locator("#chat .user").last.inner_text()

        tab.focus(".photo-person[data-number='3']")
        answered(visitor, lambda: tab.keyboard.press("Enter"))
        assert chosen(visitor) == "3"

        tab.click("[data-layer=body]")
        assert not tab.is_visible(".photo-body") and tab.is_visible(".photo-bones line")

        for _ in range(4):
            turns = tab.locator("#chat .bot").count()
            tab.locator("#chat [aria-label=Undo]").last.click()
            tab.wait_for_function(f"document.querySelectorAll('#chat .bot').length < {turns}")
        tab.wait_for_function("document.querySelector('.photo').hidden")
        assert not tab.is_visible("#photo") and "No pose yet" in visitor.label


def test_a_picture_of_nobody_is_told_and_nothing_is_lost(browser, page, photos):
    with visiting(browser, page.blocks.local_url, viewport={"width": 390, "height": 844}) as visitor:
        visitor.say("", photo=photos / "lotus.jpg")
        label = visitor.label
        heard = visitor.say("", brings_pose=False, photo=photos / "none_cat.jpg")
        assert "no person" in heard[-1] and visitor.label == label and visitor.tab.is_visible("#photo")
        assert visitor.tab.evaluate("document.documentElement.scrollWidth") <= 390

"""The library in a real browser: searched, taken into view, kept, and still there after the server was another one."""

from __future__ import annotations

import json

import pytest

from unipose.ui.page import Page

from .visiting import served, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]  # starts a page and a browser

TILES = ".library-tiles[data-view=found] .library-tile"
KEPT = ".library-tiles[data-view=kept] .library-tile"
ANSWERS = "Number(document.querySelector('.library')?.dataset.answers || 0)"


@pytest.fixture
def page(puppet, body):
    with served(Page(puppet, body)) as page:
        yield page


def opened(visitor):
    visitor.tab.get_by_role("tab", name="Library").click()
    visitor.tab.wait_for_selector(TILES)
    return visitor.tab


def answered(tab, act):
    before = tab.evaluate(ANSWERS)
    act()
    tab.wait_for_function(f"{ANSWERS} > {before}")


def test_search_take_keep_and_find_it_again(browser, page):
    with visiting(browser, page.blocks.local_url) as visitor:
        tab = opened(visitor)
        assert tab.locator(TILES).count() == 24

        answered(tab, lambda: tab.fill(".library-text", "tree pose"))  # no key but the letters
        first = tab.locator(TILES).first
        assert first.inner_text().startswith("Tree, left")
        drawn = visitor.drawings
        first.locator(".library-take").press("Enter")
        visitor.wait_for_drawing(drawn + 1)
        assert "Tree, left" in visitor.label and "Tree, left" in tab.locator("#chat .user").last.inner_text()

        heart = first.get_by_role("button", name="Favourite: Tree, left")
        heart.click()
        assert heart.get_attribute("aria-pressed") == "true"
        answered(tab, lambda: tab.click("[data-act=like]"))
        answered(tab, lambda: tab.click("[data-act=keep]"))
        name = tab.locator(KEPT).first.get_by_label("Name of this favourite")
        name.fill("My <b>own</b> tree")
        name.press("Enter")
        count = tab.locator(KEPT).count()

        tab.reload()
        visitor.wait_for_drawing(1)
        tab = opened(visitor)
        tab.get_by_role("button", name="Favourites").click()
        assert tab.locator(KEPT).count() == count
        assert tab.locator(KEPT).first.get_by_label("Name").input_value() == "My <b>own</b> tree"
        drawn = visitor.drawings
        tab.locator(KEPT).first.locator(".library-take").click()
        visitor.wait_for_drawing(drawn + 1)
        assert "My b own b tree" in visitor.label

        for left in range(count - 1, -1, -1):
            tab.locator(KEPT).first.locator(".library-heart").click()
            assert tab.locator(KEPT).count() == left
        assert json.loads(tab.evaluate("localStorage.getItem('unipose.favourites')")) == []


@pytest.mark.parametrize("stored", ["{", "[1, null, {}]", '[{"name": "x", "pose": [1], "picture": "http://a/b.png"}]'])
def test_whatever_the_storage_holds_the_page_works(browser, page, stored):
    with visiting(browser, page.blocks.local_url, viewport={"width": 390, "height": 844}) as visitor:
        visitor.tab.evaluate("text => localStorage.setItem('unipose.favourites', text)", stored)
        tab = opened(visitor)
        tab.get_by_role("button", name="Favourites").click()
        assert tab.locator(KEPT).count() == 0 and "heart" in tab.inner_text(".library-note")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        assert tab.locator("#viewer").bounding_box()["height"] > 200

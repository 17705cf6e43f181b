"""The bench of the app: what it tells, and that it finds a real page's weight and times."""

from __future__ import annotations

import pytest

from unipose.body.mesh import FreeBody
from unipose.evaluation.bench.app import TARGET_MS, app_table, bench_app, find_chromium
from unipose.ui.page import Page

SEEN = {"page_kb": 1834.2, "page_requests": 95.0, "page_ms": 2100.0, "turn_kb": 140.0, "turn_drawn_ms_p95": 1500.0}


@pytest.mark.parametrize(("middle", "told"), [(TARGET_MS - 200.0, "within"), (TARGET_MS + 1.0, "over")])
def test_the_table_says_whether_the_target_is_met(middle, told):
    text = app_table(SEEN | {"turn_drawn_ms_p50": middle}, "nano on a machine")
    assert text.startswith("nano on a machine\n") and f"({told} {TARGET_MS})" in text
    assert "1834 kB" in text and "95 requests" in text and "1500 ms" in text


def test_without_a_browser_it_says_so():
    text = app_table({"endpoint_ms_p50": 120.0, "endpoint_ms_p95": 300.0}, "nano")
    assert "the page was not opened" in text and "120 ms" in text and "300 ms" in text


def test_the_browser_is_named_or_found(monkeypatch):
    monkeypatch.setenv("UNIPOSE_CHROMIUM", "/opt/a-browser")
    assert find_chromium() == "/opt/a-browser"
    monkeypatch.delenv("UNIPOSE_CHROMIUM")
    monkeypatch.setenv("PATH", "")
    assert find_chromium() is None


@pytest.fixture(scope="module")
def page(tiny):
    page = Page(tiny, FreeBody.load("light"))
    page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    yield page
    page.blocks.close()
    page.house.folder.cleanup()


@pytest.mark.slow  # opens the page and says a few things
@pytest.mark.browser
def test_a_page_is_weighed_and_a_turn_timed(page):
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no chromium found; install it (apt-get install chromium) or set UNIPOSE_CHROMIUM to its path")
    figures = bench_app(page.blocks.local_url, 2, chromium)
    assert figures["page_requests"] > 10 and 500 < figures["page_kb"] < 20_000
    assert figures["turn_kb"] > 15  # a body at the least
    assert 0 < figures["turn_drawn_ms_p50"] <= figures["turn_drawn_ms_p95"]


@pytest.mark.slow  # starts a client and asks for poses
def test_the_endpoint_is_timed_where_there_is_no_browser(page):
    figures = bench_app(page.blocks.local_url, 2, None)
    assert 0 < figures["endpoint_ms_p50"] <= figures["endpoint_ms_p95"]

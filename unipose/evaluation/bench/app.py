"""The app as somebody at a browser has it: what the page weighs, and how long after Enter the body stands as asked.

*Drawn* is the moment at which the new body is complete on the canvas, its motion from the old pose ended; the words may
still be coming. A real Chromium without a window is driven, drawing with whatever it has (without a GPU, in software).
Without one the endpoint for programs is timed instead, and there is nothing to say about the page.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from unipose.evaluation.bench.machine import milliseconds
from unipose.evaluation.bench.prompts import WISHES

TARGET_MS = 1000
"""A turn is to be drawn within this time, at the median, on two cores without a GPU, at the light mesh."""

_FLAGS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_PATIENCE_MS = 120_000

# In the page, so that no round trip to this process is counted: when Enter was pressed, and when a body stood.
_WATCH = """() => {
    const viewer = document.querySelector('.viewer');
    window.benchDrawn = null;
    document.querySelector('#box textarea').addEventListener('keydown', (event) => {
        if (event.key === 'Enter') { window.benchSent = performance.now(); window.benchDrawn = null; }
    }, true);
    new MutationObserver(() => { window.benchDrawn ??= performance.now() - window.benchSent; })
        .observe(viewer, {attributeFilter: ['data-updates']});
}"""


def find_chromium() -> str | None:
    """Path of a Chromium: ``UNIPOSE_CHROMIUM``, else one on the path; None without one, or without what drives it."""
    if find_spec("playwright") is None:
        return None
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("UNIPOSE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def bench_app(address: str, turns: int = 20, chromium: str | None = None) -> dict[str, float]:
    """Visit a running app and time it.

    Args:
        address: of the app.
        turns: that are timed, after one that is not.
        chromium: path; None times the endpoint for programs instead.

    Returns:
        with a browser ``page_kb`` and ``page_requests`` until the first body stands (bytes over the wire), ``page_ms``
        until then, ``turn_kb``, and ``turn_drawn_ms_p50`` and ``_p95``; without one ``endpoint_ms_p50`` and ``_p95``.
    """
    return _by_client(address, turns) if chromium is None else _by_browser(address, turns, chromium)


def app_table(figures: Mapping[str, float], about: str) -> str:
    """The figures for people, under a line that says of what and where."""
    if "turn_drawn_ms_p50" not in figures:
        times = f"{figures['endpoint_ms_p50']:.0f} ms, p95 {figures['endpoint_ms_p95']:.0f} ms"
        lines = [
            "no Chromium and playwright found (UNIPOSE_CHROMIUM): the page was not opened, its weight is unknown",
            f"words to a pose through the endpoint for programs: p50 {times}",
        ]
    else:
        middle = figures["turn_drawn_ms_p50"]
        met = "within" if middle <= TARGET_MS else "over"
        lines = [
            f"page: {figures['page_kb']:.0f} kB over the wire in {figures['page_requests']:.0f} requests, "
            f"first body after {figures['page_ms']:.0f} ms",
            f"a turn: {figures['turn_kb']:.0f} kB over the wire",
            f"Enter to body drawn, motion ended: p50 {middle:.0f} ms ({met} {TARGET_MS}), "
            f"p95 {figures['turn_drawn_ms_p95']:.0f} ms",
        ]
    return "\n".join([about, "", *lines])


def _by_client(address: str, turns: int) -> dict[str, float]:
    from gradio_client import Client

    client = Client(address, verbose=False)
    taken = []
    for turn in range(turns + 1):
        started = time.perf_counter()
        client.predict(WISHES[turn % len(WISHES)], api_name="/generate")
        taken.append(time.perf_counter() - started)
    return milliseconds("endpoint", taken[1:])


def _by_browser(address: str, turns: int, chromium: str) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        try:
            tab = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            tab.set_default_timeout(_PATIENCE_MS)
            wire = _Wire(tab)
            started = time.perf_counter()
            tab.goto(address)
            tab.wait_for_function("Number(document.querySelector('.viewer')?.dataset.updates) >= 1")
            opened = time.perf_counter() - started
            page_bytes, page_requests = wire.received, wire.requests
            tab.evaluate(_WATCH)
            drawn = [_turn(tab, WISHES[turn % len(WISHES)]) for turn in range(turns + 1)][1:]
            turn_bytes = (wire.received - page_bytes) / (turns + 1)
        finally:
            browser.close()
    figures = {"page_kb": page_bytes / 1e3, "page_requests": float(page_requests), "page_ms": 1e3 * opened}
    return figures | {"turn_kb": turn_bytes / 1e3} | milliseconds("turn_drawn", drawn)


def _turn(tab: Any, words: str) -> float:
    """Seconds from Enter to the body drawn; returns when the whole answer is there."""
    tab.fill("#box textarea", words)
    tab.press("#box textarea", "Enter")
    tab.wait_for_function("window.benchDrawn !== null")
    taken = tab.evaluate("window.benchDrawn")
    tab.wait_for_selector("#box .submit-button")
    return taken / 1e3


class _Wire:
    """Counts what a tab receives, compressed as it comes, streams included."""

    def __init__(self, tab: Any) -> None:
        self.received, self.requests = 0, 0
        session = tab.context.new_cdp_session(tab)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.dataReceived", lambda event: self._add(event["encodedDataLength"]))
        session.send("Network.enable")

    def _sent(self, event: dict[str, Any]) -> None:
        self.requests += not event["request"]["url"].startswith(("data:", "blob:"))

    def _add(self, size: int) -> None:
        self.received += size

"""Take the README's pictures: a short conversation in the real app, in a real browser.

    python -m tools.take_screenshot [--out docs/images]

writes ``app.png``, ``joints.png``, ``library.png`` and ``phone.png``; needs Chromium on the path.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Page as Tab
from playwright.sync_api import sync_playwright

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

CONVERSATION = ("Lift your left leg", "now raise both arms", "show me four")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the README's picture.")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="folder")
    out = parser.parse_args().out
    page = Page(UniPose.from_pretrained(), FreeBody.load("full"))
    page.warm_up()
    page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        _talk(tab, page.blocks.local_url)
        _take(tab, out / "app.png")
        tab.get_by_role("tab", name="Joints").click()
        _take(tab, out / "joints.png")
        tab.get_by_role("tab", name="Library").click()
        tab.fill("#library input[type=search]", "kneeling, hands on hips")
        tab.keyboard.press("Enter")
        _take(tab, out / "library.png")
        phone = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
        _talk(phone, page.blocks.local_url)
        _take(phone, out / "phone.png")
        browser.close()
    page.blocks.close()
    page.house.folder.cleanup()


def _talk(tab: Tab, address: str) -> None:
    tab.set_default_timeout(60_000)
    tab.goto(address)
    _drawn(tab, 1)
    for text in CONVERSATION:
        before = tab.locator("#chat .bot").count()
        tab.fill("#box textarea", text)
        tab.press("#box textarea", "Enter")
        tab.wait_for_function(f"document.querySelectorAll('#chat .bot').length > {before}")
        tab.wait_for_selector("#box .submit-button")


def _take(tab: Tab, path: Path) -> None:
    tab.wait_for_timeout(3000)  # the body eases into its pose
    tab.screenshot(path=str(path))


def _drawn(tab: Tab, number: int) -> None:
    tab.wait_for_function(f"Number(document.querySelector('.viewer')?.dataset.updates) >= {number}")


if __name__ == "__main__":
    main()

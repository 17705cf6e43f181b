"""Everybody can read the page and reach all of it: contrast as the browser draws it, and every control by Tab."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unipose.body.mesh import FreeBody
from unipose.chat import UniPose
from unipose.ui.page import Page

from .visiting import served, visiting

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LEGIBLE = (Path(__file__).parent / "legible.js").read_text(encoding="utf-8")
TABS = ("Pose", "Joints", "Files", "Library")
THEMES = ("light", "dark")
LOOKS = 60  # scrolled to, of one state of the page


@pytest.fixture(scope="module")
def address():
    page = Page(UniPose.from_pretrained(), FreeBody.load("light"), about="The model nano answers.")
    with served(page):
        yield page.blocks.local_url


def luminance(colours):
    """[..., 3] of 0 to 255 to [...], as WCAG 2 defines it."""
    share = np.asarray(colours, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(colours, others):
    """WCAG 2's ratio, 1 to 21, of colours [..., 3]."""
    first, second = luminance(colours), luminance(others)
    return (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)


def ratio(item, picture):
    """The contrast of a text with nine in ten of the pixels behind it."""
    behind = np.concatenate(
        [
            picture[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))].reshape(-1, 3)
            for left, top, right, bottom in item["boxes"]
        ]
    )
    colour = item["share"] * np.array(item["colour"]) + (1 - item["share"]) * behind
    return float(np.percentile(contrast(colour, behind), 10))


def needed(item):
    large = item["pixels"] >= 24 or (item["bold"] and item["pixels"] >= 18.66)
    return 3.0 if large or item["icon"] else 4.5


class Reader:
    """Reads all that a page shows, and keeps what cannot be read well."""

    def __init__(self, tab):
        self.tab, self.count, self.faint = tab, 0, []
        tab.evaluate(LEGIBLE)

    def read(self, when):
        """Look at the page as it is in either theme, then at what has to be scrolled to."""
        for theme in THEMES:
            self.tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.tab.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=theme == "dark")
            self.tab.evaluate("theme => legible.under(theme)", theme)
            self._read(f"{when}, {theme}")

    def _read(self, when):
        for _ in range(LOOKS):
            self.tab.evaluate("legible.hide(true)")
            shot = np.asarray(Image.open(io.BytesIO(self.tab.screenshot())).convert("RGB"), float)
            self.tab.evaluate("legible.hide(false)")
            for item in self.tab.evaluate("legible.found()"):
                self.count += 1
                if (found := ratio(item, shot)) < needed(item):
                    self.faint.append(f"{when}: {found:.2f} < {needed(item)}: {item['words']!r} in {item['where']}")
            if not self.tab.evaluate("legible.onward()"):
                return
        raise AssertionError(f"{when}: the page has more to be scrolled to than {LOOKS} looks show")


def open_tab(tab, name):
    tab.get_by_role("tab", name=name).click()
    tab.wait_for_function(
        "name => document.querySelector('[role=tab][aria-selected=true]')?.innerText === name", arg=name
    )
    if name == "Library":
        tab.wait_for_selector(".library-tile")
    tab.wait_for_timeout(300)  # a focus ring and a hover fade


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_all_text_has_contrast(browser, address, size):
    with visiting(browser, address, viewport=size, reduced_motion="reduce") as visitor:
        tab = visitor.tab
        reader = Reader(tab)
        for name in TABS:
            open_tab(tab, name)
            reader.read(f"first visit, {name}")
        open_tab(tab, TABS[0])
        visitor.say("Lift your left leg")
        visitor.say("Show me four", brings_pose=False)
        tab.wait_for_selector("#takes .take")
        for name in TABS:
            open_tab(tab, name)
            reader.read(name)
        tab.click("[data-shape]")
        reader.read("shape")
        assert reader.count > 60 * len(THEMES)
        assert not reader.faint, "\n".join(reader.faint)


CONTROLS = """() => {
    const kinds = 'a[href], button, input, select, textarea, [tabindex]';
    const shown = control => control.checkVisibility({visibilityProperty: true, opacityProperty: true})
        && control.getBoundingClientRect().width > 2 && getComputedStyle(control).clipPath === 'none';
    // A hidden input whose label is drawn instead is reached all the same.
    const labelled = control => control.labels?.length && [...control.labels].some(label => label.checkVisibility());
    const needed = [...document.querySelectorAll(kinds)].filter(control => !control.disabled
        && control.type !== 'file' && control.type !== 'hidden' && !control.closest('[aria-hidden=true], [inert]')
        && (control.getAttribute('tabindex') !== '-1' || /^(A|BUTTON|INPUT|SELECT|TEXTAREA)$/.test(control.tagName))
        && (shown(control) || labelled(control)));
    needed.forEach((control, number) => { control.dataset.control = number; });
    return needed.map(control => [control.tagName, control.id || control.className.toString().slice(0, 40),
        control.getAttribute('aria-label') || control.innerText || control.placeholder || ''].join(' ').slice(0, 90));
}"""


def reached(tab, most):
    """The numbers of the controls that Tab comes to, until it has been around."""
    tab.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    tab.mouse.click(1, 1)
    found = set()
    for _ in range(most):
        tab.keyboard.press("Tab")
        at = tab.evaluate("""() => {
            const at = document.activeElement;
            return at === document.body ? 'around' : at.dataset.control ?? null;
        }""")
        if at == "around" and found:
            break
        found.add(at)
    return {int(number) for number in found if number not in (None, "around")}


def test_tab_comes_to_every_control(browser, address):
    with visiting(browser, address, reduced_motion="reduce") as visitor:
        tab = visitor.tab
        unreached = []

        def go_round(when):
            controls = tab.evaluate(CONTROLS)
            missed = set(range(len(controls))) - reached(tab, len(controls) + 20)
            unreached.extend(f"{when}: {controls[number]}" for number in sorted(missed))
            return len(controls)

        assert go_round("first visit") > 15
        visitor.say("Lift your left leg")
        visitor.say("Show me four", brings_pose=False)
        tab.wait_for_selector("#takes .take")
        tab.click("[data-shape]")
        for name in TABS:
            open_tab(tab, name)
            assert go_round(name) > 30
        assert not unreached, "\n".join(unreached)

"""The page as a server gives it out: what is served, what is private, and what a stranger's upload meets."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import numpy as np
import pytest

from unipose.body.postures import standing
from unipose.ui.page import STATIC_AT, Page
from unipose.ui.thumbs import SERVED_AT, Thumbs


@pytest.fixture
def page(puppet, body):
    page = Page(puppet, body)
    yield page
    page.blocks.close()
    page.house.folder.cleanup()


@pytest.fixture
def address(page):
    return page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")[1]


def fetch(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read()


def test_the_viewer_finds_its_files_beside_the_page(address, body):
    triangles = np.frombuffer(fetch(f"{address}{STATIC_AT}/free-light.triangles.bin"), "<u4").reshape(-1, 3)
    assert np.array_equal(triangles, np.asarray(body.faces))
    assert b"plotly.js" in fetch(f"{address}{STATIC_AT}/plotly.min.js")[:400]
    assert b"unipose" in fetch(f"{address}{STATIC_AT}/viewer.js")
    assert b"unipose" in fetch(f"{address}{STATIC_AT}/photo.js")
    for stranger in ("../handlers.py", "%2e%2e/handlers.py", "/etc/hostname"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(f"{address}{STATIC_AT}/{stranger}")


def test_pictures_of_poses_are_fetched_by_their_address_and_by_no_other(page, address):
    where = page.house.thumbs.address(standing())
    with urllib.request.urlopen(f"{address}{where}", timeout=20) as answer:
        assert answer.headers["Content-Type"] == "image/webp" and "immutable" in answer.headers["Cache-Control"]
        assert answer.read() == page.house.thumbs.picture(standing())
    for stranger in ("0" * 32, "", "../unipose-static/viewer.js"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(f"{address}{SERVED_AT}/{stranger}.webp")
    assert Thumbs(page.house.viewer.body).address(standing()) != where  # another app's names are other ones


def test_the_page_is_light_and_keeps_no_record_of_visitors(address):
    assert len(fetch(address)) < 400_000  # no body is inlined
    config = json.loads(fetch(f"{address}config"))
    assert config["analytics_enabled"] is False and not config["run_history"]


def test_nothing_on_the_page_is_a_public_endpoint_but_the_verbs_for_programs(page):
    verbs = {"/generate", "/edit", "/describe", "/compare", "/ask", "/estimate", "/export"}
    assert set(page.blocks.get_api_info()["named_endpoints"]) == verbs
    assert page.blocks.get_api_info()["unnamed_endpoints"] == {}


def test_first_values_carry_no_state_of_a_visitor(page):
    states = [block for block in page.blocks.blocks.values() if type(block).__name__ == "State"]
    assert [state.value for state in states] == [None]  # a visit made here would be copied, and the model with it

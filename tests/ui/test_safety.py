"""What strangers may try at the served page, over HTTP as they would: none of it gets them anything, or costs much."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tools.load.visitor import Visitor
from unipose.photos.pictures import MAX_BYTES
from unipose.ui.page import Page
from unipose.ui.serving import HEADERS, VisitorsFolder

from .conftest import Puppet
from .visiting import served

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def page(body):
    with served(Page(Puppet(), body)) as page:
        yield page


@pytest.fixture(scope="module")
def address(page):
    return page.blocks.local_url


@pytest.fixture
def stranger(address):
    visitor = Visitor(address, timeout=60)
    yield visitor
    visitor.close()


def bomb(path, side=12_000):
    """A few kilobytes that would be gigabytes of pixels."""
    Image.new("1", (side, side)).save(path)
    return path


def test_uploads_that_are_no_photos_are_turned_away_with_a_reason(stranger, tmp_path):
    (tmp_path / "fake.png").write_text("not a picture")
    assert "not a photo" in stranger.say("who is it", stranger.upload(tmp_path / "fake.png")).messages[-1][1]
    path = bomb(tmp_path / "bomb.png")
    assert path.stat().st_size < 50_000
    began = time.monotonic()
    assert "12000 x 12000 pixels, at most" in stranger.say("", stranger.upload(path)).messages[-1][1]
    assert time.monotonic() - began < 10  # decoding it takes longer than everything else here


def test_an_upload_has_a_largest_size(stranger, tmp_path):
    (tmp_path / "large.png").write_bytes(bytes(MAX_BYTES + 2**20))
    with pytest.raises(ConnectionError, match="413"):
        stranger.upload(tmp_path / "large.png")


def test_a_file_that_was_not_uploaded_is_not_read(stranger):
    for path in ("/etc/hostname", str(ROOT / "app.py"), "http://127.0.0.1:1/x.png"):
        made_up = {"path": path, "meta": {"_type": "gradio.FileData"}}
        with pytest.raises(ConnectionError):
            stranger.say("who is it", made_up)


@pytest.mark.parametrize(
    "path",
    ["/etc/hostname", "../../etc/hostname", "%2e%2e/%2e%2e/etc/hostname", f"{ROOT}/app.py", "http://127.0.0.1:1/x"],
)
def test_only_uploads_are_served(address, path):
    assert httpx.get(f"{address}gradio_api/file={path}").status_code in (400, 403, 404)


def test_an_uploaded_page_is_a_download_and_never_runs(stranger, address, tmp_path):
    (tmp_path / "evil.html").write_text("<script>alert(1)</script>")
    kept = stranger.upload(tmp_path / "evil.html")["path"]
    answer = httpx.get(f"{address}gradio_api/file={kept}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "html" not in answer.headers["content-type"] and answer.headers["x-content-type-options"] == "nosniff"


def test_every_answer_carries_the_headers_that_keep_strangers_out(address):
    for path in ("", "config", "gradio_api/info", "no-such-page"):
        headers = httpx.get(f"{address}{path}", headers={"Origin": "https://elsewhere.example"}).headers
        assert {name: headers.get(name) for name in HEADERS} == HEADERS
        assert headers.get("access-control-allow-origin") not in ("*", "https://elsewhere.example")


def test_a_long_text_is_refused_in_words(stranger):
    answer = stranger.say("x" * 10_000)
    assert "10000" in answer.messages[-1][1] and "No pose yet" in answer.label


def test_who_asks_for_too_much_waits_and_nobody_else_does(body, monkeypatch):
    monkeypatch.setenv("UNIPOSE_TURNS_PER_MINUTE", "1")
    with served(Page(Puppet(), body)) as page:
        greedy, other = Visitor(page.blocks.local_url), Visitor(page.blocks.local_url)
        greedy.say("raise an arm")
        refused = greedy.say("raise an arm")
        assert "the next answer can start in" in refused.messages[-1][1] and refused.vertices is None
        assert len(refused.messages) == 3  # the conversation is as it was, and why
        assert other.say("raise an arm").vertices is not None


def test_who_has_to_wait_is_told_how_long_the_line_is(page, stranger):
    others = [page.house.line.place() for _ in range(page.house.line.served + 2)]
    for place in others:
        place.__enter__()
    threading.Timer(1.6, lambda: [place.__exit__(None, None, None) for place in others]).start()
    answer = stranger.say("raise an arm")
    assert any("2 people are before you" in said for said in answer.heard)
    assert "before you" not in answer.messages[-1][1] and answer.vertices is not None


def test_who_leaves_in_the_middle_gives_up_their_place(page, stranger, address):
    for _ in range(page.house.line.served + 1):
        leaving = Visitor(address, stranger.listeners)
        leaving.join("raise an arm")
        leaving.close()
    assert stranger.say("raise an arm").vertices is not None


def test_the_folder_of_a_killed_process_goes_when_the_next_one_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os, signal, tempfile\nfrom unipose.ui.serving import VisitorsFolder\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\nfolder = VisitorsFolder()\n"
        "open(folder.name + '/photo.jpg', 'w').close()\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60)
    (tmp_path / "unipose-of-somebody-else").mkdir()
    assert len(list(tmp_path.glob("*/photo.jpg"))) == 1
    mine = VisitorsFolder()
    other = VisitorsFolder()  # and what is alive stays
    assert {path.name for path in tmp_path.iterdir()} == {
        "unipose-of-somebody-else",
        Path(mine.name).name,
        Path(other.name).name,
    }
    other.cleanup()
    mine.cleanup()
    assert [path.name for path in tmp_path.iterdir()] == ["unipose-of-somebody-else"]

"""A Hub on this machine, and the Hub's client pointed at it with a cache of its own."""

from __future__ import annotations

import pytest
from huggingface_hub import close_session, constants

from .server import TOKEN, Hub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A running :class:`Hub`; the client of this process knows no other, and nobody is logged in."""
    with Hub() as server:
        # What HF_ENDPOINT, HF_HOME and HF_TOKEN set when the client is imported; test_program.py sets those.
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
        monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(tmp_path / "stored_tokens"))
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield server
    close_session()


@pytest.fixture
def logged_in(hub, monkeypatch):
    """With a token that may read and write everything there."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)


@pytest.fixture
def offline(monkeypatch):
    """As ``HF_HUB_OFFLINE=1`` makes it."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    close_session()  # the client asks for offline mode when it opens a session
    yield
    close_session()

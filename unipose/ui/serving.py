"""How the page is served: headers that keep strangers out, and a folder for visitors' files that never stays behind."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

try:
    import fcntl
except ImportError:  # not on this system; folders of killed processes stay until somebody removes them
    fcntl = None  # type: ignore[assignment]

PREFIX = "unipose-"
_ALIVE = ".alive"

# Gradio runs its components' scripts by name and by text, hence the two unsafe words; nothing comes from elsewhere, and
# only a hosted Space may show the page in a frame.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self' https://huggingface.co https://*.hf.space"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Adds :data:`HEADERS` to every answer. Plain ASGI, so that streams are passed on piece by piece."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *named]
            await send(message)

        await self._app(scope, receive, send_guarded if scope["type"] == "http" else send)


class VisitorsFolder(tempfile.TemporaryDirectory[str]):
    """A temporary folder that goes with this process, and if that is killed, when the next one starts.

    A lock on a file in it is held as long as the process lives, however that ends; a folder whose lock is free goes.
    """

    def __init__(self) -> None:
        _remove_abandoned(Path(tempfile.gettempdir()))
        super().__init__(prefix=PREFIX)
        self._lock = _locked(Path(self.name))


def _locked(folder: Path) -> IO[bytes] | None:
    if fcntl is None:
        return None
    # Locked before it has its name, or a process that starts now might take the folder for abandoned.
    made = (folder / f"{_ALIVE}-soon").open("wb")
    fcntl.flock(made, fcntl.LOCK_EX | fcntl.LOCK_NB)
    Path(made.name).rename(folder / _ALIVE)
    return made


def _remove_abandoned(parent: Path) -> None:
    if fcntl is None:
        return
    for mark in parent.glob(f"{PREFIX}*/{_ALIVE}"):
        try:
            with mark.open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(mark.parent, ignore_errors=True)
        except OSError:  # alive, or somebody else's
            continue

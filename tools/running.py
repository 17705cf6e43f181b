"""An app started as a program of its own, for checks that need one: found alive, asked, and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx


class RunningApp:
    """``app.py`` in a folder, on a port of its own; a context that ends it.

    Args:
        folder: where ``app.py`` lies.
        python: that runs it; default this one.
        port: default a free one.
        variables: of its environment, besides those of this process.
        options: of ``app.py``.
    """

    def __init__(
        self,
        folder: Path,
        python: Path | str = sys.executable,
        port: int | None = None,
        variables: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._command = [str(python), "app.py", "--host", "127.0.0.1", "--port", str(self.port), *options]
        self._folder, self._variables = folder, os.environ | (variables or {})
        self._said = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed with the app
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """Of the process; it must be running."""
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self, timeout: float = 180) -> RunningApp:
        """Start and wait until it answers.

        Raises:
            RuntimeError: it ended, or did not answer in ``timeout`` seconds; with what it said last.
        """
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=self._variables, stdout=self._said, stderr=self._said, text=True
        )
        until = time.monotonic() + timeout
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(self.address, timeout=5).status_code == 200:
                    return self
            time.sleep(0.3)
        self.stop()
        raise RuntimeError(f"{' '.join(self._command)} did not come up; it said: {self.said()[-2000:]}")

    def said(self) -> str:
        """Everything it wrote."""
        self._said.seek(0)
        return self._said.read()

    def kill(self) -> None:
        """End it without any warning, as a machine does that runs out of memory."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGINT)

    def memory(self) -> float:
        """MB resident now (Linux)."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def __enter__(self) -> RunningApp:
        return self if self._process is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._said.close()

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

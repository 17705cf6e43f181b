"""A Space tried where only its own files and its own requirements are."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx

from tools.load.visitor import Visitor
from tools.running import RunningApp

WORDS = "Raise both arms."


def attempt(folder: Path, environment: Path, python: str = sys.executable) -> str:
    """Install what the Space asks for, start it as a Space does, and ask for a pose.

    Args:
        folder: of the Space.
        environment: a virtual environment, made when it is not there.
        python: makes it.

    Returns:
        what was found, in lines for people.

    Raises:
        RuntimeError: the app does not start, or gives no pose.
        subprocess.CalledProcessError: the requirements cannot be installed.
    """
    own = environment / "bin" / "python"
    if not own.exists():
        subprocess.run([python, "-m", "venv", str(environment)], check=True)
    install = [str(own), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # ZeroGPU brings a torch of its own. Here it is the one this project is tested with: the range alone would make
    # pip fetch gigabytes of other builds.
    subprocess.run([*install, "torch==2.13.0"], check=True)
    subprocess.run([*install, "--requirement", str(folder / "requirements.txt")], check=True)
    began = time.monotonic()
    # Nothing of this repository, and nothing from the Hub, may be what makes it work.
    apart = {"PYTHONPATH": "", "HF_HUB_OFFLINE": "1", "PYTHONNOUSERSITE": "1"}
    with RunningApp(folder.resolve(), own.absolute(), variables=apart) as app:
        started = time.monotonic() - began
        status = httpx.get(app.address).status_code
        answer = Visitor(app.address).say(WORDS)
        if answer.vertices is None:
            said = f"the chat: {answer.messages}; the app: {app.said()[-3000:]}"
            raise RuntimeError(f"'{WORDS}' brought no pose; {said}")
        return (
            f"HTTP {status} after {started:.1f} s; '{WORDS}' drawn after {answer.drawn:.1f} s "
            f"({len(answer.vertices)} vertices); {app.memory():.0f} MB resident"
        )

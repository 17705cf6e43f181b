"""The Hub's settings as people set them, by the environment, in programs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .server import Hub

ROOT = Path(__file__).resolve().parents[3]
LOAD = "import sys; from unipose import UniPose; print(UniPose.from_pretrained(sys.argv[1]).name)"


@pytest.mark.slow  # three programs, each of which imports torch
def test_fetched_with_progress_then_offline(tiny_folder, tmp_path):
    names = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_HUB_DISABLE_PROGRESS_BARS")
    clean = {key: value for key, value in os.environ.items() if key not in names}

    def load(name: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = clean | {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path)} | settings
        command = [sys.executable, "-c", LOAD, name]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)

    with Hub() as hub:
        repo = hub.add("owner/tiny", tiny_folder)
        repo.tags["v1"] = repo.branches["main"]
        first = load("owner/tiny@v1", TQDM_POSITION="-1")  # bars although this is no terminal
        assert first.stdout == "owner/tiny@v1\n" and "Fetching" in first.stderr, first.stderr
        asked = len(hub.requests)
        assert load("owner/tiny@v1", HF_HUB_OFFLINE="1").stdout == "owner/tiny@v1\n"
        missing = load("owner/tiny@v2", HF_HUB_OFFLINE="1")
        assert missing.returncode != 0 and "HF_HUB_OFFLINE" in missing.stderr and str(tmp_path) in missing.stderr
        assert len(hub.requests) == asked

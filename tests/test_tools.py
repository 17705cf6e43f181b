"""Every build-time script starts from the root of the repository, as its first lines say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = [path for path in sorted((ROOT / "tools").glob("*.py")) if "ArgumentParser" in path.read_text("utf-8")]


@pytest.mark.slow  # each imports torch anew
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_starts_as_it_says(script):
    assert re.search(rf"python -m tools\.{script.stem}|python tools/{script.name}", script.read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, "-m", f"tools.{script.stem}", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage:")

"""Every build-time script starts from the root of the repository, as its first lines say."""

import re
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# those of the body are run with a package that is no requirement of this project
SCRIPTS = [path for path in sorted((ROOT / "tools").glob("*.py")) if "python -m tools." in path.read_text("utf-8")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_starts_as_it_says(script, monkeypatch, capsys):
    assert re.search(rf"python -m tools\.{script.stem}\b", script.read_text("utf-8"))
    monkeypatch.setattr(sys, "argv", [script.stem, "--help"])
    with pytest.raises(SystemExit) as left:
        runpy.run_module(f"tools.{script.stem}", run_name="__main__")
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("usage:")

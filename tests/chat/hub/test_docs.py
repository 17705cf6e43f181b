"""The commands of docs/hub.md are commands."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
import typer

from unipose.cli import app

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "hub.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"^```bash\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]


@pytest.mark.parametrize("line", [line for line in LINES if "python" in line])
def test_commands_parse(line, monkeypatch):
    words = shlex.split(line, comments=True)
    words = words[words.index("python") + 1 :]
    if words[0] == "app.py":
        monkeypatch.syspath_prepend(ROOT)
        sys.modules.pop("app", None)
        import app as program

        assert program._parser().parse_args(words[1:]).model
    else:
        verb = typer.main.get_command(app).commands[words[2]]
        verb.make_context(words[2], words[3:]).close()

"""The page on the library: its commands parse, and its Python runs."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from unipose.cli import app

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "library.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)[3:]
    for block in re.findall(r"^```bash\n(.*?)^```$", PAGE, re.M | re.S)
    for line in block.splitlines()
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_parse(words):
    typer.main.get_command(app).commands[words[0]].make_context(words[0], list(words[1:])).close()


def test_the_python_runs(capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    exec(compile(code, "docs/library.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("2 of 2") and second

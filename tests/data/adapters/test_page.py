"""The page on datasets: its table is the adapters', its layouts are told, its Python runs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from unipose.data.adapters.table import ADAPTERS

from . import made_up

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "datasets.md").read_text(encoding="utf-8")
ROWS = {cells[1].strip(" `"): cells for line in PAGE.splitlines() if (cells := line.split("|"))[1:] and "`" in cells[1]}


def test_the_table_lists_the_adapters():
    assert list(ROWS) == list(ADAPTERS)


@pytest.mark.parametrize("name", ADAPTERS)
def test_each_row_says_what_the_adapter_gives_and_takes(name):
    adapter = ADAPTERS[name]
    assert ROWS[name][2].strip().startswith(adapter.gives)
    options = [option for option in inspect.signature(adapter.read).parameters if option != "folder"]
    assert re.findall(r"`(\w+)`", ROWS[name][4]) == options
    module = inspect.getmodule(adapter.read)
    assert f"{module.__name__.rpartition('.')[2]}.py" in PAGE and "Layout" in module.__doc__


def test_the_python_runs(tiny, tmp_path, monkeypatch, capsys):
    from unipose import UniPose

    made_up.amass(tmp_path / "AMASS")
    made_up.posescript(tmp_path / "posescript")
    monkeypatch.setattr(UniPose, "from_pretrained", lambda *_: tiny)
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    exec(compile(code, "docs/datasets.md", "exec"), {})
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("12 {'AMASS terms")
    assert "generate Arms out." in shown and len(shown) == 1 + 2 * 5

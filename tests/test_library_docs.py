"""The page on the library: its Python runs."""

import re
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "library.md").read_text(encoding="utf-8")


def test_the_python_runs(capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    exec(compile(code, "docs/library.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("2 of 2") and second

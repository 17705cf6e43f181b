"""The page about the official system: all its defects are accounted for, its tests exist, its Python runs."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "official.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", PAGE, re.M)


def named_in(path: Path) -> set[str]:
    """Names of the test functions in a file, without importing it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_defect_is_accounted_for():
    assert [int(number) for number, *_ in TABLE] == list(range(1, 36))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_each_names_a_test(row):
    assert re.findall(r"`tests/[^`]+::[^`]+`", row[3]), "name one; where none can be, what is done instead"


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE))))
def test_the_tests_it_names_exist(test):
    path, _, name = test.partition("::")
    found = named_in(ROOT / path)
    assert name in found if name else found


def test_the_python_runs(tiny, tmp_path, monkeypatch, capsys):
    from unipose import UniPose
    from unipose.body.postures import standing

    monkeypatch.setattr(UniPose, "from_pretrained", lambda *_: tiny)
    monkeypatch.chdir(tmp_path)
    standing().save("pose.npz")
    for code in re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S):
        exec(compile(code, "docs/official.md", "exec"), {})
    assert capsys.readouterr().out


def test_requirements_are_ranges():
    """Nothing is pinned to one version; ``constraints.txt`` only says which were tried."""
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        wanted = line.split("#")[0].strip()
        assert "==" not in wanted and (not wanted or ">=" in wanted), line

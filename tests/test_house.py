"""House rules a reader relies on: imports go one way, modules stay short, data loads, wheels are whole."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "unipose"

# A module imports only from a lower rank, or from its own folder.
RANKS = {
    "paths": -1,
    "body": 0,
    "tasks": 0,
    "language": 1,
    "model": 1,
    "photos": 1,
    "chat": 2,
    "interop": 2,
    "data": 2,
    "library": 2,
    "training": 3,
    "evaluation": 3,
    "ui": 3,
    "batch": 3,
    "doctor": 3,
    "terminal": 3,
    "language_cli": 4,
    "arguments": 4,
    "photo_cli": 5,
    "library_cli": 5,
    "tools_cli": 5,
    "cli": 6,
    "__main__": 7,
}
MAX_LINES = 450

MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = sorted(path for folder in ("unipose", "tests", "tools") for path in (ROOT / folder).rglob("*.py")) + [
    path for path in [ROOT / "app.py"] if path.exists()
]
DATA = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".yaml", ".json"})


def room_of(path: Path) -> str:
    """The room a module lives in: its folder under the package, or its own name at the top."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path: Path) -> set[str]:
    """Rooms of this package that a module imports, late imports included, type-only ones not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    type_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", None) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    rooms = set()
    for node in ast.walk(tree):
        if id(node) in type_only:
            continue
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names = [node.module or ""] if node.module != "unipose" else [f"unipose.{a.name}" for a in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("unipose.")}
    return rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    room = room_of(path)
    if room == "__init__":  # public names only, looked up late
        assert imported_rooms(path) == set()
        return
    assert room in RANKS, f"{path} lives in a room without a rank; add '{room}' to the table"
    for other in imported_rooms(path) - {room}:
        assert RANKS[other] < RANKS[room], f"{room} (rank {RANKS[room]}) imports {other} (rank {RANKS[other]})"


def test_app_imports_are_not_imported_back():
    for path in MODULES:
        assert not re.search(r"^\s*(import app|from app)\b", path.read_text(encoding="utf-8"), re.M), path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_short(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{lines} lines; look for the second idea inside it"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_library_code_does_not_print(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"]
    assert not calls, f"print at lines {calls}; the command line writes through its console"


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_data_files_load(path):
    text = path.read_text(encoding="utf-8")
    content = yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)
    assert content, "an empty data file"


def test_wheel_lists_every_package():
    listed = set(re.findall(r'^    "(unipose[\w.]*)",$', (ROOT / "pyproject.toml").read_text(), re.M))
    found = {str(path.parent.relative_to(ROOT)).replace("/", ".") for path in PACKAGE.rglob("__init__.py")}
    assert listed - {"unipose.assets"} == found


def test_import_is_light():
    heavy = ("torch", "transformers", "gradio")
    code = f"import sys, unipose, unipose.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_resolve():
    import unipose

    assert [getattr(unipose, name).__name__ for name in unipose.__all__] == unipose.__all__
    with pytest.raises(AttributeError, match="UniPose"):
        _ = unipose.Nothing

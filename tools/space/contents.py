"""What a Space is made of: the app, every module it can reach, their data, the shipped files, a card, requirements."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parents[2]
CARD = Path(__file__).with_name("card.md")

PYTHON = "3.12"
"""Of the Space: the newer of the two that ZeroGPU has."""

_ONLY_TRAINING = {"peft", "accelerate", "tensorboard", "snowballstemmer", "tqdm"}
"""Requirements of the repository that the app does without."""

_ONLY_MEASURING = {"retrieval"}
"""Shipped folders that the app does without."""


def assemble(folder: Path) -> dict[str, int]:
    """Make the Space in ``folder``, which is emptied first.

    Returns:
        Bytes by name, of the folder's entries and, as ``unipose/ROOM``, of the package's rooms.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("app.py", "LICENSE"):
        shutil.copy2(ROOT / name, folder)
    for room in sorted(rooms()):
        for part in (ROOT / "unipose").glob(f"{Path(room).stem}.*" if room.endswith(".py") else room):
            _copy(part, folder / "unipose" / part.name)  # a lone module with its data, or a folder
    shutil.copy2(ROOT / "unipose" / "__init__.py", folder / "unipose")
    for asset in sorted((ROOT / "assets").iterdir()):
        if asset.name not in _ONLY_MEASURING:
            _copy(asset, folder / "assets" / asset.name)
    (folder / "requirements.txt").write_text("\n".join(requirements()) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card(), encoding="utf-8")
    return {path.name: _size(path) for path in sorted(folder.iterdir())} | {
        f"unipose/{path.name}": _size(path) for path in sorted((folder / "unipose").iterdir())
    }


def rooms() -> set[str]:
    """Folders and lone modules of the package that the app can reach through imports, late ones included."""
    found: set[str] = set()
    waiting = [ROOT / "app.py"]
    while waiting:
        for name in _imported(waiting.pop()):
            place = ROOT / "unipose" / name
            room = place if place.is_dir() else place.with_suffix(".py")
            if room.exists() and room.name not in found:
                found.add(room.name)
                waiting += room.rglob("*.py") if room.is_dir() else [room]
    return found


def requirements() -> list[str]:
    """Lines of requirements.txt. A range of torch, so that the one ZeroGPU brings is kept; Gradio as it is tested."""
    lines = []
    for line in _lines("requirements.txt") + _lines("requirements-photos.txt"):
        name = re.split(r"[<>=\s]", line)[0]
        if name == "gradio":
            lines.append(f"gradio=={gradio_version()}")
        elif name not in _ONLY_TRAINING:
            lines.append(line)
    return lines


def card() -> str:
    """The README: front matter that configures the Space, and a few words for its page."""
    template = Template(CARD.read_text(encoding="utf-8"))
    return template.substitute(sdk_version=gradio_version(), python_version=PYTHON)


def gradio_version() -> str:
    """The one this project is tested with."""
    (version,) = re.findall(r"^gradio==(\S+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)
    return version


def _lines(name: str) -> list[str]:
    """Requirements in a file, without comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [bare for line in text.splitlines() if (bare := line.partition("#")[0].strip())]


def _imported(path: Path) -> set[str]:
    """Rooms of the package that a file imports; imports for type checkers count too, which costs nothing here."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Import):
            names += [each.name for each in node.names]
    return {name.split(".")[1] for name in names if name.startswith("unipose.")}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        shutil.copy2(source, target)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(_size(inner) for inner in path.iterdir())

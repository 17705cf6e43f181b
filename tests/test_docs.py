"""The pages' promises: commands parse, Python runs, links and paths lead somewhere, what is shipped is in the ledger."""

import argparse
import ast
import importlib
import importlib.util
import os
import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
import yaml

import app as app_file
import unipose
from unipose.cli import app

ROOT = Path(__file__).resolve().parents[1]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
PAGES += sorted((ROOT / "assets").rglob("*.md")) + sorted((ROOT / "unipose").rglob("*.md"))
HISTORY = {ROOT / "docs" / "log.md", ROOT / "CHANGELOG.md"}  # they speak of what was
TOOLS = sorted((ROOT / "tools").rglob("*.py"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)

# Programs of others in blocks of commands: what is taken of them is the machine's business.
FOREIGN = {"hf", "curl", "export", "source"}

# Python of the pages that is run elsewhere, or cannot be run by a test.
NOT_RUN = {
    ("api.md", 0): "needs a running app: tests/ui/test_api.py speaks to one with the same client",
    ("api.md", 1): "needs a running app and the package mcp: tests/ui/test_mcp.py",
    ("datasets.md", 0): "needs copies of AMASS and PoseScript: tests/data/adapters reads miniatures of them",
    ("files.md", 1): "is run by Blender",
    ("hub.md", 0): "needs the Hub: tests/chat/hub fetches from one made for the test",
    ("hub.md", 1): "needs the Hub: tests/chat/hub pushes to one made for the test",
    ("library.md", 0): "tests/test_library_docs.py runs it",
    ("official.md", 0): "tests/test_official_docs.py runs it",
    ("photos.md", 0): "tests/test_photos_page.py runs it, with a detector",
    ("running.md", 0): "needs a CUDA device and the Hub",
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands_of(text: str, everything: bool) -> list[list[str]]:
    """Lines of a block as words: continuation lines joined, comments and leading assignments off."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if not everything and not re.match(r"\s*(\w+=\S+ )*(python|make|pip|pytest)\s", line):
            continue
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words:
            found.append(words)
    return found


def shown() -> list[tuple[str, list[str]]]:
    """Every command of the pages and of the tools' docstrings, with where it stands."""
    found = []
    for page in set(PAGES) - HISTORY:
        for kind, text in FENCE.findall(page.read_text(encoding="utf-8")):
            if kind in ("", "bash", "sh"):
                found += [(named(page), words) for words in commands_of(text, kind != "")]
    for tool in TOOLS:
        text = ast.get_docstring(ast.parse(tool.read_text(encoding="utf-8"))) or ""
        lines = [line for line in text.splitlines() if re.match(r"\s*python -m tools\.", line)]
        found += [(named(tool), words) for words in commands_of(re.sub(r"[\[\]]", "", "\n".join(lines)), True)]
    return sorted(found)


SHOWN = shown()


def those_of(start: str) -> list:
    """The commands that begin so."""
    return [
        pytest.param(words, id=f"{where}: {' '.join(words)}"[:110])
        for where, words in SHOWN
        if " ".join(words).startswith(start)
    ]


def command_of(words: list[str]):
    """The click command that these words name, and the words left over."""
    command, rest = typer.main.get_command(app), list(words)
    while rest and hasattr(command, "commands") and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    return command, rest


def test_every_command_is_of_a_kind_that_is_tried():
    for where, words in SHOWN:
        ours = re.match(r"python (app\.py|-m (unipose|tools\.\w+))( |$)", " ".join(words))
        assert ours or words[0] in {"make", "pip", "pytest", *FOREIGN}, f"{where}: nobody tries {' '.join(words)}"


@pytest.mark.parametrize("words", those_of("python -m unipose "))
def test_commands_parse(words):
    command, rest = command_of(words[3:])
    assert not hasattr(command, "commands"), f"no such command: {words}"
    command.make_context(words[3], rest).close()


@pytest.mark.parametrize("words", those_of("python app.py"))
def test_the_app_takes_what_is_shown(words):
    app_file._parser().parse_args(words[2:])


class Parsed(Exception):
    """A script has read its options."""


@pytest.mark.slow  # the scripts import torch and the training code, ten seconds in all
@pytest.mark.parametrize("words", those_of("python -m tools."))
def test_scripts_take_what_is_shown(words, monkeypatch):
    read = argparse.ArgumentParser.parse_args

    def read_and_stop(self, *given, **how):
        read(self, *given, **how)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", read_and_stop)
    monkeypatch.setattr(sys, "argv", words[2:])
    with pytest.raises(Parsed):
        runpy.run_module(words[2], run_name="__main__")


@pytest.mark.parametrize("words", those_of("make "))
def test_targets_exist(words):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(words[1])}:", makefile, re.M)


@pytest.mark.parametrize("words", those_of("pytest "))
def test_tests_that_are_named_exist(words):
    markers = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for word in words[1:]:
        if word.startswith("tests"):
            assert (ROOT / word).exists(), word
        else:
            assert all(f'"{marker}: ' in markers for marker in set(re.findall(r"\w+", word)) - {"m", "not", "and"}), (
                word
            )


def inline() -> list:
    """Commands of ours in the running text, often without all that they need."""
    found = {}
    for page in set(PAGES) - HISTORY:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for command in re.findall(r"`(python -m (?:unipose|tools)[^`]*|pytest [^`]*|make [\w-]+)`", text):
            found.setdefault(" ".join(command.split()), named(page))
    return [pytest.param(command, id=f"{page}: {command}"[:110]) for command, page in sorted(found.items())]


@pytest.mark.parametrize("command", inline())
def test_commands_in_the_text_exist(command):
    words = shlex.split(command)
    options = {word for word in words if word.startswith("--")}
    if words[0] == "make":
        test_targets_exist(words)
    elif words[0] == "pytest":
        test_tests_that_are_named_exist(words)
    elif words[2] == "unipose":
        found, rest = command_of(words[3:])
        assert found is not None and len(rest) < max(1, len(words[3:])), f"no such command: {command}"
        known = {name for parameter in found.params for name in parameter.opts}
        assert options <= known, options - known
    else:
        found = importlib.util.find_spec(words[2])
        assert found is not None and found.origin, words[2]
        folder = Path(found.origin).parent
        texts = "".join(path.read_text("utf-8") for path in (Path(found.origin), *folder.glob("__main__.py"))) + (
            (ROOT / "tools" / "teaching.py").read_text("utf-8")
        )
        assert all(f'"{option}"' in texts for option in options), options


def blocks() -> list:
    found = []
    for page in DOCS:
        pythons = [text for kind, text in FENCE.findall(page.read_text(encoding="utf-8")) if kind == "python"]
        found += [
            pytest.param((page.name, number), text, id=f"{page.name} {number}") for number, text in enumerate(pythons)
        ]
    return found


@pytest.mark.parametrize("place, code", blocks())
def test_python_names_what_there_is(place, code):
    """Also of blocks that are not run: it compiles, and what it imports of ours exists."""
    for node in ast.walk(compile(code, place[0], "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unipose"):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


@pytest.mark.parametrize("place, code", [param for param in blocks() if param.values[0] not in NOT_RUN])
def test_python_runs(place, code, tiny, tmp_path, monkeypatch, capsys):
    """In a folder with a pose, a walk, texts and a body file, by the tiny model."""
    from unipose import Pose, UniPose
    from unipose.body.postures import standing

    monkeypatch.setattr(UniPose, "from_pretrained", lambda *_, **__: tiny)
    monkeypatch.chdir(tmp_path)
    standing().save("pose.npz")
    np.savez("walk.npz", poses=np.tile(Pose.load("pose.npz").axis_angle.reshape(1, 66), (200, 1)), mocap_framerate=60)
    Path("texts.jsonl").write_text('{"text": "Lift your left leg."}\n', encoding="utf-8")
    write_body(tmp_path / "SMPL_NEUTRAL.npz")
    monkeypatch.setenv("UNIPOSE_SMPL_PATH", str(tmp_path))
    exec(compile(code, place[0], "exec"), {})
    assert capsys.readouterr().out.strip()


def write_body(path: Path) -> None:
    """A file with the arrays of a SMPL model and the skin of the free body."""
    from unipose.body.mesh import FreeBody
    from unipose.body.skeleton import PARENTS_24

    body = FreeBody.load("light")
    rest, count = body.rest_vertices.numpy(), len(body.rest_vertices)
    np.savez(
        path,
        v_template=rest,
        f=body.faces.numpy(),
        weights=body.weights.numpy(),
        J_regressor=body.rest_joints.numpy() @ np.linalg.pinv(rest),
        kintree_table=np.array([PARENTS_24, range(24)]),
        shapedirs=np.zeros((count, 3, 10)),
        posedirs=np.zeros((count, 3, 207)),
    )


def test_exceptions_are_blocks():
    assert set(NOT_RUN) <= {param.values[0] for param in blocks()}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text)):
        if re.match(r"https?://|mailto:", target):
            continue
        place, _, heading = target.partition("#")
        file = page if not place else (page.parent / place).resolve()
        assert file.exists(), f"{named(page)}: no {target}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
            assert heading in {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}, target


@pytest.mark.parametrize("page", sorted(set(PAGES) - HISTORY), ids=named)
def test_paths_in_the_text_exist(page):
    rooms = {path.name for path in (ROOT / "unipose").iterdir() if path.is_dir()}
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for path in re.findall(r"`((?:\.\./)?\w[\w-]*/[\w./-]+)`", text):
        top = path.split("/")[0]
        if top in ("unipose", "tools", "tests", "docs", "assets"):
            assert (ROOT / path).exists(), f"{named(page)}: no {path}"
        elif top in rooms and path.endswith((".py", ".yaml", ".npz", "/")):
            places = (ROOT / "unipose" / path, ROOT / "assets" / path, page.parent / path)
            assert any(place.exists() for place in places), f"{named(page)}: no {path}"


def test_every_page_is_in_the_index():
    linked = set(re.findall(r"\]\((\w[\w-]*\.md)\)", (ROOT / "docs" / "README.md").read_text(encoding="utf-8")))
    assert linked == {page.name for page in DOCS} - {"README.md"}


def variables(paths) -> set[str]:
    return {name for path in paths for name in re.findall(r"\bUNIPOSE_[A-Z][A-Z_]*[A-Z]\b", path.read_text("utf-8"))}


def test_variables_are_told_and_read():
    code = [ROOT / "app.py", *(ROOT / "unipose").rglob("*.py"), *TOOLS]
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    pages = [*DOCS, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    assert variables(code) - variables(pages) == set(), "read, and on no page"
    assert variables(pages) - variables([*code, *tests]) == set(), "on a page, and read by nobody"
    assert variables([ROOT / "docs" / "README.md"]) == variables(pages), "the table of variables is whole"


def test_everything_shipped_is_in_the_ledger():
    ledger = set(re.findall(r"^\| `([^`]+)` \|", (ROOT / "assets" / "README.md").read_text(encoding="utf-8"), re.M))
    assert all((ROOT / row).exists() or (ROOT / "assets" / row).exists() for row in ledger), "rows without a file"
    for path in (ROOT / "assets").rglob("*"):
        name = path.relative_to(ROOT / "assets").as_posix()
        if path.is_file() and name != "README.md":
            assert name in ledger or any(row.endswith("/") and name.startswith(row) for row in ledger), name
    for folder, _, names in os.walk(ROOT / "unipose"):
        for name in names:
            path = Path(folder) / name
            if path.suffix in {".npz", ".safetensors", ".bin", ".pt", ".onnx", ".pkl", ".jpg", ".png", ".glb"}:
                assert path.relative_to(ROOT).as_posix() in ledger, f"{path} has no row in assets/README.md"


def test_the_citation_is_whole():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited["version"] == unipose.__version__ and cited["license"] == "Apache-2.0"
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

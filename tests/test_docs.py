"""What the pages show works: commands parse, targets and options exist, Python runs."""

import argparse
import ast
import importlib
import importlib.util
import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from packaging.requirements import Requirement

import app as app_file
from tests.pages import DOCS, FENCE, HISTORY, PAGES, ROOT, TOOLS, named
from unipose.cli import app

# Programs of others in blocks of commands: what is taken of them is the machine's business.
FOREIGN = {"hf", "curl", "export", "source"}

# Python of the pages that is run elsewhere, or cannot be run by a test.
NOT_RUN = {
    ("api.md", 0): "needs a running app: tests/ui/test_api.py speaks to one with the same client",
    ("api.md", 1): "needs a running app: tests/ui/test_api.py speaks to one with the same client of mcp",
    ("datasets.md", 0): "needs copies of AMASS and PoseScript: tests/data/adapters reads miniatures of them",
    ("files.md", 1): "is run by Blender",
    ("hub.md", 0): "needs the Hub: tests/chat/hub fetches from one made for the test",
    ("hub.md", 1): "needs the Hub: tests/chat/hub pushes to one made for the test",
    ("library.md", 0): "tests/test_library_docs.py runs it",
    ("official.md", 0): "tests/test_official_docs.py runs it",
    ("photos.md", 0): "tests/test_photos_page.py runs it, with a detector",
    ("running.md", 0): "needs a CUDA device and the Hub",
}

# These load the pose language and let the tiny model answer, or solve a pose.
LONG = {("api.md", 2), ("batch.md", 0), ("pose-language.md", 0)}


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
    for page in sorted(set(PAGES) - HISTORY):
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


def installed() -> list:
    """What pip is told to install, in blocks and in the text."""
    texts = [(page, page.read_text(encoding="utf-8")) for page in sorted(set(PAGES) - HISTORY)]
    return [
        pytest.param(shlex.split(line, comments=True), id=f"{named(page)}: {line}")
        for page, text in texts
        for line in re.findall(r"pip install ([^`\n)]+)", text)
    ]


@pytest.mark.parametrize("words", installed())
def test_what_pip_is_told_can_be_meant(words):
    extras = extras_there_are()
    while words:
        word = words.pop(0)
        if word == "-r":
            assert (ROOT / words.pop(0)).is_file()
            continue
        wanted = Requirement(word)
        assert wanted.name != "unipose" or wanted.extras <= extras, wanted


def extras_there_are() -> set[str]:
    table = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.optional-dependencies]")[1]
    return set(re.findall(r"^(\w+) = \[", table.split("\n[")[0], re.M))


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
    for page in sorted(set(PAGES) - HISTORY):
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


def blocks(run: bool = False) -> list:
    """All Python of the pages in ``docs``, or what is run of it."""
    found = []
    for page in DOCS:
        pythons = [text for kind, text in FENCE.findall(page.read_text(encoding="utf-8")) if kind == "python"]
        for place, text in (((page.name, number), text) for number, text in enumerate(pythons)):
            if not run or place not in NOT_RUN:
                marks = [pytest.mark.slow] if run and place in LONG else []
                found.append(pytest.param(place, text, id="{} {}".format(*place), marks=marks))
    return found


@pytest.mark.parametrize("place, code", blocks())
def test_python_names_what_there_is(place, code):
    """Also of blocks that are not run: it compiles, and what it imports of ours exists."""
    for node in ast.walk(compile(code, place[0], "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unipose"):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


@pytest.mark.parametrize("place, code", blocks(run=True))
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
    for place, reason in NOT_RUN.items():
        assert all((ROOT / path).exists() for path in re.findall(r"tests/[\w./]*\w", reason)), place
    assert {*NOT_RUN, *LONG} <= {param.values[0] for param in blocks()}

"""The README's promises: its commands parse, its targets and folders exist, its Python runs."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from unipose.cli import app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
    return [text for found, text in fenced if found == language]


COMMANDS = [line.split("#")[0].strip() for block in blocks("bash") for line in block.splitlines()]
VERBS = [shlex.split(line)[3:] for line in COMMANDS if line.startswith("python -m unipose ")]


def command_of(words: list[str]):
    """The click command that these words name, and the words left over."""
    command, rest = typer.main.get_command(app), list(words)
    while rest and hasattr(command, "commands") and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    return command, rest


def test_the_two_commands_come_first():
    assert COMMANDS[:2] == ["make app", "make test"]


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_make_targets_exist(line):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{line.split()[1]}:", makefile, re.M)


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_commands_parse(words):
    command, rest = command_of(words)
    assert not hasattr(command, "commands"), f"no such command: {words}"
    command.make_context(words[0], rest).close()


def test_every_verb_is_shown_or_named():
    names = typer.main.get_command(app).commands
    assert [name for name in names if name not in README] == []
    for name in names:
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_the_tree_is_the_tree():
    (tree,) = [block for block in blocks("") if "unipose/ " in block]
    folder = ROOT
    for line in tree.splitlines():
        name = line.split()[0]
        folder = ROOT / "unipose" if line.startswith("  ") else ROOT
        assert (folder / name).exists(), name


def test_every_module_folder_is_in_the_tree():
    (tree,) = [block for block in blocks("") if "unipose/ " in block]
    for path in (ROOT / "unipose").iterdir():
        shown = f"{path.name}/" if path.is_dir() else path.name
        if path.suffix == ".py" and not path.name.startswith("__") or (path / "__init__.py").exists():
            assert re.search(rf"^  {re.escape(shown)}\s", tree, re.M), shown


def test_python_example_runs(tiny, tmp_path, monkeypatch, capsys):
    from unipose import UniPose

    monkeypatch.setattr(UniPose, "from_pretrained", lambda *_: tiny)
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "raised.npz").exists() and capsys.readouterr().out


def test_pictures_exist():
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file(), picture

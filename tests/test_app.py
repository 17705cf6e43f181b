"""The program a person starts: one clear line when it cannot, and nothing done by merely importing it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options
    )


@pytest.mark.slow
def test_a_model_that_is_not_there_is_one_clear_line(tmp_path):
    done = run("app.py", "--model", str(tmp_path / "missing"))
    assert done.returncode == 2 and done.stdout == ""
    assert "missing" in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_auto_says_what_it_took_and_why(tmp_path):
    environment = os.environ | {"UNIPOSE_OFFICIAL": str(tmp_path)}  # without weights: nano, GPU or not
    done = run("app.py", "--model", "auto", "--revision", "v1", env=environment)  # nano has none, so this ends here
    took, refused = done.stderr.strip().splitlines()
    assert took.startswith("app.py: auto took nano: ") and "'v1'" in refused and done.returncode == 2


def test_importing_the_app_loads_nothing():
    done = run("-c", "import sys, app; print({'torch', 'gradio', 'unipose'} & sys.modules.keys())")
    assert done.stdout.strip() == "set()", done.stderr


def test_help_answers_at_once_and_names_the_options():
    done = run("app.py", "--help")
    assert done.returncode == 0 and all(
        option in done.stdout for option in ("--model", "--revision", "--host", "--port", "auto")
    )

"""Poses found on the command line."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from unipose import Pose
from unipose.body.postures import standing
from unipose.cli import app


def run(*words):
    found = CliRunner().invoke(app, ["library", *map(str, words)])
    return found.exit_code, found.stdout, found.stderr


def test_words_find_a_pose_and_write_it(tmp_path):
    code, out, _ = run("tree pose on the right leg", "-o", tmp_path / "tree.npz", "--json")
    told = json.loads(out)
    assert code == 0 and told["found"][0]["name"] == "Tree, right" and told["found"][0]["mirrored"]
    assert len(told["poses"]) == len(told["found"]) == 5
    assert run("--like", tmp_path / "tree.npz", "--count", 1)[1].startswith(("Tree, right", "Tree, left", "Flamingo"))
    assert Pose.load(tmp_path / "tree.npz").rotations.shape == (22, 3, 3)


def test_an_own_folder_is_searched_too(tmp_path):
    standing().save(tmp_path / "grandfather_resting.npz")
    code, out, err = run("grandfather", "--data", tmp_path)
    assert code == 0 and out.startswith("grandfather resting") and tmp_path.name in out and "1 pose" in err


@pytest.mark.parametrize("words", [(), ("x", "--like", "y.npz"), ("zxcvb",), ("tree", "--data", "nowhere")])
def test_what_cannot_be_done_is_said_in_one_line(words):
    code, out, err = run(*words)
    assert code == 2 and not out and len(err.strip().splitlines()) == 1

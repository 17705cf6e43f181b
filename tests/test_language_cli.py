"""The pose language on the command line: captions, checks, solved poses and sheets."""

from __future__ import annotations

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from unipose import Pose
from unipose.body.postures import standing
from unipose.cli import app


@pytest.fixture
def pose_file(tmp_path):
    return standing().save(tmp_path / "standing.npz")


def run(*words):
    found = CliRunner().invoke(app, ["language", *map(str, words)])
    return found.exit_code, found.stdout, found.stderr


def test_a_caption_comes_with_the_statements_that_made_it(pose_file):
    code, out, _ = run("caption", pose_file, "--level", "short", "--json")
    told = json.loads(out)
    assert code == 0 and told["text"] == told["caption"]["text"] and len(told["caption"]["statements"]) >= 5
    assert run("caption", pose_file, "--level", "short")[1].strip() == told["text"]
    code, _, err = run("caption", pose_file, "--level", "endless")
    assert code == 2 and "gist" in err


def test_a_check_marks_each_claim(pose_file):
    code, out, _ = run("check", pose_file, "standing with the left arm raised, zxcvb")
    assert code == 0 and out.splitlines() == ["✓ standing", "✗ left arm raised", "? zxcvb"]
    assert run("check", pose_file.with_name("none.npz"), "standing")[0] == 2


def test_what_is_solved_passes_the_check(tmp_path):
    path = tmp_path / "solved.npz"
    code, out, _ = run("solve", "left arm raised, right knee bent", "-o", path)
    assert code == 0 and "2 of 2" in out
    assert all(line.startswith("✓") for line in run("check", path, "left arm raised, right knee bent")[1].splitlines())
    assert Pose.load(path).rotations.shape == (22, 3, 3)


def test_what_cannot_hold_together_is_told():
    _, out, _ = run("solve", "left arm raised, left arm hanging, zxcvb")
    assert "1 of 2" in out and "cannot both hold" in out and "zxcvb" in out
    code, _, err = run("solve", "zxcvb")
    assert code == 2 and len(err.strip().splitlines()) == 1


def test_a_sheet_is_a_picture(tmp_path):
    path = tmp_path / "sheet.png"
    assert run("sheet", "-o", path, "--lexicon", "tree")[0] == 0
    assert Image.open(path).size[0] > 100
    assert run("sheet", "-o", path, "--captions", 2)[0] == 0
    for wrong in (["-o", tmp_path / "sheet.txt"], ["-o", path, "--lexicon", "no_such_pose"]):
        code, _, err = run("sheet", *wrong)
        assert code == 2 and len(err.strip().splitlines()) == 1

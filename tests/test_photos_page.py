"""The page on photos: its commands parse, its Python runs, its layouts and pictures are those there are."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image

from unipose.body.cameras import Camera
from unipose.body.keypoints import keypoints
from unipose.body.postures import standing
from unipose.chat import UniPose
from unipose.cli import app
from unipose.photos import Detections, Person
from unipose.photos.layouts import layouts

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "photos.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)[3:]
    for block in re.findall(r"^```bash\n(.*?)^```$", PAGE, re.M | re.S)
    for line in block.splitlines()
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_commands_parse(words):
    typer.main.get_command(app).commands[words[0]].make_context(words[0], list(words[1:])).close()


def test_layouts_are_those_that_are_read():
    (rows,) = re.findall(r"^\| layout \| points \|\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)
    assert set(re.findall(r"`(\w+)`", rows)) == set(layouts())


def test_pictures_exist():
    pictures = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert pictures and all((ROOT / "docs" / name).is_file() for name in pictures)


def test_the_python_runs(seeing_tiny, tmp_path, monkeypatch, capsys):
    class Knows:
        name = "knows"

        def detect(self, image):
            camera = Camera(*torch.tensor([180.0, 200.0, 200.0]))
            points = torch.cat((camera.project(keypoints(standing().rotations)), torch.full((27, 1), 0.9)), -1).numpy()
            low, high = points[:, :2].min(0) - 10, points[:, :2].max(0) + 10
            return Detections(image.size, (Person((*low.tolist(), *high.tolist()), points.astype(np.float32)),))

    knowing = UniPose(seeing_tiny.model, seeing_tiny.processor, detector=Knows())
    monkeypatch.setattr(UniPose, "from_pretrained", lambda *_: knowing)
    monkeypatch.chdir(tmp_path)
    for name in ("photo.jpg", "other.jpg"):
        Image.new("RGB", (400, 420)).save(name)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    exec(compile(code, "docs/photos.md", "exec"), {})
    assert (tmp_path / "pose.npz").is_file() and len(capsys.readouterr().out.splitlines()) == 3

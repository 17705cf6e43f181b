"""Commands that look at photos: answers, files, what was seen as JSON, one line for what cannot be."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from unipose import Pose, cli
from unipose.body.cameras import Camera
from unipose.body.keypoints import keypoints
from unipose.body.postures import standing
from unipose.chat import UniPose
from unipose.photos import Detections, Person, write_detections

SIZE = (400, 420)


def person(x: float) -> Person:
    camera = Camera(*torch.tensor([180.0, x, 200.0]))
    points = torch.cat((camera.project(keypoints(standing().rotations)), torch.full((27, 1), 0.9)), -1).numpy()
    low, high = points[:, :2].min(0) - 10, points[:, :2].max(0) + 10
    return Person((*low.tolist(), *high.tolist()), points.astype(np.float32))


@pytest.fixture
def run(capsys, seeing_tiny, tiny, monkeypatch):
    """Run the command line on the tiny model with eyes; gives exit code, standard output and standard error."""
    models = {None: seeing_tiny, "blind": tiny}
    monkeypatch.setattr(UniPose, "from_pretrained", lambda name=None, **where: models[name])
    monkeypatch.setattr("unipose.chat.choosing.choose", lambda name: type("Choice", (), {
        "name": name, "device": None, "why": ""}))  # fmt: skip

    def call(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return call


def refused(result) -> str:
    code, out, err = result
    assert code == 2 and out == "" and len(err.strip().splitlines()) == 1, (code, out, err)
    return err.strip()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", SIZE, "white").save(path)
    return path


@pytest.fixture
def two(tmp_path):
    """A file of two people."""
    path = tmp_path / "two.json"
    write_detections(Detections(SIZE, (person(100), person(300))), path)
    return path


@pytest.fixture
def nobody(tmp_path):
    path = tmp_path / "nobody.json"
    write_detections(Detections(SIZE, ()), path)
    return path


def test_estimate_writes_the_pose_and_the_photo_with_the_body_over_it(run, photo, two, tmp_path):
    pose, over = tmp_path / "pose.npz", tmp_path / "over.png"
    code, out, err = run("estimate", photo, "--keypoints", two, "--who", 2, "-o", pose, "--overlay", over, "--json")
    answer = json.loads(out)
    assert code == 0 and set(answer) == {"text", "poses", "seconds", "photos"}
    assert np.allclose(Pose.load(pose).axis_angle, answer["poses"][0], atol=1e-5)
    (seen,) = answer["photos"]
    assert seen["size"] == list(SIZE) and len(seen["people"]) == 2 and seen["chosen"] == 2
    assert len(seen["people"][0]["keypoints"]) == 27 and len(seen["camera"]) == 3
    drawn = np.asarray(Image.open(over).convert("L"))
    assert np.nonzero(drawn < 235)[1].mean() == pytest.approx(300, abs=40)
    assert str(pose) in err and str(over) in err


@pytest.mark.parametrize("who", ["2", "the one on the right"])
def test_keypoints_alone_do_and_people_are_chosen_by_number_or_words(run, two, who):
    (seen,) = json.loads(run("estimate", "--keypoints", two, "--who", who, "--json")[1])["photos"]
    assert seen["chosen"] == 2


def test_a_hint_goes_with_it(run, two):
    plain, hinted = (
        json.loads(run("estimate", "--keypoints", two, "--who", 1, "--json", *more)[1])
        for more in ((), ("--hint", "The left arm is raised above the head."))
    )
    assert "photo" not in plain["text"] and "In the photo the left arm" in hinted["text"]  # which shows it down


def test_describe_and_compare_take_photos_and_poses(run, photo, two, tmp_path):
    code, out, _ = run("describe", photo, "--keypoints", two, "--json")
    answer = json.loads(out)
    assert code == 0 and answer["poses"] == [] and answer["photos"][0]["chosen"] in (1, 2)
    pose = standing().save(tmp_path / "standing.npz")
    for pair in ((photo, photo), (pose, photo), (photo, pose)):
        code, out, err = run("compare", *pair, "--json")
        assert code == 0, err
        assert set(json.loads(out)) == {"text", "poses", "seconds"}


def test_where_nobody_is_one_line_says_so_and_json_is_an_answer(run, photo, nobody, tmp_path):
    assert "no person" in refused(run("estimate", photo, "--keypoints", nobody, "-o", tmp_path / "pose.npz"))
    code, out, _ = run("estimate", photo, "--keypoints", nobody, "--json")
    answer = json.loads(out)
    assert code == 0 and answer["poses"] == [] and answer["photos"][0]["chosen"] is None
    assert not (tmp_path / "pose.npz").exists()


def test_what_cannot_be_is_one_line(run, photo, two, tmp_path):
    pose = standing().save(tmp_path / "standing.npz")
    assert "give a photo" in refused(run("estimate"))
    assert "no photo at" in refused(run("estimate", tmp_path / "absent.jpg"))
    assert "--overlay draws over a photo" in refused(run("estimate", "--keypoints", two, "--overlay", "a.png"))
    assert ".png or .jpg" in refused(run("estimate", photo, "--overlay", "a.gif"))
    assert "no folder" in refused(run("estimate", photo, "-o", tmp_path / "no" / "pose.npz"))
    assert "no person 7" in refused(run("estimate", photo, "--keypoints", two, "--who", 7))
    assert "--who goes with a photo" in refused(run("describe", pose, "--who", 2))
    assert "no vision weights" in refused(run("estimate", "--keypoints", two, "--model", "blind"))
    assert "found 'train'" in refused(run("evaluate-photos", "--photos", tmp_path, "--split", "train"))
    assert "--photos" in refused(run("evaluate-photos", "--sheet", "a.png"))
    assert "no poses.npz" in refused(run("evaluate-photos", "--data", tmp_path))


def test_figures_are_printed_and_written(run, seeing_tiny, tmp_path, monkeypatch):
    class Knows:
        name = "knows"

        def detect(self, image):
            return Detections(image.size, (person(200),) if image.width > 300 else ())

    Image.new("RGB", SIZE).save(tmp_path / "a.jpg")
    knowing = UniPose(seeing_tiny.model, seeing_tiny.processor, "knowing", detector=Knows())
    monkeypatch.setattr(UniPose, "from_pretrained", lambda *_, **__: knowing)
    out, sheet = tmp_path / "figures.json", tmp_path / "sheet.jpg"
    code, printed, err = run("evaluate-photos", "--photos", tmp_path, "--out", out, "--sheet", sheet, "--json")
    assert code == 0, err
    figures = json.loads(printed)["figures"]
    assert figures["real photos"]["shown"]["found"]["value"] == 1
    written = json.loads(out.read_text())
    assert written["figures"] == figures and "--photos PHOTOS" in written["command"] and written["model"] == "knowing"
    assert Image.open(sheet).height > 300 and "a.jpg: joints" in err

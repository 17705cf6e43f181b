"""Poses in and out of the page as files, from the browser's words to the file, without a browser."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from unipose.body.export import export
from unipose.body.files.reading import read_poses
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.rotations import to_z_up
from unipose.ui import files, opening, saving
from unipose.ui.updates import Update

from .conftest import bent
from .screen import Screen

LABELS = {(each.ending, each.kind): each.label for each in saving.FORMATS}
CAMERA = {"position": [0.0, 1.2, 4.0], "target": [0.0, 0.9, 0.0], "field_of_view": 35.0, "size": [1600, 800]}


@pytest.fixture
def screen(visit):
    return Screen(visit)


def two_poses(visit):
    """A conversation of two poses and a question."""
    for words in ("raise both arms", "lift the left leg", "describe it"):
        list(visit.send(words))
    return visit


def saved(visit, ending, scope=saving.SCOPES[0], name="", kind="snapshot", camera=None):
    """What came of a wish to save."""
    updates = list(files.save(visit, LABELS[ending, kind], scope, name, camera))
    return updates[-1].saved


def millimetres(found, expected):
    return max(np.linalg.norm(a.joints - b.joints, axis=1).max() for a, b in zip(found, expected, strict=True)) * 1000


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


# -- out ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["npz", "json", "bvh"])
def test_the_pose_in_view_comes_back_from_its_file(visit, ending):
    two_poses(visit)
    made = saved(visit, ending)
    assert made.path.name == f"unipose-pose.{ending}" and made.path.parent == visit.folder
    assert millimetres(read_poses(made.path).poses, [visit.pose]) < 1


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_all_poses_come_in_their_order_each_once(visit, ending):
    two_poses(visit)
    made = saved(visit, ending, saving.SCOPES[1], name="Anna's dance / 2")
    assert made.path.name == f"Anna-s-dance-2.{ending}"
    assert millimetres(read_poses(made.path).poses, [visit.turns[0].pose, visit.turns[1].pose]) < 1


def test_a_movement_passes_through_all_poses(visit):
    two_poses(visit)
    found = read_poses(saved(visit, "bvh", saving.SCOPES[1]).path).poses
    assert len(found) == 25 and millimetres((found[0], found[-1]), [visit.turns[0].pose, visit.pose]) < 1
    made = saved(visit, "glb", saving.SCOPES[1])
    assert made.path.read_bytes()[:4] == b"glTF" and made.path.name == "unipose-poses.glb"


def test_a_long_movement_keeps_its_end_and_says_so(visit, monkeypatch):
    monkeypatch.setattr(saving, "MAX_POSES", 2)
    two_poses(visit)
    visit.adopt(standing(), "", "", "library")
    made = saved(visit, "bvh", saving.SCOPES[1])
    assert "It has the last 2 of 3 poses." in made.said
    assert millimetres(read_poses(made.path).poses[-1:], [visit.pose]) < 1
    assert "It holds one pose, the one in view." in saved(visit, "obj", saving.SCOPES[1]).said


@pytest.mark.parametrize("kind", ["snapshot", "skeleton", "depth", "normal", "part"])
def test_pictures_are_taken_from_where_the_person_looks(visit, kind):
    two_poses(visit)
    made = saved(visit, "png", kind=kind, camera=json.dumps(CAMERA))
    assert made.path.name == ("unipose-pose.png" if kind == "snapshot" else f"unipose-{kind}.png")
    seen = pixels(made.path)
    assert seen.shape == (512, 1024, 3)
    aside = json.dumps(CAMERA | {"position": [4.0, 1.2, 0.0]})
    assert np.abs(seen - pixels(saved(visit, "png", kind=kind, camera=aside).path)).mean() > 0.5


def test_a_file_is_announced_while_it_is_made_and_the_button_waits(visit, screen):
    two_poses(visit)
    making, made = files.save(visit, LABELS["npz", "snapshot"], saving.SCOPES[0], "", None)
    assert making.saved.busy and making.saved.path is None and "Making unipose-pose.npz" in making.saved.said
    assert made.saved.said.startswith("Saved unipose-pose.npz, ") and made.saved.path.exists()
    assert vars(made).keys() == vars(Update()).keys() and made.messages is None  # the chat is left alone


def test_without_a_pose_nothing_is_saved(visit):
    assert saved(visit, "glb").said == "There is no pose to save yet; say one first."
    assert not list(visit.folder.iterdir())


def test_nothing_is_written_before_it_is_asked_for(visit, screen):
    two_poses(visit)
    assert not list(visit.folder.iterdir()) and screen.show(visit.open()).poses == 2


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_a_name_never_leaves_its_folder(name):
    for chosen in saving.FORMATS:
        found = saving.file_name(name, chosen, 1)
        assert set(found) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
        assert found.count(".") == 1 and len(found) < 90 and found[0] not in ".-"


@pytest.mark.parametrize(
    "camera",
    [
        None,
        "null",
        "{",
        "[" * 2000,
        7,
        json.dumps(CAMERA | {"size": [0, 0]}),
        json.dumps(CAMERA | {"size": [-5, 100]}),
        json.dumps(CAMERA | {"position": CAMERA["target"]}),
        json.dumps(CAMERA | {"position": [1e9, 0, 0]}),
        json.dumps(CAMERA | {"position": [0, 1]}),
        json.dumps(CAMERA | {"target": "here"}),
        json.dumps(CAMERA | {"field_of_view": float("nan")}),
        json.dumps(CAMERA | {"field_of_view": 1e6}),
    ],
)
def test_a_camera_that_makes_no_sense_is_none(visit, camera):
    assert saving.view_of(camera) is None
    list(visit.send("raise both arms"))
    assert pixels(saved(visit, "png", camera=camera).path).shape == (768, 768, 3)


def test_a_camera_inside_the_body_is_refused_in_a_sentence(visit):
    list(visit.send("raise both arms"))
    inside = json.dumps(CAMERA | {"position": [0.0, 1.0, 0.0], "target": [0.0, 1.0, -1.0]})
    made = saved(visit, "png", camera=inside)
    assert made.path is None and "move it away from the body" in made.said
    for nonsense in (None, "EXE", 5, ["GLB"]):
        (only,) = files.save(visit, nonsense, None, None, None)
        assert "There is no format" in only.saved.said


# -- in ----------------------------------------------------------------------------------------------------------------


def amass(path, poses, joints=52):
    """Poses as AMASS has them: Z up, with the hands."""
    table = np.zeros((len(poses), joints, 3))
    table[:, :22] = [Pose(to_z_up(pose.rotations)).axis_angle for pose in poses]
    np.savez(path, poses=table.reshape(len(poses), -1), trans=np.zeros((len(poses), 3)), mocap_framerate=60.0)
    return path


@pytest.fixture
def steps(standing_arms_up):
    return [standing(), standing_arms_up, bent(standing(), left_hip=(-1.2, 0, 0))]


def test_an_archive_comes_into_view_and_says_what_it_was(visit, screen, steps, tmp_path):
    screen.show(*files.open_file(visit, str(amass(tmp_path / "walk.npz", steps[1:2]))))
    turn = visit.turns[-1]
    assert turn.kind == "file" and millimetres([visit.pose], steps[1:2]) < 1
    assert screen.chat[-2] == ("u", 'Opened "walk.npz"')
    assert "SMPL-H" in turn.text and "Z up, turned to Y up" in turn.text and screen.frames == 1


def test_another_pose_of_a_movement_is_looked_at_then_taken(visit, screen, steps, tmp_path):
    path = export(steps, tmp_path / "walk.bvh", seconds_between=0.1)
    screen.show(*files.open_file(visit, str(path)))
    assert screen.frames == 7 and "The first of 7 poses is shown" in visit.turns[-1].text
    look = files.look_at(visit, 4)
    assert look.frame and look.messages is None and len(visit.turns) == 1
    screen.show(look, files.use(visit, 4))
    assert visit.turns[-1].user == "Pose 4 of 7 in the file" and millimetres([visit.pose], steps[1:2]) < 1
    screen.show(files.use(visit, 99), files.use(visit, "x"))
    assert [turn.user for turn in visit.turns[-2:]] == ["Pose 7 of 7 in the file", "Pose 1 of 7 in the file"]


def test_our_own_files_come_back(visit, screen, tmp_path):
    two_poses(visit)
    for ending in ("json", "npz"):
        path, pose = saved(visit, ending).path, visit.pose
        screen.show(*files.open_file(visit, str(path)))
        assert millimetres([visit.pose], [pose]) < 1 and visit.turns[-1].kind == "file"


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


def hostile(folder):
    (folder / "pickle.npz").write_bytes(pickle.dumps(Evil()))
    np.savez(folder / "object.npz", poses=np.array([Evil()], dtype=object))
    (folder / "empty.bvh").write_bytes(b"")
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "page.html").write_text("<script>")
    (folder / "nan.json").write_text(json.dumps([float("nan")] * 66))
    (folder / "none.npz").write_bytes(b"PK\x05\x06" + bytes(18))
    return sorted(folder.iterdir())


def test_hostile_files_are_refused_in_a_sentence_and_change_nothing(visit, screen, tmp_path):
    two_poses(visit)
    before = visit.pose
    for path in [*hostile(tmp_path), tmp_path / "missing.npz"]:
        screen.show(*files.open_file(visit, str(path)))
        who, said = screen.chat[-1]
        assert who == "a" and path.name in said and len(said) < 700 and "Traceback" not in said
        assert visit.pose == before and len(visit.turns) == 3 and visit.opened is None
    assert list(files.open_file(visit, None)) == [] and files.use(visit, 1) == files.look_at(visit, 1) == Update()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.sampled_from(["npz", "json", "bvh", "exe", ""]))
def test_any_bytes_are_poses_or_a_sentence(tmp_path, content, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    try:
        assert opening.read_file(path).poses
    except ValueError as refusal:
        assert "\n" not in str(refusal)


def test_a_name_is_shown_plainly():
    assert opening.named("/x/y/<b>walk & run.npz") == '"_b_walk _ run.npz"'
    assert len(opening.named("x" * 500 + ".npz")) < 70

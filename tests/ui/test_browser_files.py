"""Files and hands in a real browser, with the embedded model: a joint turned by keys, downloads, uploads."""

from __future__ import annotations

import numpy as np
import pytest

from unipose.body.export import export
from unipose.body.files.reading import read_poses
from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.rotations import to_z_up
from unipose.chat import UniPose
from unipose.ui.page import Page

from .visiting import served, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page():
    model = UniPose.from_pretrained()
    model.warm_up()
    with served(Page(model, FreeBody.load("full"))) as page:
        yield page


@pytest.fixture
def visitor(browser, page):
    with visiting(browser, page.blocks.local_url, accept_downloads=True) as visitor:
        yield visitor


def tab(visitor, name):
    visitor.tab.get_by_role("tab", name=name).click()


def pick(visitor, label, option):
    visitor.tab.get_by_label(label, exact=True).click()
    visitor.tab.get_by_role("option", name=option).click()


def download(visitor, folder):
    with visitor.tab.expect_download() as waiting:
        visitor.tab.click("#save")
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def upload(visitor, path, answer):
    """Open a file and wait for words of the answer; returns the chat."""
    with visitor.tab.expect_file_chooser() as waiting:
        visitor.tab.click("#open-file")
    waiting.value.set_files(path)
    visitor.tab.wait_for_function("words => window.chat().includes(words)", arg=answer)
    return visitor.tab.evaluate("window.chat()")


def apart(found, expected):
    """Millimetres between the joints of two poses."""
    return np.linalg.norm(found.joints - expected.joints, axis=1).max() * 1000


def test_a_joint_is_turned_by_keys_told_saved_and_asked_about(visitor, tmp_path):
    tab(visitor, "Joints")
    visitor.tab.select_option(".joints-joint", "left_knee")
    knee = visitor.tab.get_by_role("slider", name="Bend")
    knee.focus()
    drawn = visitor.drawings
    for _ in range(5):
        visitor.tab.keyboard.press("PageUp")
    visitor.tab.wait_for_function("window.chat().includes('left knee, bend')")
    visitor.wait_for_drawing(drawn + 1)
    visitor.tab.keyboard.press("ArrowRight")  # one change with the one before
    bent = int(knee.input_value())
    assert bent > 40 and f"{bent} degrees" in knee.get_attribute("aria-valuetext")
    visitor.tab.wait_for_function(f"window.chat().includes('left knee, bend {bent}')")
    assert visitor.tab.evaluate("window.chat().split('By hand').length") == 2
    visitor.tab.check(".joints-mirror")
    visitor.tab.keyboard.press("Tab")

    answer = " ".join(visitor.say("what did I change?", brings_pose=False))
    assert "left" in answer and ("knee" in answer or "leg" in answer or "shin" in answer)

    tab(visitor, "Files")
    glb = download(visitor, tmp_path)
    assert glb.name == "unipose-pose.glb" and glb.read_bytes()[:4] == b"glTF"
    pick(visitor, "as", "NPZ, AMASS layout")
    visitor.tab.get_by_label("called").fill("my knee")
    npz = download(visitor, tmp_path)
    assert npz.name == "my-knee.npz" and "Saved my-knee.npz" in visitor.tab.inner_text(".files-said")
    (saved,) = read_poses(npz).poses
    assert np.rad2deg(saved.axis_angle[4, 0]) == pytest.approx(bent, abs=3)

    again = download(visitor, tmp_path)  # the same file a second time
    assert apart(read_poses(again).poses[0], saved) < 1


def test_archives_and_movements_of_others_come_into_view(visitor, tmp_path):
    tab(visitor, "Files")
    raised = standing().axis_angle.copy()
    raised[16], raised[1] = (0, 0, 1.2), (-1.3, 0, 0)
    raised = Pose.from_axis_angle(raised)
    wide = np.zeros((1, 52, 3))
    wide[0, :22] = Pose(to_z_up(raised.rotations)).axis_angle
    np.savez(tmp_path / "amass.npz", poses=wide.reshape(1, -1), trans=np.zeros((1, 3)), mocap_framerate=60.0)
    drawn = visitor.drawings
    assert "SMPL-H" in upload(visitor, tmp_path / "amass.npz", "Z up, turned to Y up")
    visitor.wait_for_drawing(drawn + 1)
    assert "amass.npz" in visitor.label

    pick(visitor, "as", "JSON")
    assert apart(read_poses(download(visitor, tmp_path)).poses[0], raised) < 1

    movement = export([standing(), raised], tmp_path / "move.bvh", seconds_between=0.3)
    upload(visitor, movement, "The first of 10 poses is shown")
    drawn = visitor.drawings
    visitor.tab.locator("#frame input[type=range]").focus()
    visitor.tab.keyboard.press("End")
    visitor.wait_for_drawing(drawn + 1)
    assert "Pose 10 of 10" not in visitor.tab.evaluate("window.chat()")  # it was only looked at
    visitor.tab.click("#use-frame")
    visitor.tab.wait_for_function("window.chat().includes('Pose 10 of 10')")
    assert apart(read_poses(download(visitor, tmp_path)).poses[0], raised) < 1

    (tmp_path / "bad.npz").write_bytes(b"not a pose")
    upload(visitor, tmp_path / "bad.npz", "'bad.npz' cannot be read as poses")


def test_maps_are_drawn_and_carry_their_names(visitor, tmp_path):
    visitor.say("raise both arms")
    tab(visitor, "Joints")  # opened only now, when values were sent to it already
    visitor.tab.wait_for_selector(".joints-dial")
    tab(visitor, "Files")
    pick(visitor, "as", "PNG, skeleton map")
    path = download(visitor, tmp_path)
    assert path.name == "unipose-skeleton.png" and path.read_bytes()[1:4] == b"PNG"

"""The photo beside the body: what its panel is sent, and what a click in it does."""

from __future__ import annotations

import base64
import io
import json
import random

import numpy as np
import pytest
from PIL import Image

from tests.photos.crowd import ARMS_UP, ONE, SIZE, THREE, Given, photo_of
from unipose.chat import UniPose
from unipose.chat.looking import Look
from unipose.ui.bodies import Look as Shape
from unipose.ui.handlers import House
from unipose.ui.photo import EMPTY, pack_photo
from unipose.ui.viewer import Viewer

from .screen import Screen


@pytest.fixture(scope="module")
def seeing(seeing_tiny):
    return UniPose(seeing_tiny.model, seeing_tiny.processor, "seeing", max_words=4, detector=Given(THREE, ONE))


@pytest.fixture
def visit(seeing, body):
    house = House(seeing, Viewer(body), pause=0.0)
    yield house.visit()
    house.folder.cleanup()


@pytest.fixture
def screen(visit):
    return Screen(visit)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    return saved(photo_of(THREE), tmp_path_factory.mktemp("photos") / "crowd.png")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return saved(photo_of(ONE), tmp_path_factory.mktemp("photos") / "alone.png")


def saved(picture, path):
    picture.save(path)
    return path


def middle(number):
    left, top, right, bottom = THREE.people[number - 1].box
    return (left + right) / 2, (top + bottom) / 2


def picture_in(address):
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_message_brings_photo_boxes_skeleton_and_body(body):
    look = Look(None, THREE, chosen=2, camera=(180.0, 760.0, 190.0))
    message = json.loads(pack_photo(photo_of(THREE), look, ARMS_UP, body, 7))
    assert (message["width"], message["height"], message["number"]) == (*SIZE, 7)
    assert picture_in(message["picture"]).size == SIZE
    assert [person["chosen"] for person in message["people"]] == [False, False, True]
    assert message["alt"].startswith("Your photo with 3 people. Person 3, counted from the left, is chosen.")
    assert len(message["bones"]) == 21 and {bone[4] for bone in message["bones"]} == {"left", "right", "middle"}
    ends = np.array([bone[:4] for bone in message["bones"]]).reshape(-1, 2)
    left, top, right, bottom = THREE.people[2].box
    assert (ends > (left, top)).all() and (ends < (right, bottom)).all()
    drawn = np.nonzero(np.asarray(picture_in(message["layer"]).split()[1]))
    scale = SIZE[0] / picture_in(message["layer"]).width
    assert left - 15 < drawn[1].min() * scale and drawn[1].max() * scale < right + 15


def test_who_is_nobody_or_not_chosen_or_not_looked_for_is_told(body):
    photo = photo_of(THREE)
    unchosen = json.loads(pack_photo(photo, Look(None, THREE), None, body, 1))
    assert "Nobody is chosen yet" in unchosen["alt"] and "Click" in unchosen["label"] and unchosen["bones"] == []
    unseen = json.loads(pack_photo(photo, Look(None, None), ARMS_UP, body, 1))
    assert "Nobody looked" in unseen["alt"] and unseen["people"] == [] and "layer" not in unseen


def test_a_photo_is_shown_with_its_pose_before_the_words(visit, screen, crowd):
    assert screen.photo == EMPTY
    updates = list(visit.send("", crowd))
    early = next(place for place, update in enumerate(updates) if update.photo not in (None, EMPTY))
    drawn = next(place for place, update in enumerate(updates) if update.frame is not None)
    assert drawn <= early and not any(update.messages for update in updates[drawn : early + 1])
    assert any(update.messages for update in updates[early + 1 : -1])
    assert updates[-1].frame is None and updates[-1].photo is None  # they are there already
    screen.show(*updates)
    assert json.loads(screen.frame)["camera"] == "photo" and "Read from your photo" in screen.label
    assert screen.poses == 1 and screen.chat[0][1]["path"].endswith(".jpg")


def test_the_body_over_the_photo_has_the_shape_that_was_set(visit, screen, alone):
    assert visit.wear(Shape("free", (1.0,))).photo is None  # there is none yet
    visit.wear(Shape())
    screen.show(*visit.send("", alone))
    average = json.loads(screen.photo)
    screen.show(visit.wear(Shape("free", (0.0, 0.0, 0.0, 2.0))))
    broad = json.loads(screen.photo)
    assert broad["picture"] == average["picture"] and broad["bones"] == average["bones"]
    skin = [(np.asarray(picture_in(message["layer"]).split()[1]) > 0).sum() for message in (average, broad)]
    assert skin[1] > 1.03 * skin[0]


def test_a_click_reads_the_person_under_it(visit, screen, crowd):
    screen.show(*visit.send("", crowd))
    before = screen.chat
    screen.show(*visit.point(middle(3)))
    assert screen.chat[len(before)] == ("u", "Person 3") and len(screen.chat) == len(before) + 2
    assert [person["chosen"] for person in json.loads(screen.photo)["people"]] == [False, False, True]
    screen.show(*visit.point(1))
    assert "Person 1, counted from the left, is chosen" in json.loads(screen.photo)["alt"]
    assert list(visit.point(middle(1))) == []  # read already
    screen.show(*visit.send("Raise both arms."), *visit.point(1))  # until the pose is another one
    assert screen.chat[-2] == ("u", "Person 1")
    assert json.loads(screen.frame)["camera"] == "photo"


@pytest.mark.parametrize("place", [(1.0, 1.0), (-5.0, 1e9), (float("nan"), 0.0), 9, -1])
def test_a_click_on_nobody_is_told_and_changes_nothing(visit, screen, crowd, place):
    assert list(visit.point(place)) == []  # there is no photo yet
    screen.show(*visit.send("", crowd))
    before, frame = screen.chat, screen.frame
    screen.show(*visit.point(place))
    assert screen.chat[:-1] == before and screen.chat[-1][1].startswith("There is no") and screen.frame == frame
    assert screen.busy is False


def test_a_hint_glows_where_it_changed_the_pose_and_leaves_the_camera(visit, screen, alone):
    screen.show(*visit.send("", alone))
    for side in ("left", "right"):
        screen.show(*visit.send(f"his {side} foot is in front"))
        assert json.loads(screen.frame)["camera"] is None and screen.label.startswith(f'After "his {side} foot')
    glow = np.frombuffer(base64.b64decode(json.loads(screen.frame)["full"]["glow"]), np.uint8)
    assert glow.max() > 100
    marks = screen.messages[-1]["content"][-1]["value"]
    assert "right foot is in front" in marks


def test_undo_retry_and_edit_take_the_photo_along(visit, screen, crowd, alone):
    screen.show(*visit.send("", crowd))
    first = json.loads(screen.photo)
    screen.show(*visit.send("person 3"), *visit.retry())
    assert len(screen.chat) == 4 and json.loads(screen.photo)["people"][2]["chosen"]
    screen.show(*visit.edit(2, "person 1"))
    assert len(screen.chat) == 4 and json.loads(screen.photo)["people"][0]["chosen"]
    screen.show(*visit.send("", alone))
    assert len(json.loads(screen.photo)["people"]) == 1
    screen.show(visit.undo(), visit.undo())
    assert screen.draft == "person 1"
    again = json.loads(screen.photo)
    assert [again[name] for name in ("alt", "bones")] == [first[name] for name in ("alt", "bones")]
    screen.show(visit.undo())
    assert screen.photo == EMPTY and "No pose yet" in screen.label and screen.chat == []


def test_clear_and_reload(visit, screen, crowd):
    screen.show(*visit.send("", crowd))
    shown = json.loads(screen.photo)
    again = json.loads(Screen(visit).photo)
    assert again["people"] == shown["people"] and again["bones"] == shown["bones"]
    screen.show(visit.clear())
    assert screen.photo == EMPTY


def odd_files(folder):
    """Files that are no photo of anybody, and a word of what is to be said of each."""
    (folder / "words.png").write_text("not a picture")
    (folder / "photo.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(200))
    (folder / "cut.jpg").write_bytes(jpeg()[:300])
    (folder / "noise.gif").write_bytes(b"GIF89a" + random.Random(0).randbytes(400))
    Image.new("1", (12_000, 12_000)).save(folder / "bomb.png")
    Image.new("RGB", (1, 1)).save(folder / "dot.bmp")
    Image.new("RGB", (200, 200), "grey").save(folder / "nobody.webp")
    Image.new("RGB", (200, 200), "grey").save(folder / "nobody.tif")
    told = ("not a photo", "HEIC", "not a photo", "not a photo", "pixels", "at least", "no person", "no person")
    names = ("words.png", "photo.heic", "cut.jpg", "noise.gif", "bomb.png", "dot.bmp", "nobody.webp", "nobody.tif")
    return [(folder / name, word) for name, word in zip(names, told, strict=True)]


def jpeg():
    written = io.BytesIO()
    photo_of(ONE).save(written, "JPEG")
    return written.getvalue()


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_odd_files_get_a_sentence_and_cost_nothing(visit, screen, alone, tmp_path):
    screen.show(*visit.send("", alone))
    label, photo = screen.label, screen.photo
    for path, word in odd_files(tmp_path):
        screen.show(*visit.send("who is it", path))
        answer = screen.messages[-1]["content"]
        assert word in answer and "Traceback" not in answer and "\n" not in answer, path
        assert (screen.label, screen.photo, screen.busy) == (label, photo, False)
    screen.show(*visit.send("Raise both arms."))
    assert "Raise both arms" in screen.label

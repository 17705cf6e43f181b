"""BlazePose on real photos: who is found, who is not, in which axes, and from several threads."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unipose.body.keypoints import KEYPOINT_MIRROR, KEYPOINT_NAMES
from unipose.photos import BlazePose, find_detector, open_photo

pytest.importorskip("mediapipe", reason="needs requirements-photos.txt")

NOSE, LEFT_WRIST, RIGHT_WRIST, LEFT_HIP, LEFT_TOE = (
    KEYPOINT_NAMES.index(name) for name in ("nose", "left_wrist", "right_wrist", "left_hip", "left_toe")
)


@pytest.fixture(scope="module")
def detector():
    return BlazePose()


@pytest.fixture(scope="module")
def found(detector, shared):
    """What is found in a shared photo, by its name; each is looked at once."""
    seen = {}

    def look(name):
        if name not in seen:
            seen[name] = detector.detect(open_photo(shared / "data" / "photos" / f"{name}.jpg"))
        return seen[name]

    return look


# The people to find, as x and y of the middle of their hips in parts of the photo, by eye.
PEOPLE = {
    "footballer_run": [(0.37, 0.37), (0.67, 0.50)],
    "surf_lesson": [(0.17, 0.86), (0.33, 0.87), (0.63, 0.59), (0.57, 0.85), (0.83, 0.81)],
    "moonwalk": [(0.49, 0.52)],  # which MediaPipe's own solution misses
}


@pytest.mark.slow  # BlazePose looks through dozens of windows of a photo, half a second each on one core
@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_is_found_once(found, name):
    detections = found(name)
    hips = [
        person.keypoints[[LEFT_HIP, LEFT_HIP + 1], :2].mean(axis=0) / detections.size for person in detections.people
    ]
    assert len(hips) == len(PEOPLE[name])
    for place in PEOPLE[name]:
        assert min(np.hypot(*(hip - place)) for hip in hips) < 0.08, place
    assert all(person.score >= 0.45 for person in detections.people)


@pytest.mark.parametrize("name", ["none_cat", "none_penguin"])
def test_animals_are_nobody(found, name):
    assert found(name).people == ()


def test_the_person_is_where_the_shared_landmarks_have_them(found, shared):
    """MediaPipe's own answer, of one look, on a photo that it gets right."""
    record = json.loads((shared / "data" / "photos" / "landmarks.json").read_text())["photos"]["skier.jpg"]
    (person,) = found("skier").people
    shoulder, knee = KEYPOINT_NAMES.index("left_shoulder"), KEYPOINT_NAMES.index("right_knee")
    for ours, theirs in ((shoulder, 11), (knee, 26)):
        expected = np.array(record["landmarks"][theirs][:2]) * record["size"]
        assert np.hypot(*(person.keypoints[ours, :2] - expected)) < 0.03 * person.height


def test_world_landmarks_are_upright_metres_toward_the_camera(found):
    (person,) = found("lotus").people  # sits and faces the camera
    world = person.world
    assert np.abs(world[[LEFT_HIP, LEFT_HIP + 1]].mean(axis=0)).max() < 0.03
    assert world[NOSE, 1] > 0.4  # up
    assert world[LEFT_HIP, 0] > 0.05  # her left is on the right of the photo
    assert world[NOSE, 2] > world[KEYPOINT_NAMES.index("left_ear"), 2]  # the nose is nearer than the ear
    knees = [KEYPOINT_NAMES.index("left_knee"), KEYPOINT_NAMES.index("right_knee")]
    assert (world[knees, 2] > 0.05).all()  # so are the knees than the hips


@pytest.mark.slow  # BlazePose looks through dozens of windows of a photo, half a second each on one core
def test_a_mirrored_photo_gives_the_mirrored_person(detector, found, shared):
    (person,) = found("skier").people
    photo = open_photo(shared / "data" / "photos" / "skier.jpg")
    (other,) = detector.detect(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).people
    back = other.keypoints[list(KEYPOINT_MIRROR)] * (-1, 1, 1) + (photo.width, 0, 0)
    apart = np.hypot(*(back - person.keypoints)[:, :2].T)
    assert np.median(apart) < 0.01 * person.height
    assert np.abs(other.world[list(KEYPOINT_MIRROR)] * (-1, 1, 1) - person.world).mean() < 0.03


@pytest.mark.slow  # BlazePose looks through dozens of windows of a photo, half a second each on one core
def test_a_blank_picture_and_a_scribble_are_nobody(detector):
    blank = Image.new("RGB", (300, 200), "white")
    drawing = blank.copy()
    pen = ImageDraw.Draw(drawing)
    pen.ellipse((130, 20, 170, 60), outline="black")
    pen.line([(150, 60), (150, 120), (120, 180)], fill="black")
    assert detector.detect(blank).people == () and detector.detect(drawing).people == ()
    assert detector.detect(Image.new("L", (32, 32))).size == (32, 32)


@pytest.mark.slow  # BlazePose looks through dozens of windows of a photo, half a second each on one core
def test_threads_share_one_detector(shared):
    detector = BlazePose()
    photo = open_photo(shared / "data" / "photos" / "skier.jpg")
    photo.thumbnail((320, 320))
    with ThreadPoolExecutor(3) as pool:
        answers = [answer.people[0].keypoints for answer in pool.map(detector.detect, [photo] * 3)]
    assert np.array_equal(answers[0], answers[1]) and np.array_equal(answers[0], answers[2])


@pytest.mark.slow  # BlazePose looks through dozens of windows of a photo, half a second each on one core
def test_nothing_is_written_to_standard_error():
    code = "from unipose.photos import BlazePose; BlazePose().load()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "" and done.stdout == ""


def test_without_mediapipe_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe.python.solution_base", None)
    with pytest.raises(ValueError, match="pip install mediapipe==0.10.21"):
        BlazePose().load()
    monkeypatch.setattr("unipose.photos.finding.find_spec", lambda _: None)
    missing = find_detector("auto")
    assert missing.detector is None and "pip install mediapipe" in missing.reason


def test_finding_names_what_is_at_hand():
    assert find_detector().detector.name == "BlazePose"
    assert find_detector("auto", "cuda:0").detector.name == "BlazePose"  # the weights of ViTPose are not here
    assert find_detector("vitpose").detector.name == "ViTPose"
    assert find_detector("none").detector is None
    with pytest.raises(ValueError, match="unknown detector 'yolo', expected one of auto, blazepose"):
        find_detector("yolo")

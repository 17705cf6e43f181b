"""Who is meant: by click, number, words or nothing; who is seen, told in words; and the person cut out."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.photos import (
    Detections,
    Person,
    choose_at,
    choose_by_words,
    choose_number,
    half_a_person,
    how_many,
    main_person,
    nobody,
    person_crop,
)
from unipose.photos.told import unseen


def person(left, top, right, bottom, confidence=0.9):
    """Keypoints on the diagonal of the box."""
    points = np.full((27, 3), confidence, np.float32)
    points[:, 0], points[:, 1] = np.linspace(left, right, 27), np.linspace(top, bottom, 27)
    return Person((left, top, right, bottom), points)


FOUR = Detections(
    (1000, 600),
    (person(850, 150, 960, 540), person(50, 200, 150, 500), person(300, 100, 480, 560), person(600, 250, 700, 480)),
)
TWO = Detections((1000, 600), FOUR.people[:2])
ONE = Detections((1000, 600), FOUR.people[:1])
NONE = Detections((1000, 600), ())


@pytest.mark.parametrize(
    ("words", "index"),
    [
        ("the woman on the right", 3),
        ("The left one.", 0),
        ("left", 0),
        ("the tallest", 1),
        ("the biggest person", 1),
        ("the smallest", 2),
        ("the man in front", 1),
        ("the runner in the background", 2),
        ("second from the left", 1),
        ("the second from the right", 2),
        ("the third one", 2),
        ("the last one", 3),
        ("person two", 1),
        ("#4", 3),
        ("the smaller one on the left", 0),
        ("the tall man on the right", 3),
        ("the man with the ball on the right", 3),
        ("describe the person on the far left please", 0),
    ],
)
def test_words_choose(words, index):
    assert choose_by_words(FOUR, words).index == index


@pytest.mark.parametrize(
    "words",
    [
        "his left arm is behind his back",
        "she stands on her right leg",
        "lean to the left",
        "both arms to the right",
        "a man with his arms in front",
        "a person standing in front of a wall",
        "put the second arm up",
        "what is he doing?",
        "",
    ],
)
def test_words_about_a_pose_choose_nobody(words):
    choice = choose_by_words(FOUR, words)
    assert choice.index is None and choice.remark == ""


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        ("the one in the middle", "two in the middle.*1 \\(left\\) to 4"),
        ("the woman in red", "cannot tell who that is"),
        ("person 9", "no person 9: I see 4 people"),
        ("the fifth person", "no person 5"),
        ("the one to the left of the dog", "who is beside them"),
        ("the man in the middle and the one on the right", "points two ways"),
        ("the other one", "several others"),
    ],
)
def test_what_cannot_be_chosen_is_asked_back(words, remark):
    choice = choose_by_words(FOUR, words)
    assert choice.index is None
    assert re.search(remark, choice.remark)


def test_equals_one_and_nobody():
    twins = Detections((1000, 600), (person(100, 100, 200, 500), person(600, 100, 700, 502)))
    assert "about alike" in choose_by_words(twins, "the tallest").remark
    assert choose_by_words(TWO, "the other one", current=0).index == 1
    assert choose_by_words(ONE, "the woman on the right").index == 0
    assert "only one person" in choose_by_words(ONE, "the other person").remark
    assert "no person 2: I see one person" in choose_by_words(ONE, "the second person").remark
    assert choose_by_words(NONE, "the left one").remark == "I see nobody in this picture."
    three = Detections((1000, 600), FOUR.people[:3])
    assert choose_by_words(three, "the one in the middle").index == 1


@given(st.text(max_size=60))
def test_no_words_are_an_accident(words):
    choice = choose_by_words(FOUR, words)
    assert choice.index is None or 0 <= choice.index < 4


def test_clicks_and_numbers():
    assert choose_at(FOUR, 100, 350).index == 0
    over = Detections((400, 400), (person(0, 0, 300, 300), person(100, 0, 350, 20)))
    small = next(i for i, one in enumerate(over.people) if one.box[3] == 20)
    assert choose_at(over, 225, 10).index == small  # both boxes hold it; the body of the small one is nearer
    assert "nobody at that place" in choose_at(FOUR, 500, 10).remark
    assert choose_number(FOUR, 2).index == 1 and choose_number(FOUR, 0).index is None


def test_the_main_person_is_large_central_and_sure():
    assert main_person(FOUR) == 1
    assert main_person(NONE) is None
    pair = Detections((1000, 600), (person(0, 100, 200, 500), person(400, 100, 600, 500)))
    assert main_person(pair) == 1
    unsure = Detections((1000, 600), (person(0, 100, 200, 500), person(400, 100, 600, 500, confidence=0.1)))
    assert main_person(unsure) == 0


def test_nobody_and_many_are_told():
    assert "no person" in nobody(NONE) and nobody(ONE) == ""
    assert how_many(ONE) == "" and "four people, numbered 1 to 4 from left to right" in how_many(FOUR)


def test_what_is_outside_or_hidden_is_told():
    points = person(100, 100, 200, 300).keypoints.copy()
    size = (400, 320)
    assert half_a_person(Person((100, 100, 200, 300), points), size) == ""
    for name in ("left_knee", "left_ankle", "right_knee", "right_ankle"):
        points[KEYPOINT_NAMES.index(name)] = (150, 350, 0.1)
    points[KEYPOINT_NAMES.index("right_wrist"), 2] = 0.1
    half = Person((100, 100, 200, 300), points)
    assert unseen(half, size) == (("left leg", "right leg"), ("right arm",))
    told = half_a_person(half, size)
    assert told == "The legs are outside the picture and the right arm is hidden or hard to see, so I guess them."


@pytest.mark.parametrize("fill", ["mean", "mirror"])
@pytest.mark.parametrize("height", [64, 256, 700])
def test_a_crop_knows_where_its_pixels_come_from(fill, height):
    ramp = np.zeros((300, 400, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(400) // 2, np.arange(300)[:, None] // 2
    crop = person_crop(Image.fromarray(ramp), person(0, 60, 80, 260), height=height, fill=fill)
    assert crop.image.size == (round(height * 0.75), height)
    there_and_back = np.vstack([crop.to_photo, (0, 0, 1)]) @ np.vstack([crop.to_crop, (0, 0, 1)])
    assert np.allclose(there_and_back, np.eye(3))
    pixels = np.asarray(crop.image).astype(float)
    for x, y in ((40, 160), (60, 80), (90, 250)):
        column, row = crop.to_crop @ (x, y, 1)
        assert np.abs(pixels[int(row), int(column), :2] - (x / 2, y / 2)).max() < 2.5
    corners = crop.to_crop @ np.array([(0, 60, 1), (80, 260, 1)]).T
    assert (corners >= 0).all() and (corners[0] <= crop.image.width).all() and (corners[1] <= height).all()
    beyond = pixels[:, 0, 0]  # left of the photo
    assert crop.corner[0] == pytest.approx(-53)
    assert np.abs(beyond - 53 / 2).max() < 2.5 if fill == "mirror" else np.ptp(beyond) == 0


def test_a_crop_that_cannot_be_is_refused():
    photo = Image.new("RGB", (100, 100))
    with pytest.raises(ValueError, match="not in the photo of 100 x 100"):
        person_crop(photo, person(200, 200, 300, 300))
    with pytest.raises(ValueError, match="expected height >= 1"):
        person_crop(photo, person(0, 0, 50, 50), height=0)

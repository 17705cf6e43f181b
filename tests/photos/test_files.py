"""Keypoints from files: what is written is read, other tools' files too, and what is wrong is named with its place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.body.keypoints import KEYPOINT_NAMES
from unipose.photos import Detections, Person, read_detections, write_detections
from unipose.photos.layouts import box_around, from_layout, layouts

numbers = np.random.default_rng(3)


def some_person(left=50.0):
    points = np.column_stack([numbers.uniform(left, left + 90, 27), numbers.uniform(30, 270, 27), np.full(27, 0.8)])
    return Person((left, 20, left + 100, 280), points, numbers.normal(size=(27, 3)), 0.7)


@pytest.fixture
def write(tmp_path):
    def put(content, name="a.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return put


def test_what_is_written_is_read(tmp_path):
    people = (some_person(), Person((200, 5, 260, 99), some_person(200).keypoints))
    detections = Detections((320, 300), people, "BlazePose")
    write_detections(detections, tmp_path / "a.json")
    back = read_detections(tmp_path / "a.json")
    assert (back.size, back.detector) == ((320, 300), "BlazePose")
    for ours, theirs in zip(detections.people, back.people, strict=True):
        assert np.abs(ours.keypoints - theirs.keypoints).max() < 0.051
        assert (ours.world is None) == (theirs.world is None)
        assert ours.world is None or np.abs(ours.world - theirs.world).max() < 0.00051
        assert ours.box == pytest.approx(theirs.box, abs=0.051) and ours.score == pytest.approx(theirs.score)


def test_layouts_hold_our_names_once():
    for name, points in layouts().items():
        named = [point for point in points if point]
        assert len(set(named)) == len(named) and set(named) <= set(KEYPOINT_NAMES), name
        assert {point.replace("left", "right") for point in named} == {p.replace("left", "right") for p in named}
    assert layouts()["unipose27"] == KEYPOINT_NAMES


@pytest.mark.parametrize(
    ("layout", "nose", "left_wrist", "right_ankle"),
    [("coco17", 0, 9, 16), ("blazepose33", 0, 15, 28), ("openpose25", 0, 7, 11), ("openpose18", 0, 7, 10)],
)
def test_points_of_other_layouts_land_in_ours(layout, nose, left_wrist, right_ankle):
    count = len(layouts()[layout])
    ours = from_layout(np.arange(count)[:, None], layout)[:, 0]
    places = {"nose": nose, "left_wrist": left_wrist, "right_ankle": right_ankle}
    assert {name: ours[KEYPOINT_NAMES.index(name)] for name in places} == places


def test_openpose_and_coco_files_are_read(write):
    points = np.column_stack([numbers.uniform(10, 90, (25, 2)), np.full(25, 0.5)])
    opened = {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": points.ravel().tolist()}]}
    (person,) = read_detections(write(opened), (100, 120)).people
    assert person.keypoints[KEYPOINT_NAMES.index("left_heel"), 0] == pytest.approx(points[21, 0], abs=1e-3)
    flat = np.column_stack([points[:17, :2], np.full(17, 2)]).ravel().tolist()
    results = [{"image_id": 7, "category_id": 1, "keypoints": flat, "bbox": [5, 5, 90, 95], "score": 0.9}]
    detections = read_detections(write(results))
    assert detections.people[0].box == (5, 5, 95, 100) and detections.size == (95, 100)
    assert detections.people[0].keypoints[0, 2] == 1  # the flag of an annotation: seen


def test_world_landmarks_of_mediapipe_are_turned(write):
    points = [[10 + i, 20 + 2 * i, 0.9] for i in range(33)]
    entry = {"keypoints": points, "world": [[0.1, -0.5, -0.2]] * 33}
    (person,) = read_detections(write({"layout": "blazepose33", "people": [entry]})).people
    assert person.world[0] == pytest.approx((0.1, 0.5, 0.2))


def test_a_box_is_put_around_what_is_seen():
    points = np.zeros((27, 3), np.float32)
    points[5], points[20], points[9] = (40, 50, 0.9), (80, 150, 0.5), (500, 500, 0.1)
    left, top, right, bottom = box_around(points, (85, 400))
    assert (left, top, right, bottom) == pytest.approx((32, 42, 85, 158))
    with pytest.raises(ValueError, match="at least 2 keypoints"):
        box_around(np.zeros((27, 3)))


GOOD = [[10.0 + i, 20.0 + 3 * i, 0.9] for i in range(17)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("not json", "a.json is not JSON"),
        ("[" * 100_000, "a.json is not JSON"),
        ({"persons": []}, 'expected {"people": \\[...\\]}'),
        ({"people": [], "layout": "coco18"}, 'layout is "coco18", expected one of unipose27, coco17'),
        ({"people": [], "size": [0, 3]}, "size is \\[0, 3\\]"),
        ({"people": [3]}, "people\\[0\\] is 3"),
        ({"people": [{"keypoints": GOOD}]}, "people\\[0\\].keypoints is 17 entries, expected 27 points"),
        ({"layout": "coco17", "people": [{"keypoints": [*GOOD[:16], [1, 2]]}]}, "people\\[0\\].keypoints\\[16\\]"),
        ({"layout": "coco17", "people": [{"keypoints": [*GOOD[:16], [1, 2, 5]]}]}, "confidence is outside 0 to 1"),
        ({"layout": "coco17", "people": [{"keypoints": [[0.2, 0.3, 0.9]] * 17}]}, "between 0 and 1; give pixels"),
        ({"layout": "coco17", "people": [{"keypoints": GOOD, "box": [9, 0, 3, 4]}]}, "people\\[0\\]: expected a box"),
        ({"layout": "coco17", "people": [{"keypoints": GOOD, "score": "high"}]}, "people\\[0\\].score"),
        ('{"layout": "coco17", "people": [{"keypoints": [[NaN, 1, 1]]}]}', "1 entries"),
        ('{"size": [1e400, 3], "people": []}', "size has a number that is not finite"),
        ({"people": [{"pose_keypoints_2d": [1, 2, 3]}]}, "has 3 numbers, expected 54 or 75"),
        ([{"keypoints": [0] * 50}], "\\[0\\].keypoints has 50 numbers, expected 51"),
        ([{"image_id": 1, "keypoints": []}, {"image_id": 2, "keypoints": []}], "of 2 photos"),
        ({"people": [{}] * 201}, "at most 200 people"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(write, content, told):
    with pytest.raises(ValueError, match=told) as refusal:
        read_detections(write(content))
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 250


def test_a_size_that_is_not_the_photos_is_refused(write):
    with pytest.raises(ValueError, match="size is 10 x 20, but the photo has 30 x 40"):
        read_detections(write({"size": [10, 20], "people": []}), (30, 40))
    with pytest.raises(ValueError, match="no file of keypoints at"):
        read_detections("nowhere.json")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["people", "keypoints", "size", "layout", "box", "world", "score", "pose_keypoints_2d", "bbox"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(plain)
def test_no_json_is_an_accident(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "some.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    try:
        assert isinstance(read_detections(path), Detections)
    except ValueError as refusal:
        assert "some.json" in str(refusal)

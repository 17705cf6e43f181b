"""The library on the page, without a browser: what it answers, and that nothing a browser sends harms it."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.ui.library import COUNT, MAX_NAME, Shelves, Stock, take
from unipose.ui.thumbs import SIZE


@pytest.fixture(scope="module")
def shelves():
    return Shelves("somewhere", torch.Generator().manual_seed(0))


def asked(shelves, visit, **what):
    return json.loads(shelves.look(visit, **what))


def test_words_bring_poses_with_names_and_pictures(shelves, visit):
    message = asked(shelves, visit, act="search", text="tree pose", ask=3)
    assert message["ask"] == 3 and message["items"][0]["name"] == "Tree, left"
    assert 0 < len(message["items"]) <= COUNT
    for item in message["items"]:
        Pose.from_axis_angle(item["pose"])
        kind, _, picture = item["picture"].partition(",")
        assert kind == "data:image/webp;base64"
        assert Image.open(io.BytesIO(base64.b64decode(picture))).size == SIZE


def test_what_is_not_found_is_told(shelves, visit):
    message = asked(shelves, visit, act="search", text="zxcvb qwe")
    assert message["items"] == [] and "warrior" in message["told"]


def test_a_pose_is_taken_kept_and_others_like_it_found(shelves, visit):
    for act in ("like", "keep"):
        told = asked(shelves, visit, act=act)
        assert "no pose in view" in told["told"] and not {"items", "kept"} & set(told)
    item = asked(shelves, visit, act="search", text="lotus")["items"][0]
    assert take(visit, item["name"], item["pose"]).frame
    assert visit.turns[-1].user == item["name"] and "library" in visit.turns[-1].text
    assert np.abs(visit.pose.axis_angle.ravel() - np.array(item["pose"])).max() < 1e-3
    assert visit.turns[-1].kind == "library"
    kept = asked(shelves, visit, act="keep")["kept"]
    assert kept["name"] == item["name"] and kept["pose"] == pytest.approx(item["pose"], abs=2e-3)
    near = asked(shelves, visit, act="like")["items"]
    assert len(near) == COUNT and all("cm away" in each["note"] for each in near)


def test_poses_of_the_conversation_are_found_by_their_words(shelves, visit):
    assert list(visit.send("the arms of a scarecrow in the field"))
    names = [item["name"] for item in asked(shelves, visit, act="search", text="scarecrow in the field")["items"]]
    assert "the arms of a scarecrow in the field" in names


def test_surprises_differ(shelves, visit):
    first, second = (asked(shelves, visit, act="draw")["items"] for _ in range(2))
    assert len(first) == COUNT and [each["name"] for each in first] != [each["name"] for each in second]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("![x](http://far.away/x.png) <b>hi</b>", "x (http far.away x.png) b hi b"),
        (None, "From the library"),
        ("***", "From the library"),
        ("naïve Übung", "naïve Übung"),
    ],
)
def test_a_name_is_no_more_than_letters(visit, name, shown):
    take(visit, name, standing().axis_angle.ravel().tolist())
    assert visit.turns[-1].user == shown


def test_a_long_name_is_cut(visit):
    take(visit, "very " * 50, standing().axis_angle.ravel().tolist())
    assert 0 < len(visit.turns[-1].user) <= MAX_NAME


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=70) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=70,
)


@given(name=JUNK, numbers=JUNK | st.lists(st.floats(width=32), min_size=66, max_size=66))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_browser_sends_is_a_pose_or_refused(house, name, numbers):
    visit = house.visit()
    update = take(visit, name, numbers)
    assert update.messages
    assert visit.pose is None or torch.isfinite(visit.pose.rotations).all()
    visit.close()


@given(act=JUNK, text=JUNK, ask=JUNK)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_is_answered(shelves, visit, act, text, ask):
    assert asked(shelves, visit, act=act, text=text, ask=ask)["told"]


def test_an_operators_collection_is_searched_once_it_is_read(tmp_path, monkeypatch):
    standing().save(tmp_path / "grandfather_resting.npz")
    monkeypatch.setenv("UNIPOSE_DATA", str(tmp_path))
    stock = Stock()
    stock.library()
    assert stock.wait(60)
    assert "1 pose" in stock.told and stock.library().search("grandfather")[0].source == "collection"


def test_a_collection_that_cannot_be_read_spoils_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("UNIPOSE_DATA", str(tmp_path / "nowhere"))
    stock = Stock()
    stock.library()
    assert stock.wait(60)
    assert "cannot be read" in stock.told and stock.library().search("tree pose")

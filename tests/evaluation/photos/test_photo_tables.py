"""Figures on photos whose pose is known, with a model of nonsense: what others get does not depend on it."""

import numpy as np
import pytest
import torch

from unipose.body.ambiguity import depth_flips
from unipose.body.errors import pa_mpjpe
from unipose.body.keypoints import keypoints
from unipose.body.pose import yaw_matrix
from unipose.body.prior import PosePrior
from unipose.body.skeleton import forward_kinematics
from unipose.data.projected import Rig
from unipose.evaluation.photos.baselines import NearestByKeypoints
from unipose.evaluation.photos.cases import WAYS, Way, imagined, rendered
from unipose.evaluation.photos.errors import PROTOCOLS, distances
from unipose.evaluation.photos.estimation import estimation
from unipose.evaluation.photos.hints import ambiguous, hinted
from unipose.evaluation.photos.run import Sources, evaluate_photos
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.photos.speaking import compared, described

EXACT = Rig(noise=0.0, dropped=0.0, cut=0.0, swapped=0.0, coco=0.0, lifted=1.0, world_noise=0.0, proportions=0.0)


@pytest.fixture(scope="module")
def poses():
    return PosePrior.load().sample(5, torch.Generator().manual_seed(3))


def test_people_are_imagined_by_the_seed_and_shown_as_the_way_says(poses):
    cases, again, other = (imagined(poses, seed) for seed in (1, 1, 2))
    assert torch.equal(cases.points, again.points) and not torch.equal(cases.points, other.points)
    assert (cases.points[..., :2] >= 0).all()
    for way in (WAYS["keypoints"], WAYS["keypoints and landmarks"]):
        (person,) = cases.given(way)[0].detections.people
        assert (person.world is not None) == way.landmarks
    with pytest.raises(ValueError, match="no pictures"):
        cases.given(Way(picture=True))


def test_pictures_come_with_what_a_detector_would_find(album):
    cases = rendered(album, "test", 4, 0, EXACT)
    assert len(cases) == 4 and all(photo.picture.is_file() for photo in cases.photos)
    with np.load(album / "labels.npz") as labels:
        names = labels["image"].tolist()
        rows = [names.index(photo.picture.name) for photo in cases.photos]
        wanted = labels["keypoints_2d"][rows]
    seen = cases.points[..., 2] > 0
    # the guess of where a point is strays only where something stands before it, and here nothing does
    torch.testing.assert_close(cases.points[..., :2][seen], torch.from_numpy(wanted)[..., :2][seen], atol=1e-3, rtol=0)
    alone = cases.given(WAYS["image alone"])[0]
    assert alone.detections is None and alone.picture is not None
    with pytest.raises(ValueError, match="split 'val'; found"):
        rendered(album, "val", 4, 0)
    with pytest.raises(ValueError, match="no labels.npz"):
        rendered(album.parent, "test", 4, 0)


def test_errors_know_what_turns_and_what_bends(poses):
    turned = poses.clone()
    turned[:, 0] = yaw_matrix(torch.tensor(0.5)) @ turned[:, 0]
    for joints in PROTOCOLS.values():
        same, moved = distances(poses, poses, joints), distances(turned, poses, joints)
        assert all((each < 0.1).all() for each in same.values())
        assert (moved["mpjpe"] > 20).all() and (moved["pve"] > 20).all() and (moved["pa_mpjpe"] < 0.1).all()
    assert len(PROTOCOLS["14 joints"]) == len(set(PROTOCOLS["14 joints"])) == 14


def test_a_known_pose_is_found_by_its_keypoints_wherever_it_stands(poses):
    known = NearestByKeypoints(poses)
    views = known.alike(torch.rand(27, 3), 40)
    assert len(views) == 40  # every pose from eight sides
    body = keypoints(views)
    flat = 300 * body[..., :2] * torch.tensor([1.0, -1.0]) + torch.tensor([70.0, 500.0])
    seen = torch.cat((flat, torch.ones(40, 27, 1)), -1)
    seen[:, 3:9, 2] = 0.0
    joints, wanted = (forward_kinematics(each)[0] for each in (known.poses(seen), views))
    assert pa_mpjpe(joints, wanted).max() < 1e-2


def test_estimates_are_measured_stage_by_stage(seer, material, album):
    table = estimation(seer, imagined(material.poses, 0, EXACT), WAYS["keypoints and landmarks"], material.taught)
    assert set(table) == {"reader", "model", "shown", "mean pose", "nearest pose", "landmarks"}
    assert table["landmarks"]["pa_mpjpe"].value < 45 < table["mean pose"]["pa_mpjpe"].value
    # the draft is nonsense, but it is brought to what was detected
    assert table["shown"]["pa_mpjpe"].value < table["model"]["pa_mpjpe"].value
    assert table["shown"]["ms_p50"].value > 0
    pictured = estimation(seer, rendered(album, "test", 2, 0), WAYS["image alone"], material.taught)
    assert set(pictured) == {"reader", "model", "shown", "mean pose"}
    assert {figures["mpjpe"].count for figures in pictured.values()} == {2}
    assert all(figures["pa_mpjpe_whole"].count <= 2 for figures in pictured.values())


def test_a_model_without_towers_is_not_shown_pictures(tiny, seer):
    assert [name for name, way in WAYS.items() if Seer(tiny).takes(way)] == []
    assert all(seer.takes(way) for way in WAYS.values()) and seer.reads


@pytest.mark.slow  # hints are found, read and settled
def test_true_hints_are_believed_and_false_ones_are_not(seer, material):
    tables = hinted(material, seer, 4)
    whole = tables["hints"]
    assert whole["shown"]["believed"].value >= whole["bare"]["believed"].value
    assert whole["shown"]["improvement"].count == whole["bare"]["mpjpe"].count <= 4
    (idle,) = [table for title, table in tables.items() if "contradicts" in title]
    assert 0 <= idle["shown"]["unchanged"].value <= 1


@pytest.mark.slow  # the parser is read first
def test_what_may_be_taken_another_way_is_drawn_alike(material):
    cases, said = ambiguous(material, 4)
    assert len(cases) == len(said)
    for rotations, hint in zip(cases.rotations, said, strict=True):
        flips = depth_flips(rotations)
        margins = material.checker.margins([hint.claim], material.measure(flips))[:, 0]
        assert margins[0] > 0, f"'{hint.text}' is not so"
        assert hint.text and material.parser.parse(hint.text).items == (hint.claim,)


@pytest.mark.slow  # the parser and the writers of both tasks are read first
def test_our_own_texts_about_people_in_photos_are_true(seer, material):
    before, after = (imagined(material.poses.roll(turn, 0), turn) for turn in (0, 1))
    way = WAYS["keypoints"]
    for table in (described(material, seer, before, way), compared(material, seer, before, after, way)):
        assert {"model", "shown", "ceiling", "chance", "nearest pose"} <= set(table)
        assert table["ceiling"]["statements"].value > 0.8
        assert table["shown"]["ms_p50"].value > 0


def test_what_cannot_be_measured_is_refused(tiny, seeing_tiny, tmp_path):
    for model, sources, how, message in (
        (tiny, Sources(data=tmp_path), {}, "has no eyes"),
        (seeing_tiny, Sources(pictures=tmp_path), {}, "--data"),
        (seeing_tiny, Sources(data=tmp_path), {"split": "train"}, "val or of test, found 'train'"),
        (seeing_tiny, Sources(data=tmp_path), {"only": "singing"}, "no group of tables has 'singing'"),
        (seeing_tiny, Sources(), {}, "there are none"),
        (seeing_tiny, Sources(photos=tmp_path), {}, "no photos"),
        (seeing_tiny, Sources(labelled=tmp_path), {}, "layout"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate_photos(model, sources, **how)

"""Synthetic people as drawn: labels lie where the picture shows them, and files load as the project reads them."""

import numpy as np
import pytest
import torch

pytest.importorskip("moderngl", reason="moderngl is a build-time package; pip install -r requirements-build.txt")

from tools.people import backgrounds, cameras, light, settings
from tools.people.bodies import Poses, posed
from tools.people.scene import Studio
from tools.people.settings import HEIGHT, HELD_OUT, TRAIN, WIDTH
from tools.people.stream import stream
from tools.people.write import gather, missing, write_shard
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.mesh import FreeBody
from unipose.body.postures import standing
from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import PARENTS_24
from unipose.data.pictures import Pictures
from unipose.model.config import PoseTokenizerConfig
from unipose.model.pose_tokenizer import PoseTokenizer

NOSE, LEFT, RIGHT = (KEYPOINT_NAMES.index(name) for name in ("nose", "left_shoulder", "right_shoulder"))


@pytest.fixture(scope="module")
def body():
    return FreeBody.load("light")


@pytest.fixture(scope="module")
def studio(body):
    try:
        return Studio(body)
    except RuntimeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def poses():
    return Poses(torch.as_tensor(standing().rotations)[None], np.array([1.0]))


@pytest.fixture(scope="module")
def pictures(poses, studio, body):
    return list(stream(poses, TRAIN, 5, range(24), studio, body))


def scene(figure, rng):
    """A camera, light and surroundings for a figure standing as posed."""
    turn, distance = cameras.view(rng, TRAIN)
    turned = posed_as_seen(figure, turn)
    camera = cameras.framed(turned.vertices, turn, distance, rng)
    surroundings = backgrounds.drawn(rng, TRAIN, camera, turned.vertices, turned.joints)
    return turned, camera, light.drawn(rng, turn), surroundings


def posed_as_seen(figure, turn):
    root = torch.from_numpy(turn.astype(np.float32)) @ figure.rotations[:1]
    return posed(FreeBody.load("light"), torch.cat([root, figure.rotations[1:]]), np.zeros(10))


def test_a_marker_is_drawn_on_the_pixel_its_label_names(poses, studio, body):
    rng = np.random.default_rng(0)
    figure = posed(body, poses.rotations[0], np.zeros(10))
    off = []
    for _ in range(6):
        turned, camera, lamps, surroundings = scene(figure, rng)
        for place in turned.keypoints[::9]:
            spread = 0.01 * np.array([[-1, -1, 0], [1, -1, 0], [0, 2, 0]])
            corners = place + camera.position + spread
            marker = np.concatenate([corners, np.tile([0, 0, 1.0, 1, 1, 1], (3, 1))], 1)
            shot = studio.draw(camera, lamps, surroundings, [], np.zeros((0, 9)), marker)
            rows, columns = np.nonzero(shot.person[..., 3])
            if len(rows) and ((camera.project(place) > 4) & (camera.project(place) < [WIDTH - 4, HEIGHT - 4])).all():
                drawn = (np.array([columns.mean(), rows.mean()]) + 0.5) * WIDTH / shot.depth.shape[1]
                off.append(np.linalg.norm(drawn - camera.project(place)))
                middle = shot.depth[rows, columns].mean()
                assert middle == pytest.approx(camera.depth(place), rel=2e-3)
    assert len(off) > 10
    assert np.mean(off) < 0.35 and np.max(off) < 0.8  # pixels; a drawn pixel is two thirds of one


def test_labels_follow_from_pose_build_and_camera(pictures, body):
    for picture in pictures[:6]:
        person = body.shaped(picture.build)
        offsets = person.rest_joints - person.rest_joints[[max(parent, 0) for parent in PARENTS_24]]
        places = keypoints(axis_angle_to_matrix(torch.from_numpy(picture.pose_aa)), offsets=offsets).numpy()
        focal, centre, pelvis = picture.lens[0], picture.lens[1:3], picture.lens[3:]
        away = places + pelvis
        pixels = focal * away[:, :2] * [1, -1] / -away[:, 2:] + centre
        np.testing.assert_allclose(pixels, picture.keypoints_2d[:, :2], atol=0.02)
        hips = [KEYPOINT_NAMES.index(f"{side}_hip") for side in ("left", "right")]
        np.testing.assert_allclose(places - places[hips].mean(0), picture.keypoints_3d, atol=1e-4)


def test_faces_are_seen_from_the_front_and_sides_are_not_swapped(pictures):
    roots = axis_angle_to_matrix(torch.from_numpy(np.stack([picture.pose_aa[0] for picture in pictures]))).numpy()
    toward = roots[:, 2, 2]
    front = [picture.keypoints_2d for picture, z in zip(pictures, toward, strict=True) if z > 0.6]
    back = [picture.keypoints_2d for picture, z in zip(pictures, toward, strict=True) if z < -0.6]
    assert front and back
    assert np.mean([points[NOSE, 2] for points in front]) > 0.5  # things before them may hide some
    assert sum(points[NOSE, 2] for points in back) == 0
    assert all(points[LEFT, 0] > points[RIGHT, 0] for points in front)
    assert all(points[LEFT, 0] < points[RIGHT, 0] for points in back)


def test_what_is_labelled_seen_is_inside_the_picture(pictures):
    points = np.concatenate([np.concatenate([p.keypoints_2d, p.joints_2d]) for p in pictures])
    seen = points[points[:, 2] > 0]
    assert 0.4 < len(seen) / len(points) < 0.95
    assert (seen[:, :2] >= 0).all() and (seen[:, 0] < WIDTH).all() and (seen[:, 1] < HEIGHT).all()
    assert all(picture.image.size == (settings.WIDTH, settings.HEIGHT) for picture in pictures)


@pytest.mark.parametrize("ranges", [TRAIN, HELD_OUT], ids=["train", "held out"])
def test_a_picture_depends_on_its_number_alone(poses, studio, body, ranges):
    (alone,) = stream(poses, ranges, 8, range(2, 3), studio, body)
    *_, last = stream(poses, ranges, 8, range(3), studio, body)
    assert alone.image.tobytes() == last.image.tobytes()
    np.testing.assert_array_equal(alone.keypoints_2d, last.keypoints_2d)


def test_a_written_set_loads_and_resumes(pictures, tmp_path):
    (numbers,) = missing(tmp_path, 0, 4, seed=5, split="val")
    assert write_shard(tmp_path, (pictures[number] for number in numbers), seed=5, split="val") == 4
    assert gather(tmp_path) == 4
    assert len(Pictures.load(tmp_path, "val", PoseTokenizer(PoseTokenizerConfig(hidden_size=32)).eval())) == 4
    with np.load(tmp_path / "labels.npz", allow_pickle=False) as labels:
        assert labels["keypoints_2d"].shape == (4, 27, 3) and labels["camera"].shape == (4, 3)
    assert list(missing(tmp_path, 0, 4, seed=5, split="val")) == []
    assert list(missing(tmp_path, 0, 2500, seed=5, split="val")) == [range(1000), range(1000, 2000), range(2000, 2500)]
    with pytest.raises(ValueError, match="another folder"):
        list(missing(tmp_path, 0, 4, seed=6, split="val"))

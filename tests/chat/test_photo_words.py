"""Photos to words: what is said is checked on the estimate, what is told of the photo comes before it."""

import numpy as np
import pytest
import torch

from unipose.body.cameras import Camera
from unipose.body.keypoints import KEYPOINT_NAMES, keypoints
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.chat import UniPose, UserError
from unipose.chat.turns import PhotoPiece, TextPiece
from unipose.chat.witness import Witness
from unipose.photos import Detections, Person


def seen(pose: Pose, missing: str = "") -> Detections:
    camera = Camera(*torch.tensor([200.0, 320.0, 240.0]))
    points = torch.cat((camera.project(keypoints(pose.rotations)), torch.full((27, 1), 0.9)), -1).numpy()
    points[[bool(missing) and missing in name for name in KEYPOINT_NAMES]] = 0
    there = points[points[:, 2] > 0, :2]
    person = Person((*(there.min(0) - 9).tolist(), *(there.max(0) + 9).tolist()), points.astype(np.float32))
    return Detections((640, 480), (person,))


@pytest.fixture(scope="module")
def bowing() -> Pose:
    return Pose.from_axis_angle(np.random.default_rng(4).normal(0, 0.3, (22, 3)) * (np.arange(22) > 0)[:, None])


def test_a_photo_is_described_as_its_estimate_is(seeing_tiny):
    found = seen(standing())
    reply = seeing_tiny.describe_photo(keypoints=found)
    assert reply.text and reply.poses == [] and reply.look.camera is not None
    assert reply.text == seeing_tiny.describe_photo(keypoints=found).text
    pose = seeing_tiny.estimate(keypoints=found).poses[0]
    assert Witness(pose.facing_forward()).share(reply.text) == 1.0


def test_two_photos_are_compared_as_their_estimates_are(seeing_tiny, bowing):
    found = seen(standing()), seen(bowing)
    reply = seeing_tiny.compare_photos(keypoints=found)
    before, after = (seeing_tiny.estimate(keypoints=each).poses[0].facing_forward() for each in found)
    assert Witness(after, before).share(reply.text) == 1.0


def test_what_is_told_of_the_photo_comes_first_and_what_was_seen_last(seeing_tiny, bowing):
    hidden = seen(bowing, "left_wrist")
    pieces = list(seeing_tiny.describe_photo_stream(keypoints=hidden))
    assert isinstance(pieces[-1], PhotoPiece)
    assert pieces[0] == TextPiece(pieces[-1].look.remark) and "left arm" in pieces[0].text
    pieces = list(seeing_tiny.compare_photos_stream(keypoints=(seen(standing()), hidden)))
    assert pieces[0].text.startswith("About the second photo: ") and "left arm" in pieces[0].text
    assert [isinstance(piece, PhotoPiece) for piece in pieces[-2:]] == [True, True]


def test_where_nobody_is_nothing_is_said_of_a_posture(seeing_tiny):
    nobody = Detections((64, 64), ())
    assert seeing_tiny.describe_photo(keypoints=nobody).text.startswith("I found no person")
    reply = seeing_tiny.compare_photos(keypoints=(nobody, seen(standing())))
    assert reply.text.startswith("About the first photo: I found no person") and reply.text.endswith("works best.")


def test_who_is_meant_may_be_said(seeing_tiny, bowing):
    (one,), (other,) = seen(standing()).people, seen(bowing).people
    both = Detections((640, 480), (one, other))
    assert seeing_tiny.describe_photo(keypoints=both, who=2).look.chosen == 1
    assert seeing_tiny.compare_photos(keypoints=(both, both), who=(2, 1)).look.chosen == 0


def test_a_model_without_eyes_says_so(tiny, seeing_tiny):
    blind = UniPose(tiny.model, tiny.processor, "blind", detector="none")
    with pytest.raises(UserError, match="no vision weights"):
        blind.describe_photo(keypoints=seen(standing()))
    with pytest.raises(UserError, match="give a photo"):
        seeing_tiny.describe_photo()
    with pytest.raises(UserError, match="seed"):
        seeing_tiny.describe_photo(keypoints=seen(standing()), seed=2**70)

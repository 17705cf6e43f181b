"""Real photos: how far joints fall from where a detector has them, and the sheet. The detector knows the answer."""

import numpy as np
import pytest
import torch
from PIL import Image

from unipose.body.cameras import Camera
from unipose.body.keypoints import keypoints
from unipose.body.postures import standing
from unipose.chat import UniPose
from unipose.evaluation.photos.photographs import SIDE, drawn_over, figures, photograph, sheet
from unipose.photos import Detections, Person


class Knows:
    """Finds a standing person of 300 pixels in pictures that are wide enough."""

    name = "knows"

    def detect(self, image):
        if image.width < 300:
            return Detections(image.size, ())
        camera = Camera(*torch.tensor([180.0, 200.0, 200.0]))
        points = torch.cat((camera.project(keypoints(standing().rotations)), torch.full((27, 1), 0.9)), -1).numpy()
        low, high = points[:, :2].min(0) - 10, points[:, :2].max(0) + 10
        return Detections(image.size, (Person((*low.tolist(), *high.tolist()), points.astype(np.float32)),))


@pytest.fixture(scope="module")
def photos(seeing_tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    Image.new("RGB", (400, 420), "white").save(folder / "a.jpg")
    Image.new("RGB", (100, 80), "white").save(folder / "b.png")
    (folder / "notes.txt").write_text("not a photo")
    told = []
    unipose = UniPose(seeing_tiny.model, seeing_tiny.processor, detector=Knows())
    found = photograph(unipose, folder, 9, told.append)
    assert [line.split(":")[0] for line in told] == ["a.jpg", "b.png"] and told[1].endswith("nobody found")
    return found


def test_figures_tell_who_was_found_and_how_near_joints_fall(photos):
    (shown,) = figures(photos).values()
    assert shown["found"].value == 0.5 and shown["found"].count == 2
    assert 0 < shown["reprojection"].value < 0.2 and shown["reprojection"].count == 1
    assert shown["ms_p50"].value > 0 and shown["finding_ms_p50"].value > 0


def test_the_body_is_drawn_over_the_person(photos):
    found, missed = photos
    over = np.asarray(drawn_over(found.reply).convert("L"))
    assert over.shape == (420, 400)
    rows, columns = np.nonzero(over < 235)
    seen = found.reply.look.person.keypoints
    assert abs(rows.mean() - seen[:, 1].mean()) < 60 and abs(columns.mean() - 200) < 40
    assert np.asarray(drawn_over(missed.reply)).min() == 255


def test_the_sheet_shows_each_photo_beside_two_views(photos):
    picture = sheet(photos, columns=1)
    assert picture.width == 3 * SIDE and picture.height > 2 * SIDE
    body = np.asarray(picture)[:SIDE, SIDE : 2 * SIDE]
    assert body.std() > 5


def test_without_a_detector_real_photos_are_not_measured(seeing_tiny, tmp_path):
    Image.new("RGB", (40, 40)).save(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="no detector is wanted"):
        photograph(seeing_tiny, tmp_path, 1)

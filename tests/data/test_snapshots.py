"""Pictures in memory: however they are turned, moved and mirrored, what is said of them stays true."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from unipose.body.cameras import Camera
from unipose.body.keypoints import keypoints
from unipose.data.retouching import Frame, Retouch, covered, recoloured
from unipose.data.snapshots import Snapshots, album

from .poses import write_drawn

SIZES = {"side": 56, "size": (64, 48)}
PLAIN = Retouch(light=0.0, tint=0.0, contrast=0.0, grey=0.0, covered=0.0)
STILL = Retouch(mirrored=0.0, turned=0.0, closer=1.0, moved=0.0, light=0.0, tint=0.0, contrast=0.0, grey=0, covered=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_drawn(tmp_path_factory.mktemp("drawn"), ["train"] * 6 + ["val"] * 2)


@pytest.fixture(scope="module")
def shots(folder):
    return Snapshots.load(folder, "train", **SIZES)


def brightest(views: torch.Tensor, aspect: float) -> torch.Tensor:
    """The brightest place of each view, x and y in half heights: the middle of its best pixels."""
    light = views.mean(1)
    light = light - light.amin((-1, -2), keepdim=True)
    light = (light - 0.7 * light.amax((-1, -2), keepdim=True)).clamp_min(0)
    height, width = light.shape[-2:]
    x = ((torch.arange(width) + 0.5) * 2 / width - 1) * aspect
    y = (torch.arange(height) + 0.5) * 2 / height - 1
    total = light.sum((-1, -2))
    return torch.stack(((light.sum(-2) * x).sum(-1) / total, (light.sum(-1) * y).sum(-1) / total), dim=-1)


@settings(max_examples=20)
@given(seed=some.integers(0, 10_000))
def test_marks_stay_on_what_they_mark(shots, seed):
    shot = shots.draw(4, torch.Generator().manual_seed(seed), PLAIN)
    for views, aspect in ((shot.pixel_values, 1.0), (shot.pose_pixel_values, 0.75)):
        lit = brightest(views, aspect)
        toes = shot.marks[:, -2:, :2]  # mirrored, the left one is the brightest
        away = (toes - lit[:, None]).norm(dim=-1).amin(1)
        assert (away[shot.inside.all(1)] < 0.06).all()


@settings(max_examples=20)
@given(seed=some.integers(0, 10_000))
def test_pose_camera_points_and_marks_say_the_same(shots, seed):
    shot = shots.draw(4, torch.Generator().manual_seed(seed), PLAIN)
    points = keypoints(shot.rotations)
    torch.testing.assert_close(shot.points, points, rtol=1e-3, atol=5e-3)
    drawn = Camera(*shot.camera.unbind(-1)).project(points)
    torch.testing.assert_close(drawn, shot.marks[..., :2], rtol=1e-3, atol=5e-3)


def test_a_step_is_told_by_its_dice(shots):
    first, again, other = (shots.draw(3, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.pose_pixel_values, again.pose_pixel_values) and torch.equal(first.marks, again.marks)
    assert not torch.equal(first.pose_pixel_values, other.pose_pixel_values)


def test_pictures_that_are_left_alone_are_those_of_an_album(folder, shots):
    still = album(folder, "train", 6, **SIZES)
    shot = shots.draw(40, torch.Generator().manual_seed(0), STILL)
    for one in range(40):
        row = int((still.camera - shot.camera[one]).abs().sum(-1).argmin())
        torch.testing.assert_close(shot.marks[one], still.marks[row])
        for name in ("pixel_values", "pose_pixel_values"):
            mine, theirs = getattr(shot, name)[one], getattr(still, name)[row]
            assert float((mine - theirs).abs().mean()) < 0.1
            assert float(mine.max()) == pytest.approx(float(theirs.max()), abs=0.7)  # the small dots are a bit blurred
    assert len(album(folder, "val", 100, **SIZES)) == 2


def test_what_leaves_the_picture_is_not_inside(shots):
    far = Frame(torch.tensor([False]), torch.eye(2)[None], torch.ones(1), torch.tensor([[0.0, 5.0]]))
    assert float(far.places(torch.zeros(1, 3, 2))[..., 1].min()) == 5.0
    assert not far.pictures(torch.ones(1, 3, 8, 8), 8).any()
    moved = shots.draw(60, torch.Generator().manual_seed(0), Retouch(moved=1.2))
    out = ~moved.inside
    assert 0 < int(out.sum()) < out.numel()
    assert (moved.marks[~out][:, 0].abs() < 0.75).all() and (moved.marks[~out][:, 1].abs() < 1).all()


@settings(max_examples=20)
@given(seed=some.integers(0, 10_000))
def test_colours_change_within_what_pixels_can_be(seed):
    dice = torch.Generator().manual_seed(seed)
    pictures = torch.rand(5, 3, 16, 12, generator=dice)
    for change in (recoloured, covered):
        changed = change(pictures.clone(), Retouch(covered=1.0), dice)
        assert changed.shape == pictures.shape and float(changed.min()) >= 0 and float(changed.max()) <= 1
        assert not torch.equal(changed, pictures)


def test_a_folder_without_labels_is_refused(tmp_path, folder):
    with pytest.raises(ValueError, match=r"no labels\.npz"):
        Snapshots.load(tmp_path, "train", **SIZES)
    with pytest.raises(ValueError, match="are in split 'test'"):
        Snapshots.load(folder, "test", **SIZES)

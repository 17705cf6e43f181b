"""The finder: what the features say plainly is found there; what is hardly sure is not there."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from unipose.model.finder import UNSURE, Finder, Found
from unipose.model.pose_reader import PoseReader
from unipose.model.vision_config import PoseReaderConfig

GRID, DETAIL, COUNT = 4, 2, 3
SIDE = GRID * DETAIL


def telling() -> Finder:
    """A finder that takes the logits of places, and what else is told, straight from the features."""
    outputs = COUNT * (DETAIL**2 + 4)
    finder = Finder(GRID, outputs, outputs, DETAIL, COUNT)
    finder.look = torch.nn.Identity()
    for layer, first in ((finder.where, 0), (finder.there, COUNT * DETAIL**2)):
        torch.nn.init.zeros_(layer.bias)
        layer.weight.data = torch.eye(outputs)[first : first + layer.out_features]
    return finder


def planted(row: int, column: int) -> torch.Tensor:
    """Features [1, cells, channels] by which all keypoints are at one place, and 1, 2, 3 m away."""
    features = torch.zeros(1, GRID, GRID, COUNT * (DETAIL**2 + 4))
    cell = features[0, row // DETAIL, column // DETAIL]
    cell[: COUNT * DETAIL**2].view(COUNT, DETAIL, DETAIL)[:, row % DETAIL, column % DETAIL] = 30.0
    cell[COUNT * DETAIL**2 :].view(COUNT, 4)[:] = torch.tensor([5.0, 1.0, 2.0, 3.0])
    return features.flatten(1, 2)


@given(row=some.integers(0, SIDE - 1), column=some.integers(0, SIDE - 1))
@torch.no_grad()
def test_what_is_planted_is_found(row, column):
    features = planted(row, column)
    found = telling()(features)
    middle = torch.tensor([(column + 0.5) * 2 / SIDE - 1, (row + 0.5) * 2 / SIDE - 1])
    torch.testing.assert_close(found.marks[0, :, :2], middle.expand(COUNT, 2), rtol=0, atol=1e-4)
    torch.testing.assert_close(found.world[0], torch.tensor([1.0, 2.0, 3.0]).expand(COUNT, 3), rtol=0, atol=1e-4)
    torch.testing.assert_close(found.looks[0, 0], features[0].amax(0), rtol=0, atol=1e-4)
    assert (found.sure > 0.99).all() and int(found.places[0, 0].argmax()) == row * SIDE + column


@torch.no_grad()
def test_of_two_likely_places_one_is_found_and_not_their_middle():
    features = planted(0, 0) + planted(7, 7) * 0.999
    found = telling()(features)
    torch.testing.assert_close(found.marks[0, :, :2], torch.full((COUNT, 2), 0.125 - 1), rtol=0, atol=1e-3)
    assert (found.sure < 0.6).all()


def test_a_view_is_a_detectors_without_what_is_hardly_sure():
    marks = torch.tensor([[[0.5, -0.5, 3.0], [-0.5, 0.5, 3.0], [0.0, 0.0, 3.0]]])
    found = Found(marks, torch.tensor([[0.9, 0.8, UNSURE / 2]]), torch.ones(1, 3, 3), torch.ones(1, 3, 1), marks)
    view = found.view()
    assert view[0, 0].tolist() == pytest.approx([1.0, 1.0, 0.9, 0, 0, 0, 0])
    assert view[0, 1].tolist() == pytest.approx([-1.0, -1.0, 0.8, 0, 0, 0, 0])
    assert not view[0, 2].any()


@pytest.fixture
def reader() -> PoseReader:
    torch.manual_seed(0)
    config = PoseReaderConfig(num_keypoints=COUNT, hidden_size=8, num_layers=1, finder_size=6, glance_width=4)
    return PoseReader(config, GRID, (5, 7), 2, 3).eval()


@torch.no_grad()
def test_before_training_a_picture_changes_nothing_that_is_read_of_keypoints(reader):
    features, keypoints = torch.randn(2, GRID**2, 12), torch.randn(2, COUNT, 7)
    both, alone = torch.tensor([[True, True]] * 2), torch.tensor([[False, True]] * 2)
    plain = reader(None, keypoints, alone)
    torch.testing.assert_close(reader(features, keypoints, both).latents, plain.latents)
    torch.nn.init.ones_(reader.glance.scale)
    assert not torch.allclose(reader(features, keypoints, both).latents, plain.latents)
    torch.testing.assert_close(reader(features, keypoints, alone).latents, plain.latents)


@torch.no_grad()
def test_where_no_detector_looked_what_was_found_is_read(reader):
    features, nothing = torch.randn(2, GRID**2, 12), torch.zeros(2, COUNT, 7)
    seen = reader(features, nothing, torch.tensor([[True, False]] * 2))
    told = reader(None, seen.found.view(), torch.tensor([[False, True]] * 2))
    torch.testing.assert_close(seen.latents, told.latents)


def test_a_reader_without_towers_finds_nothing():
    assert PoseReader(PoseReaderConfig(), 0, (), 2, 3).find(torch.zeros(1, 4, 3)) is None

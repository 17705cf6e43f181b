"""People in photos for the tables: poses of the prior, and a folder of pictures that show nothing."""

from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from PIL import Image

from unipose.body.keypoints import keypoints
from unipose.body.prior import PosePrior
from unipose.data.sources import PoseBank
from unipose.evaluation.photos.seer import Seer
from unipose.evaluation.tables.material import Material

SIZE = (48, 64)


def sampled(count: int, seed: int) -> torch.Tensor:
    return PosePrior.load().sample(count, torch.Generator().manual_seed(seed))


def bank(count: int, seed: int) -> PoseBank:
    return PoseBank(sampled(count, seed), torch.zeros(count).long(), torch.zeros(count).long(), {"CC0-1.0": count})


@pytest.fixture(scope="module")
def seer(seeing_tiny) -> Seer:
    return Seer(seeing_tiny)


@pytest.fixture(scope="module")
def material(seeing_tiny) -> Material:
    return Material(seeing_tiny, bank(8, 0), bank(12, 1), 4, learnt=12)


@pytest.fixture(scope="session")
def album(tmp_path_factory) -> Path:
    """Six grey pictures of split "test", labelled."""
    folder, rotations = tmp_path_factory.mktemp("album"), sampled(6, 5)
    points = keypoints(rotations)
    camera = torch.tensor([[20.0, 24.0, 32.0]]).expand(6, 3)
    flat = camera[:, None, :1] * points[..., :2] * torch.tensor([1.0, -1.0]) + camera[:, None, 1:]
    names = [f"{row}.png" for row in range(6)]
    for row, name in enumerate(names):
        Image.new("RGB", SIZE, (40 * row,) * 3).save(folder / name)
    np.savez(
        folder / "labels.npz",
        image=np.array(names),
        pose_aa=roma.rotmat_to_rotvec(rotations).numpy(),
        split=np.array(["test"] * 6),
        keypoints_2d=torch.cat((flat, torch.ones(6, 27, 1)), -1).numpy(),
        keypoints_3d=points.numpy(),
        camera=camera.numpy(),
    )
    return folder

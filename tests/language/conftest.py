"""Poses to speak about: plausible random ones everywhere, captured ones where the reference data is."""

import numpy as np
import pytest
import torch

from unipose.body.rotations import axis_angle_to_matrix
from unipose.body.skeleton import JOINT_NAMES, forward_kinematics
from unipose.language.changing.edits import EditWriter
from unipose.language.measuring.registry import Registry
from unipose.language.reading.parser import Parser
from unipose.language.writing.writer import Writer

# Spread of the joint angles of random poses, radians: wide enough to fold, cross, kneel and fall over.
SPREAD = {"pelvis": 0.5, "hip": 0.7, "knee": 0.8, "shoulder": 0.9, "elbow": 0.9, "neck": 0.35, "head": 0.3}


def random_rotations(count: int, seed: int) -> torch.Tensor:
    """[count, 22, 3, 3] local rotations with joint-wise spreads."""
    spread = [SPREAD.get(name.removeprefix("left_").removeprefix("right_"), 0.2) for name in JOINT_NAMES]
    noise = torch.randn(count, 22, 3, generator=torch.Generator().manual_seed(seed))
    return axis_angle_to_matrix(noise * torch.tensor(spread)[:, None])


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.load()


@pytest.fixture(scope="session")
def writer(registry) -> Writer:
    return Writer(registry)


@pytest.fixture(scope="session")
def edits(writer) -> EditWriter:
    return EditWriter(writer)


@pytest.fixture(scope="session")
def parser() -> Parser:
    return Parser.load()


@pytest.fixture(scope="session")
def rotations() -> torch.Tensor:
    """[600, 22, 3, 3] random poses."""
    return random_rotations(600, seed=5)


@pytest.fixture(scope="session")
def values(registry, rotations) -> torch.Tensor:
    """[600, M] what they measure."""
    return registry.measure(forward_kinematics(rotations)[0], rotations)


@pytest.fixture(scope="session")
def captured(shared, registry) -> torch.Tensor:
    """[N, M] measures of captured poses, at least 8 cm apart."""
    with np.load(shared / "data" / "poses.npz") as data:
        axis_angle = torch.from_numpy(data["pose_aa"][data["tier"] <= 1].astype(np.float32))
    rotations = axis_angle_to_matrix(axis_angle)
    return registry.measure(forward_kinematics(rotations)[0], rotations)


@pytest.fixture
def posed(registry):
    """Measures [M] of the T-pose with some joints turned: ``posed(left_elbow=(0, -1.57, 0))``, axis-angle."""

    def make(**turned: tuple[float, float, float]) -> torch.Tensor:
        axis_angle = torch.zeros(22, 3)
        for joint, rotation in turned.items():
            axis_angle[JOINT_NAMES.index(joint)] = torch.tensor(rotation)
        rotations = axis_angle_to_matrix(axis_angle)
        return registry.measure(forward_kinematics(rotations)[0], rotations)

    return make

"""A model that does as it is told, so that pages and handlers are tested without weights."""

from __future__ import annotations

import numpy as np
import pytest

from unipose.body.mesh import FreeBody
from unipose.body.pose import Pose
from unipose.body.postures import standing
from unipose.body.skeleton import JOINT_NAMES
from unipose.chat import PosePiece, TextPiece, UserError
from unipose.ui.handlers import House
from unipose.ui.viewer import Viewer

from .visiting import FLAGS, chromium


def bent(pose: Pose, **joints) -> Pose:
    """The pose with some joints set, axis-angle in radians."""
    axis_angle = pose.axis_angle.copy()
    for name, vector in joints.items():
        axis_angle[JOINT_NAMES.index(name)] = vector
    return Pose.from_axis_angle(axis_angle)


class Puppet:
    """The verbs a session uses. Words about arms raise both arms, all others the left leg."""

    def __init__(self):
        self.between = lambda: None
        """Called before every piece; tests put an accident or a click here."""
        self.seeds = []

    def generate_stream(self, text, candidates=1, seed=None):
        yield from self.edit_stream(standing(), text, candidates, seed)

    def edit_stream(self, pose, text, candidates=1, seed=None):
        self.seeds.append(seed)
        self.between()
        if "arm" in text:
            yield PosePiece(bent(pose, left_shoulder=(0, 0, 1.2), right_shoulder=(0, 0, -1.2)))
        else:
            yield PosePiece(bent(pose, left_hip=(-1.4, 0, 0), left_knee=(1.5, 0, 0)))

    def describe_stream(self, pose, seed=None):
        yield from self._words("one two three")

    def compare_stream(self, a, b, seed=None):
        yield from self._words("four five six")

    def estimate_stream(self, image, hint=None, seed=None):
        raise UserError("this model cannot read photos yet")
        yield

    def _words(self, words):
        for word in words.split():
            self.between()
            yield TextPiece(word + " ")


@pytest.fixture(scope="session")
def body():
    return FreeBody.load("light")


@pytest.fixture
def puppet():
    return Puppet()


@pytest.fixture
def house(puppet, body):
    house = House(puppet, Viewer(body), pause=0.0)
    yield house
    house.folder.cleanup()


@pytest.fixture
def visit(house):
    return house.visit()


@pytest.fixture(scope="session")
def standing_arms_up():
    return bent(standing(), left_shoulder=(0, 0, 1.2), right_shoulder=(0, 0, -1.2))


@pytest.fixture(scope="session")
def standing_turned():
    return standing().turned(np.pi / 2)


@pytest.fixture(scope="module")
def browser():
    path = chromium()
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()

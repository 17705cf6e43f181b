"""The official release in miniature, whole and once a run, and copies of it to spoil."""

import json
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from unipose.interop import OfficialFiles, convert

from .layout import recorded_state, vision, write_release


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """The folder of vectors recorded from the official release."""
    return shared / "reference" / "golden" / "unipose"


@pytest.fixture(scope="session")
def release(golden, tmp_path_factory) -> OfficialFiles:
    """The release that is the recorded model; do not change it."""
    text = json.loads((golden / "d_model.config.json").read_text())
    return write_release(tmp_path_factory.mktemp("release"), golden, recorded_state(golden), text)


@pytest.fixture
def spoiled(release, tmp_path) -> OfficialFiles:
    """A copy to change."""
    folder = tmp_path / "release"
    shutil.copytree(release.unipose.parent, folder)
    return OfficialFiles(*(folder / getattr(release, field.name).name for field in fields(release)))


@pytest.fixture(scope="session")
def converted(release, tmp_path_factory) -> Path:
    """The release converted in float32, in several shards."""
    out = tmp_path_factory.mktemp("converted") / "official"
    convert(release, out, "f32", "200KB", vision())
    return out

"""Lessons that an earlier program made: the same as made anew, and never in the way."""

import pytest

from unipose.language.reading import remembered
from unipose.language.reading.lessons import Learnt, Lessons


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The cache folder of a user who has none yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "unipose"


def test_what_is_kept_is_recalled(folder):
    assert remembered.recall() is None
    remembered.keep({"rows": [1.5, "naïve"]})
    assert remembered.recall() == {"rows": [1.5, "naïve"]}
    assert len(list(folder.iterdir())) == 1


def test_only_of_the_same_files(folder, monkeypatch):
    remembered.keep("of today")
    with monkeypatch.context() as patched:
        patched.setattr(remembered, "_fingerprint", lambda: "other")
        assert remembered.recall() is None
        remembered.keep("of tomorrow")
        assert remembered.recall() == "of tomorrow"
    assert remembered.recall() is None  # what older files gave makes room
    assert len(list(folder.iterdir())) == 1


def test_damaged_is_none(folder):
    remembered.keep([1, 2, 3])
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-2])
    assert remembered.recall() is None
    file.write_bytes(b"\xff\xfe")
    assert remembered.recall() is None


def test_nowhere_to_write(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    remembered.keep("anything")
    assert remembered.recall() is None


@pytest.mark.slow
def test_lessons_are_the_same_as_made_anew(folder, registry, writer):
    remembered.keep({"texts": [], "claims": [], "rows": [["of another kind"]], "bare": []})
    made = Lessons.load(registry, writer)
    recalled = remembered.recall()
    assert len(recalled["rows"]) == len(made.all) > 100_000
    learnt = Learnt.read(recalled)
    assert list(learnt.all) == list(made.all)
    assert list(learnt.bare.items()) == list(made.bare().items())
    again = Lessons.load(registry, writer)
    assert again.verbs == made.verbs and again.plain.known == made.plain.known

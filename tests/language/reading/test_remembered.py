"""Lessons that an earlier program made: the same as made anew, and never in the way."""

import os

import pytest

from unipose.language.reading import lessons, remembered
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
        patched.setattr(remembered, "_MINE", "other")
        assert remembered.recall() is None
        remembered.keep("while files change")  # this program has read others than lie on the disk
        assert remembered.recall() is None
        patched.setattr(remembered, "fingerprint", lambda: "other")
        remembered.keep("of tomorrow")
        assert remembered.recall() == "of tomorrow"
    assert remembered.recall() == "of today"  # another checkout may be in use


def test_what_is_left_behind_is_cleared_away(folder):
    folder.mkdir()
    for name in ("lessons-0123.json", "lessons.ab12.part", "official.json"):
        (folder / name).write_text("[]")
        os.utime(folder / name, (0, 0))
    (folder / "lessons-4567.json").write_text("[]")
    remembered.keep([1])
    assert remembered.recall() == [1]
    names = {file.name for file in folder.iterdir()}
    assert len(names) == 3 and {"lessons-4567.json", "official.json"} < names


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


def test_nobody_has_no_home(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(remembered, "cache", homeless)
    remembered.keep("anything")
    assert remembered.recall() is None


@pytest.mark.slow
def test_lessons_are_the_same_as_made_anew(folder, registry, writer, monkeypatch):
    remembered.keep({"texts": [], "claims": [], "rows": [["of another kind"]], "bare": []})
    made = Lessons.load(registry, writer)
    recalled = remembered.recall()
    assert len(recalled["rows"]) == len(made.all) > 100_000
    learnt = Learnt.read(recalled)
    assert list(learnt.all) == list(made.all)
    assert list(learnt.bare.items()) == list(made.bare().items())
    monkeypatch.setattr(lessons, "wordings", None)  # nothing is expanded once more
    again = Lessons.load(registry, writer)
    assert again.verbs == made.verbs and again.plain.known == made.plain.known

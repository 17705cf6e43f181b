"""The reader of unknown wordings: sides out and in, its file, and whether it is up to date."""

import pytest

from unipose.language.items import Statement
from unipose.language.measuring.registry import read_data
from unipose.language.reading.heard import wordings
from unipose.language.reading.reader import Features, Reader
from unipose.language.reading.slots import SideSlots
from unipose.language.reading.trie import DEFAULT_SIDE


@pytest.fixture(scope="module")
def slots(registry):
    return SideSlots(
        registry, read_data("wordings.yaml")["plurals"], DEFAULT_SIDE, read_data("concepts.yaml")["leading"]
    )


def test_sides_go_out_and_in_again(registry, writer, parser, slots):
    """Whatever is written of a side is read as the same without it, but for claims of both in the singular."""
    for one in list(wordings(registry, writer, read_data("cues.yaml")))[::40]:
        taken = slots.take(one.text.split())
        if taken.first and not one.numeric:
            filled = slots.fill(slots.bare(one.items, taken), taken)
            assert filled is None or filled.items == one.items, one.text


@pytest.mark.parametrize(
    ("text", "words", "first", "parts"),
    [
        ("right hand on left knee", "this hand on that knee", "right", 0),
        ("left knee under right hand", "that knee under this hand", "right", 0),
        ("hands on hips", "hand on hip", "", 2),
        ("raise arm", "raise arm", "", 1),
        ("knees at a right angle", "knee at a right angle", "", 2),
    ],
)
def test_the_side_of_the_leading_part_is_this(slots, text, words, first, parts):
    taken = slots.take(text.split())
    assert (" ".join(taken.words), taken.first, taken.parts) == (words, first, parts)


def test_a_claim_without_sides_does_not_fit_a_text_that_names_one(slots):
    assert slots.fill((Statement("standing"),), slots.take(["left", "knee"])) is None


def test_a_saved_reader_reads_the_same(registry, tmp_path):
    reader = Reader.load()
    reader.save(tmp_path / "reader.npz")
    again = Reader.read((tmp_path / "reader.npz").read_bytes(), registry)
    features = Features({}).of(("this", "arm", "raised"))
    assert again.claims == reader.claims and again.calibration == reader.calibration
    assert again.guess(features).claims == reader.guess(features).claims


def test_the_shipped_reader_knows_the_registry(registry):
    """Should this fail, train it again: ``python -m tools.train_reader``."""
    known = {item.predicate for claims in Reader.load().claims for item in claims if isinstance(item, Statement)}
    spoken = {one.id for one in registry.table if not one.silent and one.side in ("", "left")}
    assert len(spoken - known) < 0.03 * len(spoken), sorted(spoken - known)

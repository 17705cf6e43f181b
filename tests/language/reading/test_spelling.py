"""Slips of the fingers are mended; other English words are what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unipose.language.items import spell
from unipose.language.reading.plain import Spelling
from unipose.language.reading.sentences import SentenceEncoder


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rase your lef arm", "raise your left arm"),
        ("bned your left elbow", "bend your left elbow"),
        ("hands on hpis", "hands on hips"),
        ("amrs crossed", "arms crossed"),
        ("lges apart", "legs apart"),
        ("haed turned to the left", "head turned to the left"),
        ("left hnd up", "left hand up"),
        ("sit dwon", "sit down"),
        ("lift the rihgt foot", "lift the right foot"),
        ("standing with feet togehter", "standing with feet together"),
    ],
)
def test_slips(parser, typed, meant):
    read, right = parser.parse(typed), parser.parse(meant)
    assert [spell(item) for item in read.items] == [spell(item) for item in right.items] != []
    assert read.confidence < right.confidence  # a guess is told as one


@pytest.mark.parametrize(
    ("text", "word"),
    [("pouring tea", "pouring"), ("playing the cello", "cello"), ("a tall harp", "harp"), ("near the lake", "lake")],
)
def test_other_words_are_no_slips(parser, text, word):
    assert word in parser.parse(text).unparsed


def test_the_encoder_knows_english():
    words = SentenceEncoder.words()
    assert len(words) > 15_000 and {"cello", "pouring", "night", "arm"} <= words
    assert not words & {"amrs", "hpis", "lges", "bned"}


@pytest.mark.parametrize("word", ["pouring", "cello", "harp"])
def test_what_is_spelt_right_is_left_alone(word):
    known = {"pouting": 2, "cell": 2, "hands": 9, "bends": 9, "lips": 9, "harm": 9}
    neighbours = {"r": "t", "h": "bl", "b": "h", "a": "e", "p": "m"}
    assert Spelling(known, 3, neighbours).mend(word) != word
    assert Spelling(known, 3, neighbours, SentenceEncoder.words()).mend(word) == word


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=9))
def test_without_a_vocabulary_known_words_stay_and_others_end_up_known_or_as_they_are(word):
    known = {"kneel": 5, "elbow": 3, "left": 9}
    mended = Spelling(known, 5, {"e": "wr"}).mend(word)
    assert mended == word or mended in known
    if len(word) < 5 or word in known:
        assert mended == word

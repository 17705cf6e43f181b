"""Hasty typing written out."""

import pytest

from unipose.chat.spelling import mended


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mooore pls", "more pls"),
        ("wayyy tooo high", "way too high"),
        ("a lil bit furhter", "a little bit further"),
        ("udno that", "udno that"),  # too short to be sure
        ("straigthen ur legs", "straighten your legs"),
        ("Mmm... ughhh, a tad lower", "a tad lower"),
        ("thats diff from the orig", "that's difference from the original"),
    ],
)
def test_hasty_words_are_written_out(text, meant):
    assert mended(text) == meant


@pytest.mark.parametrize(
    "text", ["Raise the LEFT arm.", "the loser kneels", "a wide stance, feet apart", "Lean on 3 cm", "hmm", "mmm?"]
)
def test_what_is_typed_well_stays_as_it_is(text):
    assert mended(text) == text

"""The line of marks under an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unipose.language import Statement, Verdict
from unipose.ui.marks import line


def verdict(start, words, mark):
    return Verdict(Statement("standing"), (start, start + len(words)), mark, 1.0, words)


def test_marks_follow_the_request():
    told = line([verdict(20, "arms up", "no"), verdict(0, "left leg lifted", "yes"), verdict(30, "happily", "unsure")])
    assert told == "✓ left leg lifted · ✗ arms up · ? happily"
    assert line([]) == ""


def test_claims_of_the_same_words_share_the_gravest_mark():
    assert line([verdict(0, "arms up", "yes"), verdict(0, "arms up", "no")]) == "✗ arms up"
    assert line([verdict(0, "arms up", "yes"), verdict(0, "arms up", "unsure")]) == "? arms up"


@given(st.text(min_size=1, max_size=300))
def test_what_was_typed_is_never_markup(words):
    told = line([verdict(0, words, "yes")])
    assert "\n" not in told and len(told) < 140
    bare = told.replace("\\\\", "")
    for place, character in enumerate(bare):
        if character in "*_[]<>`":
            assert bare[place - 1] == "\\"

"""The marks under an answer."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from unipose.language import Statement, Verdict
from unipose.ui.marks import chips, marked


def verdict(start, words, mark):
    return Verdict(Statement("standing"), (start, start + len(words)), mark, 1.0, words)


def test_marks_follow_the_request():
    told = [verdict(20, "arms up", "no"), verdict(0, "left leg lifted", "yes"), verdict(30, "happily", "unsure")]
    assert marked(told) == [("yes", "left leg lifted"), ("no", "arms up"), ("unsure", "happily")]
    bare = re.sub("<[^>]+>", "", chips(told))
    assert bare == "✓ left leg lifted: done✗ arms up: not done? happily: not sure"  # colour alone tells nothing
    assert chips([]) == ""


def test_claims_of_the_same_words_share_the_gravest_mark():
    assert marked([verdict(0, "arms up", "yes"), verdict(0, "arms up", "no")]) == [("no", "arms up")]
    assert marked([verdict(0, "arms up", "yes"), verdict(0, "arms up", "unsure")]) == [("unsure", "arms up")]


@given(st.text(min_size=1, max_size=300))
def test_what_was_typed_is_never_markup(words):
    told = chips([verdict(0, words, "yes")])
    assert set(re.findall(r"<(/?\w+)", told)) == {"ul", "/ul", "li", "/li", "span", "/span"}
    (short,) = (words for _, words in marked([verdict(0, words, "yes")]))
    assert len(short) <= 60 and html.escape(short) in told

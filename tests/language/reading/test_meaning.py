"""Named poses that a text only hints at: guessed where words are left over, and never surely."""

import functools
import random
import re
from importlib import resources

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.language import Parser, Registry, Statement, Writer
from unipose.language.measuring.lexicon import load_lexicon
from unipose.language.reading.hinting import hinted, load_hints, teach, worded
from unipose.language.reading.meaning import LIKELY, NOTHING, SURE, Meaning
from unipose.language.reading.sentences import SentenceEncoder


@pytest.fixture(scope="module")
def parser():
    return Parser.load()


@pytest.fixture(scope="module")
def meaning():
    found = Meaning.load()
    assert found is not None, "requirements.txt names the encoder's package"
    return found


def names(parse):
    return [item.predicate for item in parse.items]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("She needs a lift into town and the bus is gone, so out goes the thumb.", "either_hitchhiking"),
        ("A knight before his sovereign, awaiting the touch of the blade.", "being_knighted"),
        ("A goalkeeper stretching for the top corner.", "goalkeeper"),
    ],
)
def test_a_scene_hints_at_its_pose(parser, meaning, text, name):
    known = {hint.name for hint in meaning.hints([text], most=3)[0]}
    assert any(name.removeprefix("either_") in one or one in name for one in known), known


def test_every_entry_has_hints_of_its_own():
    hints = load_hints()
    assert {entry.id for entry in load_lexicon()} | {NOTHING} == set(hints)
    assert min(len(texts) for texts in hints.values()) >= 12
    texts = [text.lower() for each in hints.values() for text in each]
    assert len(set(texts)) == len(texts)


def test_no_hint_is_an_exam_question():
    folder = resources.files("unipose.evaluation.exam")
    names = ("paraphrases.yaml", "newer_paraphrases.yaml")
    exam = [one for name in names for one in yaml.safe_load(folder.joinpath(name).read_text("utf-8"))]
    bare = {re.sub(r"\W+", " ", one["text"].lower()).strip() for one in exam}
    assert not bare & {re.sub(r"\W+", " ", text.lower()).strip() for each in load_hints().values() for text in each}


def test_what_was_taught_is_known(meaning):
    sample = random.Random(0).sample(hinted(load_hints()), 100)
    found = meaning.hints([text for text, _ in sample])
    assert sum(hints[0].name == name for hints, (_, name) in zip(found, sample, strict=True)) >= 85


def test_a_guess_is_unsure_and_takes_the_words(parser, meaning):
    text = "You want the cab across the street to pull over."
    before = parser.parse(text)
    after = meaning.complete(text, before)
    assert names(before) == [] and names(after) == ["either_hail_taxi"]
    assert 0 < after.confidences[0] <= SURE < 0.5  # the checker's verdict on it is "unsure"
    assert after.unread == () and after.unparsed == ()
    assert text[slice(after.spans[0].start, after.spans[0].end)]


def test_a_side_that_is_named_is_kept(parser, meaning):
    text = "You want the cab across the street to pull over, so you use your left hand."
    assert "left_hail_taxi" in names(meaning.complete(text, parser.parse(text)))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_what_is_read_is_left_alone(meaning, parser, seed):
    rng = random.Random(seed)
    said = [Statement(rng.choice(["left_arm_overhead", "both_knee_straight", "standing", "right_hand_on_hip"]))]
    text = _writer().tell(said, rng).text
    parse = parser.parse(text)
    if not parse.unread:
        assert meaning.complete(text, parse) is parse


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text("bcdfghjklmnpqrstvwxz", min_size=2, max_size=8), min_size=1, max_size=4))
def test_no_words_hint_at_nothing(meaning, words):
    hint = meaning.hints([" ".join(words)])[0][0]
    assert hint.name == NOTHING or hint.likely < LIKELY


def test_two_lessons_are_enough_to_tell_two_things_apart(tmp_path):
    encoder = SentenceEncoder.load()
    taught = teach(
        [("a king on his throne", "enthroned"), ("a cat licking its paw", "cat_wash"), ("a rainy street", NOTHING)],
        encoder,
    )
    asked = ["the queen sits in state before her court", "a kitten cleans itself"]
    assert [hints[0].name for hints in taught.hints(asked)] == ["enthroned", "cat_wash"]
    with pytest.raises(ValueError, match="hint at nothing"):
        teach([("a king on his throne", "enthroned")], encoder)


def test_wordings_are_lessons_too():
    lessons = worded(_writer())
    assert {name for _, name in lessons} == {entry.wording_id for entry in load_lexicon()}


@functools.cache
def _writer():
    return Writer(Registry.load())

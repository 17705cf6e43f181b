"""BLEU-4, ROUGE-L and METEOR of short texts, against values worked out by hand."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unipose.evaluation.metrics import bleu, likeness, meteor, rouge

WORDS = st.lists(
    st.sampled_from(["left", "right", "arm", "leg", "is", "raised", "bent", "down"]), min_size=4, max_size=12
)


def test_bleu_of_one_sentence():
    """5 of 7 words, 4 of 6 pairs, 3 of 5 threes, 2 of 4 fours: the fourth root of 1/7."""
    found = bleu(["He raises his left arm up now."], [["he raises his left arm today"]])
    assert found.value == pytest.approx((1 / 7) ** 0.25)


def test_bleu_of_a_set_adds_counts_up():
    """4 + 4 of 8 words and so on, but the second text lacks all its pairs."""
    found = bleu(["a b c d", "d c b a"], [["a b c d"], ["a b c d"]])
    assert found.value == pytest.approx((8 / 8 * 3 / 6 * 2 / 4 * 1 / 2) ** 0.25)


def test_bleu_punishes_what_is_too_short():
    found = bleu(["he raises his left arm"], [["he raises his left arm today"]])
    assert found.value == pytest.approx(math.exp(-0.2))


def test_bleu_counts_no_word_more_often_than_a_reference_has_it():
    found = bleu(["the the the the"], [["the the the the cat", "the dog"]])
    assert found.value == pytest.approx(math.exp(1 - 5 / 4))
    assert bleu(["arm arm arm arm"], [["left arm"]]).value == 0


def test_rouge_is_the_longest_common_subsequence():
    assert rouge(["a b c d"], [["a c b d"]]).value == pytest.approx(0.75)
    assert rouge(["a b"], [["a x b x x x"]]).value == pytest.approx(2 * 2 / 8)
    assert rouge(["a b"], [["x y", "a b"]]).value == 1  # the best reference


def test_meteor_of_the_same_words_pays_for_one_chunk():
    assert meteor(["raise the left arm"], [["Raise the left arm."]]).value == pytest.approx(1 - 0.5 * (1 / 4) ** 3)


def test_meteor_knows_stems():
    assert meteor(["raises arms"], [["raised arm"]]).value == pytest.approx(1 - 0.5 * (1 / 2) ** 3)
    assert meteor(["raise"], [["lift"]]).value == 0  # no synonyms without WordNet


def test_meteor_pays_for_order():
    assert meteor(["arm left"], [["left arm"]]).value == pytest.approx(0.5)


def test_meteor_minds_recall_more():
    """Precision 1, recall 1/2, one chunk of two."""
    mean = 0.5 / (0.9 * 1 + 0.1 * 0.5)
    assert meteor(["left arm"], [["left arm is up"]]).value == pytest.approx(mean * (1 - 0.5 / 8))


def test_meteor_goes_on_from_its_neighbour():
    """The second "arm" of the reference follows on; the first would break the text in three."""
    assert meteor(["left arm up"], [["arm down left arm up"]]).value == pytest.approx(
        (3 / 5) / (0.9 + 0.1 * 3 / 5) * (1 - 0.5 / 27)
    )


@settings(deadline=None, max_examples=20)
@given(WORDS)
def test_a_text_is_like_itself(words):
    text = " ".join(words)
    found = likeness([text], [[text]])
    assert found["bleu-4"].value == pytest.approx(1) and found["rouge-l"].value == 1
    assert found["meteor"].value == pytest.approx(1 - 0.5 / len(words) ** 3)


@settings(deadline=None, max_examples=20)
@given(WORDS, WORDS, WORDS)
def test_more_references_make_no_text_worse_and_scores_are_shares(one, two, three):
    text, others = " ".join(one), [" ".join(two), " ".join(three)]
    few, many = likeness([text], [others[:1]]), likeness([text], [others])
    assert all(0 <= each.value <= 1 + 1e-9 for each in (*few.values(), *many.values()))
    assert many["rouge-l"].value >= few["rouge-l"].value and many["meteor"].value >= few["meteor"].value


def test_every_text_needs_a_reference():
    with pytest.raises(ValueError, match="reference"):
        bleu(["a"], [[]])
    with pytest.raises(ValueError, match="reference"):
        meteor(["a", "b"], [["a"]])
    assert rouge([""], [["left arm"]]).value == 0

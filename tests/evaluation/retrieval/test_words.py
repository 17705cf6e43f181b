"""Texts as numbers."""

from unipose.evaluation.retrieval.words import PADDING, SPECIAL, UNKNOWN, WordNumbers, split, vocabulary


def test_words_numbers_and_signs_are_told_apart():
    assert split("He's bent 90°, LEFT.") == ["hes", "bent", "90", "°", ",", "left", "."]


def test_the_vocabulary_has_what_occurs_often_enough():
    assert vocabulary(["left arm", "left leg", "left arm"], least=2) == ["left", "arm"]
    assert vocabulary(["b a", "a b"], least=2) == ["a", "b"]  # of one count in their order


def test_numbers_are_padded_and_cut():
    numbers, lengths = WordNumbers(["left", "arm"], longest=3)(["left arm", "the left arm arm", ""])
    left, arm = SPECIAL, SPECIAL + 1
    assert numbers.tolist() == [[left, arm, PADDING], [UNKNOWN, left, arm], [UNKNOWN, PADDING, PADDING]]
    assert lengths.tolist() == [2, 3, 1]

"""Rates and intervals."""

from __future__ import annotations

import pytest

from unipose.evaluation.metrics import estimate, rates


def test_rates_count_statements_and_whole_texts():
    found = rates([[True, True], [True, False, False], []])
    assert found["statements"].value == pytest.approx(3 / 5)
    assert found["all"].value == pytest.approx(1 / 2)
    assert found["all"].count == 2  # a text that claims nothing is not counted as satisfied
    assert rates([[], []])["statements"].value == 0


def test_the_interval_holds_the_mean_and_narrows_with_examples():
    few, many = estimate([0.0, 1.0] * 10), estimate([0.0, 1.0] * 1000)
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_nothing_to_average_is_nothing_counted():
    assert (estimate([]).value, estimate([]).count) == (0.0, 0)
